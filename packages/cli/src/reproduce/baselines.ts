/** Yardsticks that see raw values alone: fitted to what models train on, scored on what they are scored on. */

import { kMeansClusters, type Samples } from "../k-means-baseline.js";

/**
 * Puts each scored sample into a cluster. No label goes in.
 *
 * @param fit - what it is fitted to
 * @param scored - what it is asked about, of the same dimension
 * @param clusters - how many
 * @returns [scored.count], 0..clusters - 1
 */
export type Baseline = (
  fit: Samples,
  scored: Samples,
  clusters: number,
  seed: number,
) => Int32Array | Promise<Int32Array>;

export const BASELINE_NAMES = ["k-means"] as const;
export type BaselineName = (typeof BASELINE_NAMES)[number];

export const BASELINES: Readonly<Record<BaselineName, Baseline>> = {
  "k-means": (fit, scored, clusters, seed) => kMeansClusters(fit, scored, clusters, seed).clusters,
};
