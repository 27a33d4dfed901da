/** What `mmgan bench train` prints for people. */

import { formatSeconds, textTable, threadCount } from "../output.js";
import type { Evaluation, SeedResult, TrainBenchResult } from "./train.js";

const seconds = (value: number | null) => (value === null ? "never" : value.toFixed(1));
const two = (value: number | null) => (value === null ? "-" : value.toFixed(2));
const last = (evaluations: readonly Evaluation[]) => (evaluations.at(-1)?.purity ?? Number.NaN).toFixed(4);

export function trainText(result: TrainBenchResult): string {
  const { data, engine, threads, steps, stopAfter, purity, seeds, medianReachedSeconds, peer } = result;
  const rows = seeds.map((one) => [
    `${one.seed}`,
    one.startSeconds.toFixed(1),
    seconds(one.reachedSeconds),
    `${one.reachedStep ?? "-"}`,
    one.seconds.toFixed(1),
    last(one.evaluations),
  ]);
  return [
    `bench train: ${data}, recipe default, ${steps} steps${stopAfter ? ` (cut off after ${stopAfter})` : ""}, engine ${engine}, ${threadCount(threads)}; purity ${purity} on the test split`,
    textTable([["seed", "start s", "reached after s", "at step", "all s", "purity at the end"], ...rows]),
    medianReachedSeconds === null
      ? "Not every seed got there."
      : `Median: ${formatSeconds(medianReachedSeconds)}. The neighbour graph (or its cache) and checkpoints are on the clock, loading data and evaluating are not.`,
    ...(peer ? peerLines(peer, seeds) : []),
  ].join("\n");
}

function peerLines(peer: NonNullable<TrainBenchResult["peer"]>, seeds: readonly SeedResult[]): string[] {
  const rows = seeds.map(({ seed, peer: one }) => [
    `${seed}`,
    seconds(one!.reachedSeconds),
    `${one!.reachedStep ?? "-"}`,
    one!.seconds.toFixed(1),
    last(one!.evaluations),
    two(one!.ratio.reached),
    two(one!.ratio.all),
  ]);
  const { python, layout, differences, medianReachedSeconds, medianRatio } = peer;
  const head = ["seed", "reached after s", "at step", "all s", "purity at the end"];
  const others = `losses of the first steps differ by ${differences.losses.toExponential(1)}, weights by ${differences.weights.toExponential(1)}`;
  return [
    "",
    `${python}, ${layout} (the faster layout here), the same weights, batches and rates; ${others}`,
    textTable([[...head, "ours / its, reached", "ours / its, all"], ...rows]),
    medianReachedSeconds === null
      ? "Not every seed of the peer got there."
      : `Median: ${formatSeconds(medianReachedSeconds)}; ours / its ${two(medianRatio)}.`,
    "Its clock runs during steps alone: batches are made for it and in memory before, and it writes nothing. Ours makes its batches, builds its sessions and writes checkpoints on the clock; the neighbour graph (start) is left out of the ratios.",
  ];
}
