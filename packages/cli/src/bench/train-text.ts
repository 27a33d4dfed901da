/** What `mmgan bench train` prints for people. */

import { formatSeconds, textTable } from "../output.js";
import type { TrainBenchResult } from "./train.js";

export function trainText(result: TrainBenchResult): string {
  const { data, engine, threads, steps, purity, seeds, medianReachedSeconds } = result;
  const rows = seeds.map(({ seed, startSeconds, reachedSeconds, reachedStep, seconds, evaluations }) => [
    `${seed}`,
    startSeconds.toFixed(1),
    reachedSeconds === null ? "never" : reachedSeconds.toFixed(1),
    `${reachedStep ?? "-"}`,
    seconds.toFixed(1),
    (evaluations.at(-1)?.purity ?? Number.NaN).toFixed(4),
  ]);
  return [
    `bench train: ${data}, recipe default, ${steps} steps, engine ${engine}, ${threads} threads; purity ${purity} on the test split`,
    textTable([["seed", "start s", "reached after s", "at step", "all s", "purity at the end"], ...rows]),
    medianReachedSeconds === null
      ? "Not every seed got there."
      : `Median: ${formatSeconds(medianReachedSeconds)}. The neighbour graph (or its cache) and checkpoints are on the clock, loading data and evaluating are not.`,
  ].join("\n");
}
