/** How good generated samples are, beside what held-back real ones score. */

import { purity } from "@mmgan/core";
import type { RowWork } from "../neighbours/rows.js";
import { frechetDistance, momentsOf } from "./frechet.js";
import { type ManifoldScores, manifoldScores, type Vectors } from "./manifolds.js";

/** Scores of one set of samples against real ones, in the features of a scoring network. */
export interface GenerationScores extends ManifoldScores {
  /** Frechet distance between Gaussians fitted to both; comparable only between scores by the same network. */
  readonly fid: number;
}

/** What the network says of the clusters of generated samples. */
export interface ClassAgreement {
  /** Share of the samples that get the most frequent class of their cluster, 0..1. */
  readonly agreement: number;
  /** Different classes that are the most frequent of a cluster. */
  readonly classes: number;
  /** For each cluster its most frequent class and that class's share; null where no sample was drawn from it. */
  readonly byCluster: readonly ({ readonly class: number; readonly share: number } | null)[];
}

/** Precision, recall, density, coverage and FID of `samples` against `real`, vectors of one network's features. */
export async function generationScores(
  real: Vectors,
  samples: Vectors,
  work: RowWork = {},
): Promise<GenerationScores> {
  const scores = await manifoldScores(real, samples, undefined, work);
  const fid = frechetDistance(
    momentsOf(real.data, real.count, real.dim),
    momentsOf(samples.data, samples.count, samples.dim),
  );
  return { ...scores, fid };
}

/**
 * @param classes - [count], what the network sees in each sample
 * @param clusters - [count], the cluster each was drawn from, 0..k-1
 */
export function classAgreement(classes: Int32Array, clusters: Int32Array, k: number): ClassAgreement {
  const counts = Array.from({ length: k }, () => new Map<number, number>());
  clusters.forEach((cluster, i) => {
    const of = counts[cluster]!;
    of.set(classes[i]!, (of.get(classes[i]!) ?? 0) + 1);
  });
  const byCluster = counts.map((of) => {
    const [largest] = [...of].sort(([a, m], [b, n]) => n - m || a - b);
    const all = [...of.values()].reduce((sum, n) => sum + n, 0);
    return largest ? { class: largest[0], share: largest[1] / all } : null;
  });
  return {
    agreement: purity(classes, clusters),
    classes: new Set(byCluster.flatMap((found) => (found ? [found.class] : []))).size,
    byCluster,
  };
}
