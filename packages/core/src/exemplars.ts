/** The score of Makhzani et al. 2015, section 6: what a cluster's surest sample is, the whole cluster is taken for. */

import { mustBeInteger } from "./check-argument.js";
import { ArgumentError, expected, ShapeError } from "./errors.js";

/**
 * For each cluster the sample with the largest probability of it gives its label to every sample of the cluster; the
 * share of samples whose label is right. Not purity: one sample decides, so that it may be far below, and with many
 * clusters near it.
 *
 * @param labels - [n], the true classes, integers, n at least 1
 * @param probabilities - [n, K]; a sample's cluster is its largest, the first of equals
 * @param clusters - K
 * @returns from 0 to 1
 * @throws ShapeError when `probabilities` is not [n, K], ArgumentError when there is no label or no cluster
 */
export function exemplarAccuracy(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  clusters: number,
): number {
  const n = labels.length;
  mustBeInteger(clusters, "clusters", 1, Number.MAX_SAFE_INTEGER);
  if (n === 0) throw new ArgumentError(expected("at least 1 value", "labels", 0));
  if (probabilities.length !== n * clusters)
    throw new ShapeError(
      expected(`${n * clusters} values, shape [${n}, ${clusters}],`, "probabilities", probabilities.length),
    );
  const clusterOf = new Int32Array(n);
  const surest = new Int32Array(clusters);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < clusters; k++) {
      const p = probabilities[i * clusters + k]!;
      if (p > probabilities[i * clusters + clusterOf[i]!]!) clusterOf[i] = k;
      if (p > probabilities[surest[k]! * clusters + k]!) surest[k] = i;
    }
  let right = 0;
  for (let i = 0; i < n; i++) if (labels[surest[clusterOf[i]!]!] === labels[i]) right++;
  return right / n;
}
