/** Clusterings of raw values that any model has to beat: k-means, PCA + k-means, PCA + Gaussian mixture. */

import { ArgumentError, expected, kMeans, nearestCentres, Rng, takeRows, unknownName } from "@mmgan/core";
import { type PrincipalComponents, principalComponents } from "../neighbours/pca.js";
import { asFloats, type Rows, type RowWork } from "../neighbours/rows.js";
import { fitGaussianMixture, likeliestComponents } from "./gaussian-mixture.js";

export const BASELINES = ["k-means", "pca-k-means", "gaussian-mixture"] as const;
export type BaselineName = (typeof BASELINES)[number];

/** Most rows a baseline is fitted to, so that each takes seconds. */
const FIT_ROWS = 20_000;
/** Directions kept for k-means and most of them for the mixture. */
const COMPONENTS = 32;
/** Rows for each cluster and direction that the mixture wants: its covariances have one number a pair of directions. */
const ROWS_PER_DIRECTION = 8;

export interface BaselineOptions extends RowWork {
  /** What is fitted; default the rows to be clustered. A random part of 20,000 where there are more. */
  readonly fit?: Rows | undefined;
  /** Integer from 0 to 2^32 - 1. Same seed, same clusters. Default 0. */
  readonly seed?: number | undefined;
}

export interface BaselineClusters {
  /** [count], 0..k-1. */
  readonly clusters: Int32Array;
  /** Rows it was fitted to. */
  readonly fitted: number;
}

/**
 * Clusters rows without a network.
 *
 * - `k-means`: on the values, 10 starts;
 * - `pca-k-means`: on the 32 directions of largest variance, 10 starts;
 * - `gaussian-mixture`: full covariances on those directions scaled to variance 1, by EM from 5 starts; fewer directions
 *   where the data are few (rows / (8 k), at least 2).
 *
 * @param rows - what is clustered: pixels or coordinates
 * @param k - from 1 to the number of rows fitted
 * @throws UnknownNameError for another name, ArgumentError for a k out of range or a `fit` of other length,
 *   InterruptedError when `signal` aborts
 */
export async function clusterBaseline(
  name: BaselineName,
  rows: Rows,
  k: number,
  { fit = rows, seed = 0, ...work }: BaselineOptions = {},
): Promise<BaselineClusters> {
  if (!BASELINES.includes(name)) throw unknownName("baseline", name, BASELINES);
  if (fit.dim !== rows.dim) throw new ArgumentError(expected(`rows of ${rows.dim} values`, "fit", fit.dim));
  const part = partOf(fit, seed);
  const fitted = part.count;
  if (name === "k-means") {
    const { centres } = kMeans(asFloats(part), fitted, part.dim, k, { seed });
    return { clusters: nearestCentres(asFloats(rows), rows.dim, centres), fitted };
  }
  const few = Math.max(2, Math.floor(fitted / (ROWS_PER_DIRECTION * k)));
  const wanted = name === "pca-k-means" ? COMPONENTS : Math.min(COMPONENTS, few);
  const pca = await principalComponents(part, wanted, work);
  const dim = pca.components;
  if (name === "pca-k-means") {
    const { centres } = kMeans(pca.projected, fitted, dim, k, { seed });
    return { clusters: nearestCentres(project(pca, rows), dim, centres), fitted };
  }
  const mixture = fitGaussianMixture(whiten(pca, pca.projected), fitted, dim, k, { seed });
  return { clusters: likeliestComponents(mixture, whiten(pca, project(pca, rows))), fitted };
}

/** At most FIT_ROWS rows, drawn without replacement. */
function partOf(rows: Rows, seed: number): Rows {
  const { count, dim, data } = rows;
  if (count <= FIT_ROWS) return rows;
  const chosen = new Rng({ seed, stream: "baseline rows" }).choice(count, FIT_ROWS);
  return { count: FIT_ROWS, dim, data: takeRows(data, dim, chosen) };
}

/** Rows along the directions, [count, components]. */
function project({ components, directions, means }: PrincipalComponents, rows: Rows): Float32Array {
  const { count, dim } = rows;
  const values = asFloats(rows);
  const out = new Float32Array(count * components);
  const centred = new Float64Array(dim);
  for (let row = 0; row < count; row++) {
    for (let c = 0; c < dim; c++) centred[c] = values[row * dim + c]! - means[c]!;
    for (let i = 0; i < components; i++) {
      let sum = 0;
      for (let c = 0, at = i * dim; c < dim; c++, at++) sum += centred[c]! * directions[at]!;
      out[row * components + i] = sum;
    }
  }
  return out;
}

/** Each direction scaled to variance 1; one without variance stays 0. */
function whiten({ components, variances }: PrincipalComponents, projected: Float32Array): Float32Array {
  const scales = variances.map((variance) => (variance > 0 ? 1 / Math.sqrt(variance) : 0));
  return projected.map((x, i) => x * scales[i % components]!);
}
