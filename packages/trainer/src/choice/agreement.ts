/** How much one partition of some samples says of another. */

import { confusionMatrix } from "@mmgan/core";

/**
 * Mutual information of two partitions of the same samples, in nats, less what independent ones of this size would seem
 * to have: (rows - 1)(columns - 1) / 2n of the table of their clusters (Miller 1955), never below 0. The names of clusters
 * play no part. Equal partitions have their entropy, ln K where all clusters are alike.
 *
 * @param a - [samples], cluster numbers
 * @param b - [samples], cluster numbers
 */
export function sharedInformation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const { rows, columns, counts } = confusionMatrix(a, b);
  const [r, c, n] = [rows.length, columns.length, a.length];
  const ofRow = new Float64Array(r);
  const ofColumn = new Float64Array(c);
  counts.forEach((count, cell) => {
    ofRow[Math.floor(cell / c)]! += count;
    ofColumn[cell % c]! += count;
  });
  let information = 0;
  counts.forEach((count, cell) => {
    if (count === 0) return;
    information += (count / n) * Math.log((count * n) / (ofRow[Math.floor(cell / c)]! * ofColumn[cell % c]!));
  });
  return Math.max(0, information - ((r - 1) * (c - 1)) / (2 * n));
}

/** The mean of a figure over all pairs of items; undefined for fewer than two. */
export function meanOverPairs<T>(items: readonly T[], figure: (a: T, b: T) => number): number | undefined {
  const pairs = items.flatMap((a, i) => items.slice(i + 1).map((b) => figure(a, b)));
  return pairs.length > 0 ? pairs.reduce((sum, one) => sum + one, 0) / pairs.length : undefined;
}
