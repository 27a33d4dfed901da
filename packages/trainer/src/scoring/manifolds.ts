/** Precision, recall, density and coverage: how two sets of vectors lie in each other's neighbourhoods. */

import { ArgumentError, expected } from "@mmgan/core";
import * as tf from "@tensorflow/tfjs";
import { mustGoOn } from "../data/work.js";
import { compile } from "../neighbours/compiled.js";
import { nearestNeighbours } from "../neighbours/index.js";
import { mustBeFinite, type RowWork } from "../neighbours/rows.js";

/** Neighbours that set the size of a ball: Naeem et al. 2020 take 5. */
export const BALL_NEIGHBOURS = 5;

/** `count` vectors of `dim` numbers, [count, dim], row-major, finite. */
export interface Vectors {
  readonly count: number;
  readonly dim: number;
  readonly data: Float32Array;
}

export interface ManifoldScores {
  /** Share of the generated that lie in the ball of a real one, 0..1: are they like real ones? */
  readonly precision: number;
  /** Share of the real that lie in the ball of a generated one, 0..1: could every real one have been drawn? */
  readonly recall: number;
  /** Real balls that a generated one lies in, mean over the generated, in units of k; about 1 for an equal distribution. */
  readonly density: number;
  /** Share of the real balls that hold a generated one, 0..1. */
  readonly coverage: number;
}

/** Rows compared in one product. */
const BLOCK = 512;

/**
 * Precision and recall by Kynkaanniemi et al. 2019, density and coverage by Naeem et al. 2020. The ball of a vector is
 * closed and reaches to its k-th nearest other vector of its own set. Products are in float32, and a distance too near a
 * radius for them to tell is computed again in float64, so the counts are exact.
 *
 * @param k - an integer from 1 to count - 1 of either set. Default 5
 * @throws ArgumentError for another k, other dimensions or numbers that are not finite; InterruptedError when
 *   `work.signal` aborts
 */
export async function manifoldScores(
  real: Vectors,
  generated: Vectors,
  k = BALL_NEIGHBOURS,
  work: RowWork = {},
): Promise<ManifoldScores> {
  const most = Math.min(real.count, generated.count) - 1;
  if (!Number.isInteger(k) || k < 1 || k > most)
    throw new ArgumentError(
      expected(`an integer from 1 to ${most}`, "k", k, "Score more samples: each needs k others"),
    );
  if (real.dim !== generated.dim)
    throw new ArgumentError(expected(`vectors of ${real.dim} numbers`, "generated", generated.dim));
  for (const set of [real, generated]) mustBeFinite(set);
  const realRadii = await squaredRadii(real, k, work);
  const generatedRadii = await squaredRadii(generated, k, work);

  const inReal = new Float64Array(generated.count);
  const inGenerated = new Uint8Array(real.count);
  const covered = new Uint8Array(real.count);
  await eachDistance(real, generated, realRadii, generatedRadii, work, (r, g, nearReal, nearGenerated) => {
    if (nearReal) {
      inReal[g]!++;
      covered[r] = 1;
    }
    if (nearGenerated) inGenerated[r] = 1;
  });
  const share = (flags: Uint8Array) => flags.reduce((sum, flag) => sum + flag, 0) / flags.length;
  return {
    precision: inReal.reduce((sum, balls) => sum + Math.min(balls, 1), 0) / generated.count,
    recall: share(inGenerated),
    density: inReal.reduce((sum, balls) => sum + balls, 0) / (k * generated.count),
    coverage: share(covered),
  };
}

/** [count], squared distance of each vector to its k-th nearest other one. */
async function squaredRadii(set: Vectors, k: number, work: RowWork): Promise<Float64Array> {
  const { count, dim, data } = set;
  const neighbours = await nearestNeighbours(data, count, dim, k, work);
  return Float64Array.from({ length: count }, (_, i) =>
    squaredDistance(data, i, data, neighbours[i * k + k - 1]!, dim),
  );
}

function squaredDistance(a: Float32Array, i: number, b: Float32Array, j: number, dim: number): number {
  let sum = 0;
  for (let c = 0; c < dim; c++) sum += (a[i * dim + c]! - b[j * dim + c]!) ** 2;
  return sum;
}

/** Tells for every pair whether it is within the real one's radius, and within the generated one's. */
async function eachDistance(
  real: Vectors,
  generated: Vectors,
  realRadii: Float64Array,
  generatedRadii: Float64Array,
  { threads, signal }: RowWork,
  see: (real: number, generated: number, nearReal: boolean, nearGenerated: boolean) => void,
): Promise<void> {
  const { dim } = real;
  const [realNorms, generatedNorms] = [squaredNorms(real), squaredNorms(generated)];
  const rows = Math.min(BLOCK, real.count);
  const columns = Math.min(BLOCK, generated.count);
  const product = await compile(
    "cross products",
    ({ a, b }) => ({ dots: tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D, false, true) }),
    { a: { dims: [rows, dim], type: "float32" }, b: { dims: [columns, dim], type: "float32" } },
    threads,
  );
  try {
    const buffer = new Float32Array(rows * columns);
    // The last blocks reach back so as to have the common size; pairs they see again are skipped.
    for (let from = 0; from < real.count; from += rows) {
      const top = Math.min(from, real.count - rows);
      const a = real.data.subarray(top * dim, (top + rows) * dim);
      for (let start = 0; start < generated.count; start += columns) {
        mustGoOn(signal, "comparing generated with real samples");
        const left = Math.min(start, generated.count - columns);
        const b = generated.data.subarray(left * dim, (left + columns) * dim);
        const { dots } = await product.run({ a, b }, { dots: buffer });
        for (let i = from - top; i < rows; i++)
          for (let j = start - left; j < columns; j++) {
            const r = top + i;
            const g = left + j;
            const norms = realNorms[r]! + generatedNorms[g]!;
            let distance = norms - 2 * dots![i * columns + j]!;
            // |error of a product| <= (dim + 1) 2^-24 |a| |b| <= that times norms / 2 (Higham 2002, section 3.1).
            const margin = (dim + 1) * 2 ** -23 * norms;
            const unsure = (radius: number) => Math.abs(distance - radius) <= margin;
            if (unsure(realRadii[r]!) || unsure(generatedRadii[g]!))
              distance = squaredDistance(real.data, r, generated.data, g, dim);
            const nearReal = distance <= realRadii[r]!;
            const nearGenerated = distance <= generatedRadii[g]!;
            if (nearReal || nearGenerated) see(r, g, nearReal, nearGenerated);
          }
      }
    }
  } finally {
    await product.release();
  }
}

function squaredNorms({ count, dim, data }: Vectors): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => {
    let sum = 0;
    for (let c = 0; c < dim; c++) sum += data[i * dim + c]! ** 2;
    return sum;
  });
}
