/** Several attempts at E, starts from other weights and repairs of the best: which one goes on, chosen without labels. */

import { type PlainTensor, Rng } from "@mmgan/core";
import type { MmganConfig } from "../config.js";
import type { Dataset } from "../data/index.js";
import type { Engine } from "../engines/engine.js";
import { evaluationProgram, initialState } from "../models/mmgan.js";
import { contestEnd, startsEnd } from "../models/phases.js";
import type { PlainState } from "../nets/parameters.js";
import { gather, type OtherViews } from "./batches.js";
import { informationOf, type JointTable, jointTable, meanTable } from "./joint-table.js";
import { mergeAndSplit, repairOptions } from "./repairs.js";

/** Images an attempt is judged by; fewer where there are fewer. */
const IMAGES = 2048;
/** Other views of each: the ends of walks scatter, and a single one would decide by chance. */
const VIEWS = 4;
/**
 * What a repair must gain over the best before it, as a share of ln K. It has trained longer, and would gain a little
 * with any partition.
 */
const REPAIR_GAIN = 0.01;
/** Rows of one run of E. */
const ROWS = 256;
/** Entries of the state that hold the best attempt so far, and what is known of it. */
const BEST = "best/";
/** [2]: its mutual information in nats, and how many repairs of it have failed. */
const SCORE = `${BEST}score`;

/** The clusters of images and of their other views, on the same pairs for every attempt. */
async function judge(
  config: MmganConfig,
  dataset: Dataset,
  engine: Engine,
  otherViews: OtherViews,
): Promise<JointTable> {
  const count = Math.min(IMAGES, dataset.count);
  const images = new Rng({ seed: config.seed, stream: "starts/images" }).choice(dataset.count, count);
  const probabilities = async (rows: Float32Array): Promise<Float32Array> => {
    const size = rows.length / count;
    const out = new Float32Array(count * config.clusters);
    for (let from = 0; from < count; from += ROWS) {
      const to = Math.min(count, from + ROWS);
      // An attempt is too short for its moving average to follow.
      const program = evaluationProgram(config, to - from, false);
      const real: PlainTensor = { ...program.batch.real!, data: rows.slice(from * size, to * size) };
      const { probabilities: part } = await engine.run(program, { real });
      out.set(part!.data as Float32Array, from * config.clusters);
    }
    return out;
  };
  const first = await probabilities(gather(dataset, images));
  const tables: JointTable[] = [];
  for (let view = 0; view < VIEWS; view++)
    tables.push(
      jointTable(
        first,
        await probabilities(otherViews(images, config.walk, "starts", view)),
        config.clusters,
      ),
    );
  return meanTable(tables);
}

const OF_ENCODER = /^(adam\/[mv]\/|ema\/)?encoder\//;

/** The entries of E in a state, or of the best attempt's E, which stand under their names with `prefix` before them. */
function encoderEntries(state: PlainState, prefix = ""): PlainState {
  return Object.fromEntries(
    Object.entries(state).flatMap(([name, tensor]) => {
      const own = name.slice(prefix.length);
      return name.startsWith(prefix) && OF_ENCODER.test(own) ? [[own, tensor]] : [];
    }),
  );
}

/**
 * At the end of an attempt, before step t: judges it, keeps it if it is the best so far, and loads what comes next: the
 * fresh weights of the next start, a repair of the best, or after the last one the best. All it knows is in the engine's
 * state, so that a checkpoint between two attempts resumes like any other.
 *
 * @returns the score of the attempt that has just ended, in nats, and whether it is the best so far
 */
export async function endAttempt(
  config: MmganConfig,
  dataset: Dataset,
  engine: Engine,
  otherViews: OtherViews,
  t: number,
): Promise<{ score: number; best: boolean }> {
  const { clusters, startSteps } = config;
  const table = await judge(config, dataset, engine, otherViews);
  const score = informationOf(table);
  const state = await engine.state();
  const [bestScore = Number.NEGATIVE_INFINITY, failed = 0] = (state[SCORE]?.data ?? []) as Float32Array;
  const isRepair = t > startsEnd(config);
  const best = Math.fround(score) > bestScore + (isRepair ? REPAIR_GAIN * Math.log(clusters) : 0);
  const winner = best ? encoderEntries(state) : encoderEntries(state, BEST);
  if (t === contestEnd(config)) {
    const over = Object.keys(state).filter((name) => name.startsWith(BEST));
    await engine.load(winner, over);
    return { score, best };
  }
  const known: PlainTensor = {
    dims: [2],
    type: "float32",
    data: Float32Array.of(best ? score : bestScore, best || !isRepair ? 0 : failed + 1),
  };
  const kept = Object.fromEntries(Object.entries(winner).map(([name, tensor]) => [BEST + name, tensor]));
  const next = t < startsEnd(config) ? encoderEntries(initialState(config, t / startSteps)) : winner;
  await engine.load({ ...next, ...kept, [SCORE]: known });
  if (t < startsEnd(config)) return { score, best };
  // The best one's table is not kept: it is made again where another was judged.
  const options = repairOptions(best ? table : await judge(config, dataset, engine, otherViews));
  const option = options[(known.data as Float32Array)[1]! % options.length]!;
  const noise = new Rng({ seed: config.seed, stream: "repairs", step: t });
  await engine.load(mergeAndSplit(winner, clusters, option, noise));
  return { score, best };
}
