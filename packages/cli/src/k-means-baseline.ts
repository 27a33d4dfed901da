/** The yardstick of every clustering: k-means on the same raw values, scored against the same labels. */

import { type ClusteringScores, kMeans, nearestCentres, Rng, scoreClustering, takeRows } from "@mmgan/core";

/** Most values (samples x dimensions) k-means is fitted to: about 20,000 pictures of 28x28, some 20 seconds. */
const FIT_VALUES = 16_000_000;
/** Samples it is fitted to at least, where there are as many. */
const FIT_LEAST = 1000;

/** Scores of k-means, and on how many samples it was fitted; all samples are scored. */
export type BaselineScores = Omit<ClusteringScores, "n" | "clusters"> & { fitted: number };

/** Raw values, [count, dim]: pixels 0..255 or coordinates. */
export interface Samples {
  readonly values: Uint8Array | Float32Array;
  readonly count: number;
}

/**
 * Fits k-means (10 k-means++ starts, least inertia) and scores it. A big set is fitted on a random part of it.
 *
 * @param fit - what the centres are fitted to
 * @param scored - what goes to its nearest centre and is scored; may be the same
 * @param labels - [scored.count]
 * @param k - number of clusters, at most `fit.count`
 */
export function kMeansBaseline(
  fit: Samples,
  scored: Samples,
  labels: Int32Array,
  k: number,
  seed = 0,
): BaselineScores {
  const dim = fit.values.length / fit.count;
  const fitted = Math.min(fit.count, Math.max(FIT_LEAST, k, Math.floor(FIT_VALUES / dim)));
  const chosen = () => new Rng({ seed, stream: "k-means part" }).choice(fit.count, fitted);
  const part = Float32Array.from(fitted === fit.count ? fit.values : takeRows(fit.values, dim, chosen()));
  const { centres } = kMeans(part, fitted, dim, k, { seed });
  const { nmi, ari, purity, accuracy } = scoreClustering(labels, nearestCentres(scored.values, dim, centres));
  return { nmi, ari, purity, accuracy, fitted };
}
