/** A Gaussian mixture with full covariances, fitted by EM: the yardstick that knows clusters of other shapes than round. */

import { ArgumentError, expected, kMeans, mustBeInteger, Rng, ShapeError } from "@mmgan/core";
import { largestEigenvectors } from "../neighbours/eigen.js";

export interface GaussianMixtureOptions {
  /** Integer from 0 to 2^32 - 1. Same seed, same result. Default 0. */
  readonly seed?: number;
  /** Starts, each from one k-means; after `startIterations` the likeliest goes on alone. At least 1. Default 5. */
  readonly starts?: number;
  /** Iterations of each start before they are compared, at least 1. Default 10. */
  readonly startIterations?: number;
  /** Most iterations of the start that goes on, at least 1. Default 200. */
  readonly iterations?: number;
  /** EM ends when the mean log-likelihood grows by less than this, at least 0. Default 1e-3, scikit-learn's. */
  readonly tolerance?: number;
  /** Least eigenvalue of a covariance, as a share of the data's mean variance, above 0. Default 1e-3. */
  readonly floor?: number;
}

/** k Gaussians with weights. */
export interface GaussianMixture {
  readonly k: number;
  readonly dim: number;
  /** [k], sum 1. */
  readonly weights: Float64Array;
  /** [k, dim]. */
  readonly means: Float64Array;
  /** [k, dim, dim], symmetric. */
  readonly covariances: Float64Array;
}

export interface GaussianMixtureFit extends GaussianMixture {
  /** Mean log-likelihood of a sample before each iteration of the start that was kept and after the last, in nats; never falls. */
  readonly logLikelihoods: readonly number[];
}

/**
 * EM (Dempster, Laird & Rubin 1977). The M-step is the maximum under the constraint that no eigenvalue of a covariance
 * is below the floor (eigenvalues below are raised to it), so the likelihood never falls. A component that loses all its
 * samples keeps its shape with weight 0.
 *
 * @param data - [count, dim], finite
 * @param k - from 1 to count
 * @throws ShapeError when `data` is not [count, dim], ArgumentError for an option out of range or a value that is not
 *   finite
 */
export function fitGaussianMixture(
  data: Float32Array,
  count: number,
  dim: number,
  k: number,
  options: GaussianMixtureOptions = {},
): GaussianMixtureFit {
  const { seed = 0, starts = 5, startIterations = 10, iterations = 200 } = options;
  const { tolerance = 1e-3, floor = 1e-3 } = options;
  mustBeInteger(starts, "starts", 1, Number.MAX_SAFE_INTEGER);
  mustBeInteger(startIterations, "startIterations", 1, Number.MAX_SAFE_INTEGER);
  mustBeInteger(iterations, "iterations", 1, Number.MAX_SAFE_INTEGER);
  if (!(tolerance >= 0)) throw new ArgumentError(expected("a number of at least 0", "tolerance", tolerance));
  if (!(floor > 0)) throw new ArgumentError(expected("a number above 0", "floor", floor));

  const least = floor * (meanVariance(data, count, dim) || 1);
  let best: Em | undefined;
  for (let start = 0; start < starts; start++) {
    // k-means checks the shape, k and every value.
    const startSeed =
      starts === 1 ? seed : new Rng({ seed, stream: "mixture starts" }).integers(starts, 2 ** 31)[start]!;
    const { clusters } = kMeans(data, count, dim, k, { seed: startSeed, restarts: 1, iterations: 20 });
    const em = new Em(data, count, dim, k, least, clusters);
    em.run(startIterations, tolerance);
    if (!best || em.logLikelihood > best.logLikelihood) best = em;
  }
  best!.run(iterations, tolerance);
  return best!.result();
}

/**
 * The likeliest component of each row.
 *
 * @param data - [count, dim]
 * @returns [count], 0..k-1
 * @throws ShapeError when the length is not a multiple of `dim`
 */
export function likeliestComponents(mixture: GaussianMixture, data: Float32Array): Int32Array {
  const { k, dim } = mixture;
  if (data.length % dim !== 0)
    throw new ShapeError(expected(`a multiple of ${dim} values`, "data", data.length));
  const count = data.length / dim;
  const terms = logTerms(mixture, data, count);
  const found = new Int32Array(count);
  for (let i = 0; i < count; i++)
    for (let c = 1; c < k; c++) if (terms[c * count + i]! > terms[found[i]! * count + i]!) found[i] = c;
  return found;
}

/** Mean over the coordinates of their variances. */
function meanVariance(data: Float32Array, count: number, dim: number): number {
  const sums = new Float64Array(dim);
  const squares = new Float64Array(dim);
  for (let i = 0; i < data.length; i++) sums[i % dim]! += data[i]!;
  for (let i = 0; i < data.length; i++) squares[i % dim]! += (data[i]! - sums[i % dim]! / count) ** 2;
  return squares.reduce((sum, x) => sum + x, 0) / (count * dim);
}

/** One EM: parameters and responsibilities, from hard clusters on. */
class Em {
  readonly #data: Float32Array;
  readonly #count: number;
  readonly #dim: number;
  readonly #k: number;
  readonly #floor: number;
  readonly #mixture: GaussianMixture;
  /** [k, count]: responsibilities; before they are normalised, log-terms. */
  #terms: Float64Array<ArrayBuffer>;
  readonly #history: number[] = [];

  constructor(
    data: Float32Array,
    count: number,
    dim: number,
    k: number,
    floor: number,
    clusters: Int32Array,
  ) {
    this.#data = data;
    this.#count = count;
    this.#dim = dim;
    this.#k = k;
    this.#floor = floor;
    const covariances = new Float64Array(k * dim * dim);
    for (let c = 0; c < k; c++) for (let j = 0; j < dim; j++) covariances[(c * dim + j) * dim + j] = floor;
    this.#mixture = { k, dim, weights: new Float64Array(k), means: new Float64Array(k * dim), covariances };
    this.#terms = new Float64Array(k * count);
    for (let i = 0; i < count; i++) this.#terms[clusters[i]! * count + i] = 1;
    this.#maximise();
    this.#expect();
  }

  /** Mean log-likelihood of the parameters as they are. */
  get logLikelihood(): number {
    return this.#history.at(-1)!;
  }

  run(iterations: number, tolerance: number): void {
    for (let iteration = 0; iteration < iterations; iteration++) {
      const before = this.logLikelihood;
      this.#maximise();
      this.#expect();
      if (this.logLikelihood - before < tolerance) return;
    }
  }

  result(): GaussianMixtureFit {
    return { ...this.#mixture, logLikelihoods: this.#history };
  }

  #expect(): void {
    this.#terms = logTerms(this.#mixture, this.#data, this.#count, this.#terms);
    this.#history.push(normalise(this.#terms, this.#k, this.#count));
  }

  #maximise(): void {
    const { weights, means, covariances } = this.#mixture;
    const data = this.#data;
    const dim = this.#dim;
    const count = this.#count;
    const centred = new Float64Array(dim);
    for (let c = 0; c < this.#k; c++) {
      const shares = this.#terms.subarray(c * count, (c + 1) * count);
      const mass = shares.reduce((sum, share) => sum + share, 0);
      weights[c] = mass / count;
      if (mass < 1e-9) continue;
      const mean = means.subarray(c * dim, (c + 1) * dim).fill(0);
      for (let i = 0; i < count; i++) {
        const share = shares[i]!;
        if (share > 0) for (let j = 0; j < dim; j++) mean[j]! += share * data[i * dim + j]!;
      }
      for (let j = 0; j < dim; j++) mean[j]! /= mass;
      const covariance = covariances.subarray(c * dim * dim, (c + 1) * dim * dim).fill(0);
      for (let i = 0; i < count; i++) {
        const share = shares[i]!;
        if (share < 1e-12) continue;
        for (let j = 0; j < dim; j++) centred[j] = data[i * dim + j]! - mean[j]!;
        for (let j = 0; j < dim; j++) {
          const scaled = share * centred[j]!;
          for (let l = 0, at = j * dim; l <= j; l++, at++) covariance[at]! += scaled * centred[l]!;
        }
      }
      for (let j = 0; j < dim; j++)
        for (let l = 0; l <= j; l++) {
          const value = covariance[j * dim + l]! / mass;
          covariance[j * dim + l] = covariance[l * dim + j] = value;
        }
      raiseEigenvalues(covariance, dim, this.#floor);
    }
  }
}

/** Raises the eigenvalues of a symmetric matrix to at least `floor`, in place. Most need nothing, which Cholesky tells. */
function raiseEigenvalues(matrix: Float64Array, n: number, floor: number): void {
  const lowered = matrix.slice();
  for (let j = 0; j < n; j++) lowered[j * n + j]! -= floor;
  if (cholesky(lowered, n)) return;
  const { values, vectors } = largestEigenvectors(matrix, n);
  matrix.fill(0);
  for (let v = 0; v < n; v++) {
    const value = Math.max(values[v]!, floor);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) matrix[i * n + j]! += value * vectors[v * n + i]! * vectors[v * n + j]!;
  }
}

/** The lower factor L of matrix = L L^T, [n, n], or undefined where the matrix is not positive definite. */
function cholesky(matrix: Float64Array, n: number): Float64Array | undefined {
  const lower = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j]!;
      for (let l = 0; l < j; l++) sum -= lower[i * n + l]! * lower[j * n + l]!;
      if (i !== j) lower[i * n + j] = sum / lower[j * n + j]!;
      else if (sum > 0) lower[i * n + i] = Math.sqrt(sum);
      else return undefined;
    }
  return lower;
}

/** ln w_c + ln N(x_i | mu_c, Sigma_c), [k, count]; -Infinity for weight 0. */
function logTerms(
  { k, dim, weights, means, covariances }: GaussianMixture,
  data: Float32Array,
  count: number,
  into = new Float64Array(k * count),
): Float64Array<ArrayBuffer> {
  const solved = new Float64Array(dim);
  for (let c = 0; c < k; c++) {
    if (weights[c] === 0) {
      into.fill(Number.NEGATIVE_INFINITY, c * count, (c + 1) * count);
      continue;
    }
    const lower = cholesky(covariances.subarray(c * dim * dim, (c + 1) * dim * dim), dim)!;
    let constant = Math.log(weights[c]!) - (dim / 2) * Math.log(2 * Math.PI);
    for (let j = 0; j < dim; j++) constant -= Math.log(lower[j * dim + j]!);
    const inverse = Float64Array.from({ length: dim }, (_, j) => 1 / lower[j * dim + j]!);
    for (let i = 0; i < count; i++) {
      // |L^-1 (x - mu)|^2 by forward substitution.
      let squares = 0;
      for (let j = 0; j < dim; j++) {
        let rest = data[i * dim + j]! - means[c * dim + j]!;
        for (let l = 0, at = j * dim; l < j; l++, at++) rest -= lower[at]! * solved[l]!;
        const value = rest * inverse[j]!;
        solved[j] = value;
        squares += value * value;
      }
      into[c * count + i] = constant - squares / 2;
    }
  }
  return into;
}

/** Turns log-terms into responsibilities in place, by log-sum-exp. Returns the mean log-likelihood. */
function normalise(terms: Float64Array, k: number, count: number): number {
  let total = 0;
  for (let i = 0; i < count; i++) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < k; c++) largest = Math.max(largest, terms[c * count + i]!);
    let sum = 0;
    for (let c = 0; c < k; c++) sum += terms[c * count + i] = Math.exp(terms[c * count + i]! - largest);
    for (let c = 0; c < k; c++) terms[c * count + i]! /= sum;
    total += largest + Math.log(sum);
  }
  return total / count;
}
