/** The scores that a bundle's manifest and card state: what `mmgan evaluate` measures, and what each cluster holds. */

import { type BundleScores, scoreClustering } from "@mmgan/core";
import type { Dataset } from "@mmgan/trainer";
import { samplesOf } from "./commands/evaluate.js";
import { kMeansBaseline } from "./k-means-baseline.js";
import { clusterAll, firstOf, type LabelledOptions, loadLabelled } from "./labelled.js";

/** Samples of the quick check. */
const FIRST = 1000;

/**
 * Scores a bundle on labelled data, those it was trained on unless told otherwise.
 *
 * @throws as `loadLabelled` and `loadModel`
 */
export async function scoreBundle(
  bundle: string,
  options: Omit<LabelledOptions, "limit">,
  signal: AbortSignal,
): Promise<BundleScores> {
  const { loadModel } = await import("@mmgan/runtime-node");
  const model = await loadModel(bundle, { device: "cpu" });
  try {
    const data = await loadLabelled(model.manifest, options, signal);
    const clusters = await clusterAll(model, data, signal);
    const first = firstOf(data, FIRST);
    const samples = samplesOf(data);
    const k = model.manifest.clusters;
    const kmeans = kMeansBaseline(samples, samples, data.labels!, Math.min(k, data.count));
    return {
      data: data.name,
      split: data.split,
      whole: scoresOf(data.labels!, clusters),
      first: scoresOf(first.labels!, clusters.subarray(0, first.count)),
      baselines: { "k-means": pick({ ...kmeans, n: data.count }) },
      clusters: classesOf(data, clusters, k),
    };
  } finally {
    await model.dispose();
  }
}

type Scores = BundleScores["whole"];

function scoresOf(labels: Int32Array, clusters: Int32Array): Scores {
  return pick(scoreClustering(labels, clusters));
}

/** In the order of the manifest, and nothing else. */
function pick({ n, purity, accuracy, nmi, ari }: Scores): Scores {
  return { n, purity, accuracy, nmi, ari };
}

/** For each of the K clusters: how many samples fall into it, and the class that most of them have (the first of equals). */
export function classesOf(
  { labels, classNames }: Pick<Dataset, "labels" | "classNames">,
  clusters: Int32Array,
  k: number,
): BundleScores["clusters"] {
  const names = classNames!;
  const counts = Array.from({ length: k }, () => new Int32Array(names.length));
  clusters.forEach((cluster, i) => {
    counts[cluster]![labels![i]!]!++;
  });
  return counts.map((perClass) => {
    const n = perClass.reduce((sum, count) => sum + count, 0);
    const ofClass = Math.max(...perClass);
    return n === 0 ? { n, ofClass: 0 } : { n, className: names[perClass.indexOf(ofClass)]!, ofClass };
  });
}
