/** Two interleaving half circles, in the geometry of scikit-learn's `make_moons`, from mmgan's own seeded generator. */

import { ArgumentError, expected, Rng } from "@mmgan/core";

/** Standard deviation of the noise on each coordinate where none is asked for, in the points' own unit. */
export const MOONS_NOISE = 0.05;

export interface MoonsOptions {
  /** How many points, at least 2: floor(count / 2) on the outer moon, the rest on the inner one. */
  readonly count: number;
  /** Standard deviation of the Gaussian noise on each coordinate, >= 0, in units of the moons' radius. Default 0.05. */
  readonly noise?: number | undefined;
  /** Mix the two moons; otherwise the outer moon comes first. Default true. */
  readonly shuffle?: boolean | undefined;
  /** An integer from 0 to 2^32 - 1. Default 0. */
  readonly seed?: number | undefined;
  /** Name of the random stream, so that train and test share a seed and no point. Default "moons". */
  readonly stream?: string | undefined;
}

export interface Moons {
  /** [count, 2], row-major: x in about [-1, 2], y in about [-0.5, 1]. Raw: neither centred nor scaled. */
  readonly points: Float32Array;
  /** [count]: 0 for the outer (upper) moon, 1 for the inner (lower) one. */
  readonly labels: Int32Array;
}

/**
 * Two moons. With t evenly spaced over [0, pi], both ends included:
 * outer = (cos t, sin t), inner = (1 - cos t, 1 - sin t - 0.5), plus N(0, noise^2) on each coordinate
 * (scikit-learn, `sklearn.datasets.make_moons`). Not the same random numbers as scikit-learn.
 *
 * @throws ArgumentError when count is no integer >= 2 or noise is negative
 */
export function makeMoons(options: MoonsOptions): Moons {
  const { count, noise = MOONS_NOISE, shuffle = true, seed = 0, stream = "moons" } = options;
  if (!Number.isInteger(count) || count < 2)
    throw new ArgumentError(expected("an integer of at least 2", "count of moons", count));
  if (!Number.isFinite(noise) || noise < 0)
    throw new ArgumentError(expected("a number of at least 0", "noise of moons", noise));
  const outer = Math.floor(count / 2);
  const order = shuffle ? new Rng({ seed, stream: `${stream}/order` }).permutation(count) : undefined;
  const offsets = noise > 0 ? new Rng({ seed, stream: `${stream}/noise` }).normal(count * 2) : undefined;
  const points = new Float32Array(count * 2);
  const labels = new Int32Array(count);
  for (let row = 0; row < count; row++) {
    const index = order ? order[row]! : row;
    const inner = index >= outer;
    const angle = inner ? angleAt(index - outer, count - outer) : angleAt(index, outer);
    const x = inner ? 1 - Math.cos(angle) : Math.cos(angle);
    const y = inner ? 1 - Math.sin(angle) - 0.5 : Math.sin(angle);
    points[row * 2] = x + noise * (offsets ? offsets[row * 2]! : 0);
    points[row * 2 + 1] = y + noise * (offsets ? offsets[row * 2 + 1]! : 0);
    labels[row] = inner ? 1 : 0;
  }
  return { points, labels };
}

/** Entry `index` of `count` evenly spaced angles from 0 to pi; 0 when there is only one. */
function angleAt(index: number, count: number): number {
  return count === 1 ? 0 : (index * Math.PI) / (count - 1);
}
