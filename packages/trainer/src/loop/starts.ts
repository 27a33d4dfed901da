/** Several short starts of E: which one goes on, chosen without labels. */

import { type PlainTensor, Rng } from "@mmgan/core";
import type { TrainConfig } from "../config.js";
import type { Dataset } from "../data/index.js";
import type { Engine } from "../engines/engine.js";
import { evaluationProgram, initialState } from "../models/mmgan.js";
import { startsEnd } from "../models/phases.js";
import type { PlainState } from "../nets/parameters.js";
import { gather, type OtherViews } from "./batches.js";

/** Pairs of views a start is judged by; fewer where there are fewer images. */
const PAIRS = 2048;
/** Rows of one run of E. */
const ROWS = 256;
/** Entries of the state that hold the best start so far, and its score. */
const BEST = "best/";
const SCORE = `${BEST}score`;

/**
 * Mutual information of two views' clusters, I = sum_ij P_ij log(P_ij / (P_i P_j)), P = sym(p^T p') / n, in nats.
 *
 * @param first - probabilities [n, k] of the images
 * @param second - probabilities [n, k] of their other views
 */
export function mutualInformation(first: Float32Array, second: Float32Array, k: number): number {
  const n = first.length / k;
  const joint = new Float64Array(k * k);
  for (let row = 0; row < n; row++)
    for (let i = 0; i < k; i++)
      for (let j = 0; j < k; j++) {
        const p = (first[row * k + i]! * second[row * k + j]!) / (2 * n);
        joint[i * k + j]! += p;
        joint[j * k + i]! += p;
      }
  const marginal = Float64Array.from({ length: k }, (_, i) =>
    joint.subarray(i * k, (i + 1) * k).reduce((a, b) => a + b, 0),
  );
  return joint.reduce((sum, p, at) => {
    const even = marginal[Math.floor(at / k)]! * marginal[at % k]!;
    return p > 0 ? sum + p * Math.log(p / even) : sum;
  }, 0);
}

/** How well E's clusters of images and of their other views agree, on the same pairs for every start. */
async function judge(
  config: TrainConfig,
  dataset: Dataset,
  engine: Engine,
  otherViews: OtherViews,
): Promise<number> {
  const count = Math.min(PAIRS, dataset.count);
  const images = new Rng({ seed: config.seed, stream: "starts/images" }).choice(dataset.count, count);
  const probabilities = async (rows: Float32Array): Promise<Float32Array> => {
    const size = rows.length / count;
    const out = new Float32Array(count * config.clusters);
    for (let from = 0; from < count; from += ROWS) {
      const to = Math.min(count, from + ROWS);
      // A start is too short for its moving average to follow.
      const program = evaluationProgram(config, to - from, false);
      const real: PlainTensor = { ...program.batch.real!, data: rows.slice(from * size, to * size) };
      const { probabilities: part } = await engine.run(program, { real });
      out.set(part!.data as Float32Array, from * config.clusters);
    }
    return out;
  };
  const first = await probabilities(gather(dataset, images));
  const second = await probabilities(otherViews(images, config.walk, "starts", 0));
  return mutualInformation(first, second, config.clusters);
}

const OF_ENCODER = /^(adam\/[mv]\/|ema\/)?encoder\//;

/** The entries of E in a state, or of the best start's E, which stand under their names with `prefix` before them. */
function encoderEntries(state: PlainState, prefix = ""): PlainState {
  return Object.fromEntries(
    Object.entries(state).flatMap(([name, tensor]) => {
      const own = name.slice(prefix.length);
      return name.startsWith(prefix) && OF_ENCODER.test(own) ? [[own, tensor]] : [];
    }),
  );
}

/** Where a training with several starts stands before step t: at the end of one, or elsewhere. */
export const isStartEnd = (config: TrainConfig, t: number): boolean =>
  t > 0 && t <= startsEnd(config) && t % config.startSteps === 0;

/**
 * At the end of a start: judges it, keeps it if it is the best so far, and loads what comes next: the fresh weights of
 * the next start, or after the last one the best. All it knows is in the engine's state, so that a checkpoint between
 * two starts resumes like any other.
 *
 * @returns the score of the start that has just ended, in nats
 */
export async function endStart(
  config: TrainConfig,
  dataset: Dataset,
  engine: Engine,
  otherViews: OtherViews,
  t: number,
): Promise<number> {
  const score = await judge(config, dataset, engine, otherViews);
  const state = await engine.state();
  const best = (state[SCORE]?.data as Float32Array | undefined)?.[0] ?? Number.NEGATIVE_INFINITY;
  const isBest = Math.fround(score) > best;
  const winner = isBest ? encoderEntries(state) : encoderEntries(state, BEST);
  if (t === startsEnd(config)) {
    await engine.load(
      winner,
      Object.keys(state).filter((name) => name.startsWith(BEST)),
    );
    return score;
  }
  const kept = Object.fromEntries(Object.entries(winner).map(([name, tensor]) => [BEST + name, tensor]));
  const fresh = encoderEntries(initialState(config, t / config.startSteps));
  const scoreEntry: PlainTensor = {
    dims: [1],
    type: "float32",
    data: Float32Array.of(isBest ? score : best),
  };
  await engine.load({ ...fresh, ...kept, [SCORE]: scoreEntry });
  return score;
}
