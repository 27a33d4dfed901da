/** k-means on latent codes: a read-out. */

import { ArgumentError, expected, type KMeansResult, kMeans } from "@mmgan/core";

/** Starts of k-means. */
const RESTARTS = 5;

/**
 * Clusters codes.
 *
 * @param codes - [count, dim], finite
 * @returns clusters and centres, and the mean squared distance of a code to its centre in each coordinate, above 0
 * @throws ArgumentError for fewer codes than clusters
 */
export function clusterCodes(
  codes: Float32Array,
  count: number,
  dim: number,
  k: number,
  seed = 0,
): KMeansResult & { variance: number } {
  if (count < k)
    throw new ArgumentError(
      expected(
        `at least ${k} codes, one for each cluster,`,
        "k-means on the codes",
        count,
        "Take more samples, or another read-out",
      ),
    );
  const found = kMeans(codes, count, dim, k, { seed, restarts: RESTARTS });
  return { ...found, variance: Math.max(found.inertia / (count * dim), 1e-6) };
}
