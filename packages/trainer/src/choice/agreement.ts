/** How well partitions of the same samples agree. */

import { adjustedRandIndex } from "@mmgan/core";

/**
 * Mean adjusted Rand index (Hubert & Arabie 1985) over all pairs of partitions: 1 when all are equal up to the names of
 * their clusters, about 0 when they are independent, whatever the number and sizes of clusters. Undefined for fewer than
 * two.
 *
 * @param partitions - [samples] each, cluster numbers
 */
export function meanAgreement(partitions: readonly ArrayLike<number>[]): number | undefined {
  const pairs = partitions.flatMap((a, i) => partitions.slice(i + 1).map((b) => adjustedRandIndex(a, b)));
  return pairs.length > 0 ? pairs.reduce((sum, one) => sum + one, 0) / pairs.length : undefined;
}
