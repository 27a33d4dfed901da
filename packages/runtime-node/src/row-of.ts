/** What the model says of one picture, as the fields of its row. */

import { type Clustering, centreFields, type FeatureCentres, type ResultRow } from "@mmgan/core";

/** The fields of a row that come from the model; `probabilities` always. */
export type RowFields = Omit<ResultRow, "path" | "width" | "height" | "bytes" | "sha256"> & {
  readonly probabilities: readonly number[];
};

/**
 * Row `row` of a clustering. `name` is null: names are a person's. `distance`, `percentile` and `outlier` are null
 * where there are no centres.
 */
export function rowFields(
  { clusters, probabilities, features, count }: Clustering,
  row: number,
  centres?: FeatureCentres,
): RowFields {
  const k = probabilities.length / count;
  const own = probabilities.subarray(row * k, (row + 1) * k);
  let [first, second, entropy] = [0, 0, 0];
  for (const p of own) {
    second = Math.max(second, Math.min(first, p));
    first = Math.max(first, p);
    if (p > 0) entropy -= p * Math.log(p);
  }
  const cluster = clusters[row]!;
  return {
    cluster,
    name: null,
    probability: own[cluster]!,
    margin: first - second,
    entropy: Math.max(entropy, 0),
    ...centreFields(centres, cluster, features, row),
    probabilities: [...own],
  };
}
