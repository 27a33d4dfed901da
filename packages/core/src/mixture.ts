/** The Gaussian mixture that MMGAN draws its latents from: sampling, densities and the posterior, in closed form. */

import { mustBeInteger } from "./check-argument.js";
import type { Posterior } from "./contract.js";
import { ArgumentError, expected, ShapeError } from "./errors.js";
import type { Rng } from "./rng.js";

/** Smallest sigma a component may have. */
export const SIGMA_FLOOR = 0.1;

/** K spherical Gaussians N(mu_k, sigma_k^2 I) in `latentDim` dimensions. */
export interface Mixture {
  /** K, at least 1. */
  readonly clusters: number;
  /** At least 1. */
  readonly latentDim: number;
  /** mu, [K, latentDim]. */
  readonly means: Float32Array;
  /** sigma, [K], above 0; standard deviations, not variances. */
  readonly sigmas: Float32Array;
}

function mustHaveLength(data: ArrayLike<number>, name: string, dims: readonly number[]): void {
  const length = dims.reduce((product, dim) => product * dim, 1);
  if (data.length !== length)
    throw new ShapeError(expected(`${length} values, shape [${dims.join(", ")}],`, name, data.length));
}

function mustBeMixture({ clusters, latentDim, means, sigmas }: Mixture): void {
  mustBeInteger(clusters, "clusters", 1, Number.MAX_SAFE_INTEGER);
  mustBeInteger(latentDim, "latentDim", 1, Number.MAX_SAFE_INTEGER);
  mustHaveLength(means, "means", [clusters, latentDim]);
  mustHaveLength(sigmas, "sigmas", [clusters]);
  const wrong = sigmas.findIndex((sigma) => sigma <= 0);
  if (wrong !== -1) throw new ArgumentError(expected("a number above 0", `sigma ${wrong}`, sigmas[wrong]));
}

/** Each sigma raised to at least SIGMA_FLOOR; NaN stays NaN. */
export function floorSigmas(sigmas: Float32Array): Float32Array {
  // 0.1 as float32 is above 0.1, so the result is never below the floor.
  return sigmas.map((sigma) => Math.max(sigma, SIGMA_FLOOR));
}

/**
 * Latents z_i = mu_c + spread sigma_c noise_i, c = clusters_i, rounded as the bundle's mixture graph rounds: the same
 * bytes.
 *
 * @param clusters - [count], each 0..K-1
 * @param noise - [count, latentDim], drawn from N(0, 1)
 * @param spread - factor on sigma, >= 0; 0 gives the means. Default 1
 * @returns [count, latentDim]
 * @throws ShapeError when a length does not fit, ArgumentError for a cluster or spread out of range
 */
export function sampleLatents(
  mixture: Mixture,
  clusters: Int32Array,
  noise: Float32Array,
  spread = 1,
): Float32Array {
  mustBeMixture(mixture);
  const { latentDim, means, sigmas } = mixture;
  mustHaveLength(noise, "noise", [clusters.length, latentDim]);
  if (!(spread >= 0)) throw new ArgumentError(expected("a number of at least 0", "spread", spread));
  const out = new Float32Array(noise.length);
  for (const [i, cluster] of clusters.entries()) {
    mustBeInteger(cluster, `cluster ${i}`, 0, mixture.clusters - 1);
    for (let j = 0; j < latentDim; j++) {
      const wide = Math.fround(noise[i * latentDim + j]! * spread);
      out[i * latentDim + j] = means[cluster * latentDim + j]! + Math.fround(sigmas[cluster]! * wide);
    }
  }
  return out;
}

/**
 * ln N(z | mu_k, sigma_k^2 I) = -d/2 ln(2 pi) - d ln sigma_k - |z - mu_k|^2 / (2 sigma_k^2), in float64.
 *
 * @param k - component, 0..K-1
 * @param z - one latent, [latentDim]; NaN in it gives NaN
 */
export function logDensity(mixture: Mixture, k: number, z: ArrayLike<number>): number {
  mustBeMixture(mixture);
  mustBeInteger(k, "component", 0, mixture.clusters - 1);
  mustHaveLength(z, "latent", [mixture.latentDim]);
  return componentLogDensity(mixture, k, z);
}

function componentLogDensity(mixture: Mixture, k: number, z: ArrayLike<number>): number {
  const { latentDim, means, sigmas } = mixture;
  const sigma = sigmas[k]!;
  let squared = 0;
  for (let j = 0; j < latentDim; j++) squared += ((z[j]! - means[k * latentDim + j]!) / sigma) ** 2;
  return -latentDim * (Math.log(2 * Math.PI) / 2 + Math.log(sigma)) - squared / 2;
}

/**
 * ln sum_k w_k N(z | mu_k, sigma_k^2 I), by log-sum-exp in float64, so that it stays finite where every density
 * underflows. With the encoder's probabilities of an input x as weights this is ln p(z | x).
 *
 * @param weights - [K], from 0 to 1, sum 1; a component of weight 0 adds nothing. NaN in them gives NaN
 * @param z - one latent, [latentDim]; NaN in it gives NaN
 * @throws ArgumentError when a weight is below 0 or their sum is more than 1e-3 away from 1
 */
export function mixtureLogDensity(
  mixture: Mixture,
  weights: ArrayLike<number>,
  z: ArrayLike<number>,
): number {
  mustBeMixture(mixture);
  mustHaveLength(weights, "weights", [mixture.clusters]);
  mustHaveLength(z, "latent", [mixture.latentDim]);
  mustBeDistribution(weights, 0, mixture.clusters, "weights");
  const terms = Float64Array.from(
    { length: mixture.clusters },
    (_, k) => Math.log(weights[k]!) + componentLogDensity(mixture, k, z),
  );
  const largest = terms.reduce((a, b) => Math.max(a, b));
  if (!Number.isFinite(largest)) return largest;
  return largest + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - largest), 0));
}

/** NaN passes: it comes out as NaN, where the caller sees it. */
function mustBeDistribution(values: ArrayLike<number>, start: number, count: number, name: string): void {
  let sum = 0;
  for (let k = start; k < start + count; k++) {
    if (values[k]! < 0) throw new ArgumentError(expected("no value below 0", name, values[k]));
    sum += values[k]!;
  }
  if (Math.abs(sum - 1) > 1e-3) throw new ArgumentError(expected("values that sum to 1", name, sum));
}

/**
 * p(z | x) = sum_k p_E(k | x) N(z | mu_k, sigma_k^2 I) for each input: a mixture of the same components, weighted by the
 * encoder's probabilities, with mean sum_k p_E(k | x) mu_k.
 *
 * @param probabilities - [count, K], each row sums to 1; kept, not copied
 * @throws ShapeError when `probabilities` is not [count, K], ArgumentError when a row is no distribution
 */
export function posterior(mixture: Mixture, probabilities: Float32Array, count: number): Posterior {
  mustBeMixture(mixture);
  mustBeInteger(count, "count", 0, Number.MAX_SAFE_INTEGER);
  const { clusters, latentDim, means, sigmas } = mixture;
  mustHaveLength(probabilities, "probabilities", [count, clusters]);
  const mean = new Float32Array(count * latentDim);
  const row = new Float64Array(latentDim);
  for (let i = 0; i < count; i++) {
    mustBeDistribution(probabilities, i * clusters, clusters, `probabilities of input ${i}`);
    row.fill(0);
    for (let k = 0; k < clusters; k++) {
      const weight = probabilities[i * clusters + k]!;
      for (let j = 0; j < latentDim; j++) row[j] = row[j]! + weight * means[k * latentDim + j]!;
    }
    mean.set(row, i * latentDim);
  }
  return { count, weights: probabilities, means, sigmas, mean };
}

/**
 * Starting means: K distinct vertices of the hypercube {-1, 1}^d, drawn without replacement.
 *
 * @param clusters - K, from 1 to 2^d
 * @param latentDim - d, at least 1
 * @returns [K, d]
 * @throws ArgumentError when K > 2^d
 */
export function hypercubeVertices(clusters: number, latentDim: number, rng: Rng): Float32Array {
  mustBeInteger(clusters, "clusters", 1, Number.MAX_SAFE_INTEGER);
  mustBeInteger(latentDim, "latentDim", 1, Number.MAX_SAFE_INTEGER);
  if (clusters > 2 ** latentDim)
    throw new ArgumentError(
      expected(
        `at most ${2 ** latentDim} (2^latentDim)`,
        "clusters",
        clusters,
        `A hypercube of ${latentDim} dimensions has no more vertices: raise latentDim to at least ${Math.ceil(Math.log2(clusters))} or start from equal means`,
      ),
    );
  const out = new Float32Array(clusters * latentDim);
  // Up to 31 bits a vertex is an integer. Its remaining bits, if any, are drawn freely: the first 31 already differ.
  const bits = Math.min(latentDim, 31);
  const vertices = rng.choice(2 ** bits, clusters);
  const free = rng.integers(clusters * (latentDim - bits), 2);
  for (let k = 0; k < clusters; k++)
    for (let j = 0; j < latentDim; j++) {
      const bit = j < bits ? (vertices[k]! >>> j) & 1 : free[k * (latentDim - bits) + j - bits]!;
      out[k * latentDim + j] = 2 * bit - 1;
    }
  return out;
}
