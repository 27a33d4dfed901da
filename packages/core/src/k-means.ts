/** k-means: the yardstick beside which every clustering of mmgan is reported. */

import { mustBeInteger } from "./check-argument.js";
import { ArgumentError, expected, ShapeError } from "./errors.js";
import { Rng } from "./rng.js";

export interface KMeansOptions {
  /** Integer from 0 to 2^32 - 1. Same seed, same result. Default 0. */
  readonly seed?: number;
  /** Starts from fresh centres; the one of least inertia is kept. At least 1. Default 10. */
  readonly restarts?: number;
  /** Most iterations of a start, at least 1. Default 300. */
  readonly iterations?: number;
  /**
   * A start ends when the squared moves of all centres sum to at most this times the mean variance of the coordinates;
   * 0 waits until no point changes its cluster. At least 0. Default 1e-4, scikit-learn's.
   */
  readonly tolerance?: number;
  /** Centres to begin with, [k, dim], finite. Leaves out k-means++, `seed` and `restarts`. */
  readonly start?: Float32Array;
}

export interface KMeansResult {
  /** [count], the nearest centre of each point, 0..k-1. */
  readonly clusters: Int32Array;
  /** [k, dim]. */
  readonly centres: Float32Array;
  /** Sum over all points of the squared distance to their centre. */
  readonly inertia: number;
  /** Iterations of the start that was kept. */
  readonly iterations: number;
}

/** Points moved to their mean, which keeps |x|^2 - 2 x.c + |c|^2 accurate, with their squared lengths. */
interface Points {
  readonly data: Float32Array;
  readonly count: number;
  readonly dim: number;
  /** [count], |x|^2. */
  readonly norms: Float64Array;
  /** Mean variance of the coordinates. */
  readonly variance: number;
}

/**
 * Lloyd's k-means from k-means++ starts (Arthur & Vassilvitskii 2007). A cluster that an iteration leaves empty takes the
 * point farthest from its centre; with fewer than k distinct points some stay empty.
 *
 * Distances that the triangle inequality rules out are skipped (Elkan 2003), so the late iterations cost little.
 *
 * @param data - [count, dim], finite
 * @param k - from 1 to count
 * @throws ShapeError when `data` is not [count, dim], ArgumentError for an option out of range or a value that is not
 *   finite
 */
export function kMeans(
  data: Float32Array,
  count: number,
  dim: number,
  k: number,
  options: KMeansOptions = {},
): KMeansResult {
  const { seed = 0, restarts = 10, iterations = 300, tolerance = 1e-4, start } = options;
  mustBeInteger(count, "count", 1, 2 ** 31 - 1);
  mustBeInteger(dim, "dim", 1, 2 ** 31 - 1);
  mustBeInteger(k, "k", 1, count);
  mustBeInteger(restarts, "restarts", 1, Number.MAX_SAFE_INTEGER);
  mustBeInteger(iterations, "iterations", 1, Number.MAX_SAFE_INTEGER);
  if (!(tolerance >= 0)) throw new ArgumentError(expected("a number of at least 0", "tolerance", tolerance));
  if (data.length !== count * dim)
    throw new ShapeError(expected(`${count * dim} values, shape [${count}, ${dim}],`, "points", data.length));
  const wrong = data.findIndex((value) => !Number.isFinite(value));
  if (wrong !== -1)
    throw new ArgumentError(
      expected("a finite number", `point ${Math.floor(wrong / dim)}, coordinate ${wrong % dim}`, data[wrong]),
    );

  if (start && start.length !== k * dim)
    throw new ShapeError(expected(`${k * dim} values, shape [${k}, ${dim}],`, "start", start.length));
  if (start && !start.every(Number.isFinite))
    throw new ArgumentError(
      expected(
        "finite numbers",
        "start",
        start.find((x) => !Number.isFinite(x)),
      ),
    );

  const { points, mean } = centred(data, count, dim);
  const run = (centres: Float32Array) => lloyd(points, centres, k, iterations, tolerance * points.variance);
  let best: KMeansResult | undefined = start && run(start.map((value, i) => value - mean[i % dim]!));
  for (let restart = 0; !start && restart < restarts; restart++) {
    const result = run(plusPlusCentres(points, k, new Rng({ seed, stream: "k-means", step: restart })));
    if (!best || result.inertia < best.inertia) best = result;
  }
  const centres = best!.centres.map((value, i) => value + mean[i % dim]!);
  return { ...best!, centres };
}

function centred(data: Float32Array, count: number, dim: number): { points: Points; mean: Float64Array } {
  const mean = new Float64Array(dim);
  for (let i = 0; i < data.length; i++) mean[i % dim] = mean[i % dim]! + data[i]!;
  for (let j = 0; j < dim; j++) mean[j] = mean[j]! / count;
  const moved = data.map((value, i) => value - mean[i % dim]!);
  const norms = new Float64Array(count);
  for (let i = 0; i < count; i++) norms[i] = dot(moved, i * dim, moved, i * dim, dim);
  const variance = norms.reduce((sum, norm) => sum + norm, 0) / (count * dim);
  return { points: { data: moved, count, dim, norms, variance }, mean };
}

/** Four partial sums, so that the additions need not wait for each other. */
function dot(a: Float32Array, aStart: number, b: Float32Array, bStart: number, length: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let j = 0;
  for (; j + 3 < length; j += 4) {
    s0 += a[aStart + j]! * b[bStart + j]!;
    s1 += a[aStart + j + 1]! * b[bStart + j + 1]!;
    s2 += a[aStart + j + 2]! * b[bStart + j + 2]!;
    s3 += a[aStart + j + 3]! * b[bStart + j + 3]!;
  }
  for (; j < length; j++) s0 += a[aStart + j]! * b[bStart + j]!;
  return s0 + s1 + (s2 + s3);
}

/** Squared distance |x|^2 - 2 x.c + |c|^2; rounding may take it below 0, so it is cut there. */
function squaredDistance(points: Points, i: number, centres: Float32Array, c: number, norm: number): number {
  const { data, dim, norms } = points;
  return Math.max(0, norms[i]! - 2 * dot(data, i * dim, centres, c * dim, dim) + norm);
}

/**
 * k-means++: each next centre is a point drawn with chance proportional to its squared distance from the nearest centre
 * so far; of 2 + ln k candidates the one that lowers the sum of those most is kept, as scikit-learn does.
 */
function plusPlusCentres(points: Points, k: number, rng: Rng): Float32Array {
  const { data, count, dim, norms } = points;
  const centres = new Float32Array(k * dim);
  const trials = 2 + Math.floor(Math.log(k));
  let nearest = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  let candidates = rng.integers(1, count);
  for (let c = 0; c < k; c++) {
    let least = Number.POSITIVE_INFINITY;
    let chosen = -1;
    let chosenNearest = nearest;
    for (const candidate of new Set(candidates)) {
      const closer = new Float64Array(count);
      let sum = 0;
      for (let i = 0; i < count; i++) {
        const squared = squaredDistance(points, i, data, candidate, norms[candidate]!);
        closer[i] = i === candidate ? 0 : Math.min(nearest[i]!, squared);
        sum += closer[i]!;
      }
      if (sum >= least) continue;
      least = sum;
      chosen = candidate;
      chosenNearest = closer;
    }
    centres.set(data.subarray(chosen * dim, (chosen + 1) * dim), c * dim);
    nearest = chosenNearest;
    candidates = least > 0 ? drawProportional(nearest, least, rng.uniform(trials)) : rng.integers(1, count);
  }
  return centres;
}

/** Indices drawn with chance proportional to `weights`, one for each number of `uniforms` in [0, 1). */
function drawProportional(weights: Float64Array, total: number, uniforms: Float32Array): Int32Array {
  const cumulative = new Float64Array(weights.length);
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    sum += weights[i]!;
    cumulative[i] = sum;
  }
  return Int32Array.from(uniforms, (uniform) => {
    const target = uniform * total;
    let low = 0;
    let high = weights.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (cumulative[middle]! > target) high = middle;
      else low = middle + 1;
    }
    return low;
  });
}

/** Where the points are: their clusters, and of each cluster the size and the sum of its points. */
interface Partition {
  /** [count], -1 before the first assignment. */
  readonly clusters: Int32Array;
  /** [k] */
  readonly sizes: Int32Array;
  /** [k, dim] */
  readonly sums: Float64Array;
  /** [count, k]: point i is no nearer to centre c than lower[i, c]. */
  readonly lower: Float64Array;
}

function lloyd(
  points: Points,
  start: Float32Array,
  k: number,
  maxIterations: number,
  tolerance: number,
): KMeansResult {
  const { count, dim } = points;
  const partition: Partition = {
    clusters: new Int32Array(count).fill(-1),
    sizes: new Int32Array(k),
    sums: new Float64Array(k * dim),
    lower: new Float64Array(count * k),
  };
  const { clusters, lower } = partition;
  let centres = start;
  let iterations = 0;
  for (;;) {
    iterations++;
    const changed = assign(points, centres, k, partition);
    const next = meanCentres(points, partition, centres, k);
    const moves = centreMoves(centres, next, k, dim);
    centres = next;
    for (let i = 0; i < count; i++)
      for (let c = 0; c < k; c++) lower[i * k + c] = lower[i * k + c]! - moves[c]!;
    const moved = moves.reduce((sum, move) => sum + move * move, 0);
    if (!changed || moved <= tolerance || iterations === maxIterations) break;
  }
  assign(points, centres, k, partition);
  return { clusters, centres, inertia: inertiaOf(points, centres, clusters), iterations };
}

/** Puts each point in the cluster of its nearest centre (the lower number of equals); says whether any moved. */
function assign(points: Points, centres: Float32Array, k: number, partition: Partition): boolean {
  const { count, dim } = points;
  const { clusters, lower } = partition;
  const norms = Float64Array.from({ length: k }, (_, c) => dot(centres, c * dim, centres, c * dim, dim));
  let changed = false;
  for (let i = 0; i < count; i++) {
    const before = clusters[i]!;
    let nearest = Math.max(before, 0);
    let distance = Math.sqrt(squaredDistance(points, i, centres, nearest, norms[nearest]!));
    lower[i * k + nearest] = distance;
    for (let c = 0; c < k; c++) {
      if (c === nearest || lower[i * k + c]! > distance) continue;
      const other = Math.sqrt(squaredDistance(points, i, centres, c, norms[c]!));
      lower[i * k + c] = other;
      if (other < distance || (other === distance && c < nearest)) {
        nearest = c;
        distance = other;
      }
    }
    if (nearest === before) continue;
    if (before !== -1) tally(points, i, before, -1, partition);
    tally(points, i, nearest, 1, partition);
    clusters[i] = nearest;
    changed = true;
  }
  return changed;
}

/** Adds point i to the sum and size of cluster c (sign 1), or takes it away (sign -1). */
function tally(points: Points, i: number, c: number, sign: 1 | -1, { sizes, sums }: Partition): void {
  const { data, dim } = points;
  sizes[c] = sizes[c]! + sign;
  const to = c * dim;
  const from = i * dim;
  for (let j = 0; j < dim; j++) sums[to + j] = sums[to + j]! + sign * data[from + j]!;
}

/** The mean of each cluster; an empty one takes the point farthest from its centre, or stays when there is none. */
function meanCentres(points: Points, partition: Partition, centres: Float32Array, k: number): Float32Array {
  const { data, dim } = points;
  const { clusters } = partition;
  const sums = partition.sums.slice();
  const sizes = partition.sizes.slice();
  const empty = [...sizes.keys()].filter((c) => sizes[c] === 0);
  const farthest = empty.length === 0 ? [] : farthestFirst(points, clusters, centres);
  for (const c of empty) {
    let i = farthest.shift();
    while (i !== undefined && sizes[clusters[i]!] === 1) i = farthest.shift(); // would empty another cluster
    sizes[c] = 1;
    if (i === undefined) {
      sums.set(centres.subarray(c * dim, (c + 1) * dim), c * dim);
      continue;
    }
    const from = clusters[i]!;
    sizes[from] = sizes[from]! - 1;
    for (let j = 0; j < dim; j++) sums[from * dim + j] = sums[from * dim + j]! - data[i * dim + j]!;
    sums.set(data.subarray(i * dim, (i + 1) * dim), c * dim);
  }
  const means = new Float32Array(k * dim);
  for (let c = 0; c < k; c++)
    for (let j = 0; j < dim; j++) means[c * dim + j] = sums[c * dim + j]! / sizes[c]!;
  return means;
}

/** The points that are not on their centre, the farthest first. */
function farthestFirst(points: Points, clusters: Int32Array, centres: Float32Array): number[] {
  const distances = Float64Array.from(clusters, (c, i) => exactSquaredDistance(points, i, centres, c));
  return [...distances.keys()]
    .filter((i) => distances[i]! > 0)
    .sort((a, b) => distances[b]! - distances[a]! || a - b);
}

function exactSquaredDistance(points: Points, i: number, centres: Float32Array, c: number): number {
  let sum = 0;
  for (let j = 0; j < points.dim; j++)
    sum += (points.data[i * points.dim + j]! - centres[c * points.dim + j]!) ** 2;
  return sum;
}

function centreMoves(before: Float32Array, after: Float32Array, k: number, dim: number): Float64Array {
  return Float64Array.from({ length: k }, (_, c) => {
    let sum = 0;
    for (let j = 0; j < dim; j++) sum += (after[c * dim + j]! - before[c * dim + j]!) ** 2;
    return Math.sqrt(sum);
  });
}

function inertiaOf(points: Points, centres: Float32Array, clusters: Int32Array): number {
  let sum = 0;
  for (let i = 0; i < points.count; i++) sum += exactSquaredDistance(points, i, centres, clusters[i]!);
  return sum;
}
