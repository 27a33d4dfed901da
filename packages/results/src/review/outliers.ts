/** The pictures of a results file that fit their clusters least. */

import { mustBeInteger, type ResultRow } from "@mmgan/core";
import { readResults } from "../read-results.js";
import { clustersOf } from "./rewrite-results.js";

/** What pictures are ranked by: distance to the centre, else how sure the model is. */
export type OutlierMeasure = "distance" | "probability";

export interface OutlierOptions {
  /** Rows at most. Default 20. */
  readonly top?: number;
  /** Of this cluster alone. */
  readonly cluster?: number;
}

export interface Outliers {
  readonly measure: OutlierMeasure;
  /** Rows that are marked as outliers; null where the results hold no distances. */
  readonly marked: number | null;
  /** The farthest first. */
  readonly rows: readonly ResultRow[];
}

/**
 * Ranks rows by the percentile of their distance, then by the distance; where the results hold none (the bundle had no
 * centres), by the least probability, then the largest entropy. Memory: `top` rows.
 *
 * @throws ArgumentError for a cluster that the model does not have; ResultsError when `path` cannot be read
 */
export async function findOutliers(
  path: string,
  { top = 20, cluster }: OutlierOptions = {},
): Promise<Outliers> {
  const results = await readResults(path);
  const clusters = await clustersOf(path);
  if (cluster !== undefined) mustBeInteger(cluster, "cluster", 0, clusters - 1);
  const lists: Record<OutlierMeasure, ResultRow[]> = { distance: [], probability: [] };
  let marked = 0;
  for await (const row of results.rows()) {
    if (cluster !== undefined && row.cluster !== cluster) continue;
    if (row.outlier) marked++;
    if (row.distance !== null) insert(lists.distance, row, farther, top);
    insert(lists.probability, row, lessSure, top);
  }
  const measure = lists.distance.length > 0 ? "distance" : "probability";
  return { measure, marked: measure === "distance" ? marked : null, rows: lists[measure] };
}

type Order = (a: ResultRow, b: ResultRow) => number;

const farther: Order = (a, b) =>
  Number(b.outlier ?? false) - Number(a.outlier ?? false) ||
  (b.percentile ?? 0) - (a.percentile ?? 0) ||
  b.distance! - a.distance!;
const lessSure: Order = (a, b) => a.probability - b.probability || b.entropy - a.entropy;

/** Keeps the first `top` in order; of equals the earlier row stands first. */
function insert(list: ResultRow[], row: ResultRow, order: Order, top: number): void {
  if (list.length === top && order(list.at(-1)!, row) <= 0) return;
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (order(list[middle]!, row) <= 0) low = middle + 1;
    else high = middle;
  }
  list.splice(low, 0, row);
  if (list.length > top) list.pop();
}
