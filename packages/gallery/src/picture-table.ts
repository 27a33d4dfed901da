/** The rows of a results file in the order of the page: by cluster, most typical first. */

import type { ResultRow } from "@mmgan/core";

/** Pictures that are shown, numbered in the page's order. */
export interface PictureTable {
  readonly rows: readonly ResultRow[];
  /** Place of each in the results file, from 0. */
  readonly positions: readonly number[];
  /** [clusters]: pictures of each, shown or not. */
  readonly sizes: readonly number[];
  /** [clusters + 1]: where each cluster begins in `rows`. */
  readonly starts: readonly number[];
}

/**
 * Reads all rows. What stays in memory is one row a picture.
 *
 * @param clusters - of the model; where it is not known, as many as the rows speak of
 * @param limit - pictures of a cluster at most: the more typical half of them, and the least certain
 */
export async function tableOf(
  rows: AsyncIterable<ResultRow>,
  clusters: number | null,
  limit: number | null,
  signal?: AbortSignal,
): Promise<PictureTable> {
  const groups: { row: ResultRow; position: number }[][] = Array.from({ length: clusters ?? 0 }, () => []);
  let position = 0;
  for await (const row of rows) {
    signal?.throwIfAborted();
    while (groups.length <= row.cluster) groups.push([]);
    groups[row.cluster]!.push({ row, position: position++ });
  }
  const sizes = groups.map((group) => group.length);
  const shown = groups.map((group) => {
    group.sort((a, b) => byTypicality(a.row, b.row));
    return limit === null || group.length <= limit ? group : withLeastCertain(group, limit);
  });
  const starts = [0];
  for (const group of shown) starts.push(starts.at(-1)! + group.length);
  const all = shown.flat();
  return { rows: all.map(({ row }) => row), positions: all.map((one) => one.position), sizes, starts };
}

/** Nearest to the centre first; where no distance is known, the most probable. The sort is stable. */
function byTypicality(a: ResultRow, b: ResultRow): number {
  if (a.distance !== null && b.distance !== null) return a.distance - b.distance;
  if ((a.distance === null) !== (b.distance === null)) return a.distance === null ? 1 : -1;
  return b.probability - a.probability;
}

function withLeastCertain<T extends { row: ResultRow }>(sorted: readonly T[], limit: number): T[] {
  const typical = Math.ceil(limit / 2);
  const rest = sorted.slice(typical);
  const uncertain = new Set([...rest].sort((a, b) => a.row.margin - b.row.margin).slice(0, limit - typical));
  return [...sorted.slice(0, typical), ...rest.filter((one) => uncertain.has(one))];
}
