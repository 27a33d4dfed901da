/** The graph that joins each row with those most like it, by an ONNX Runtime that is handed in. */

import type { Compile } from "./compiler.js";
import { searchNearest } from "./nearest-search.js";
import { searchComponents } from "./pca-search.js";
import { asFloats, type Rows, type RowWork } from "./rows.js";

/** How many nearest samples are looked at, and in how many principal components, unless told otherwise. */
export const NEIGHBOURS = 5;
export const COMPONENTS = 48;
/** Share of the work that reducing the dimensions is, roughly, in reports of progress; in hundredths. */
const REDUCING = 20;

/** Nodes 0..count-1 and the edges that leave them: those of node i are targets[offsets[i]..offsets[i + 1] - 1]. */
export interface NeighbourGraph {
  readonly count: number;
  /** [count + 1], from 0, never falling. */
  readonly offsets: Int32Array;
  /** Nodes; those of one node ascending, each once. */
  readonly targets: Int32Array;
}

/**
 * The graph of rows: exact nearest neighbours in the first principal components, joined by {@link mutualGraph}.
 *
 * @param compile - makes the runtime's products
 * @param neighbours - nearest samples looked at
 * @param components - principal components in which distances are taken
 */
export async function graphOfRows(
  compile: Compile,
  rows: Rows,
  neighbours: number,
  components: number,
  { threads, signal, onProgress }: RowWork = {},
): Promise<NeighbourGraph> {
  const { count } = rows;
  const k = Math.min(neighbours, Math.max(count - 1, 0));
  const part = (from: number, to: number): RowWork => ({
    threads,
    signal,
    onProgress:
      onProgress &&
      (({ done, total }) => onProgress({ done: from + ((to - from) * done) / total, total: 100 })),
  });
  if (rows.dim <= components)
    return mutualGraph(
      await searchNearest(compile, asFloats(rows), count, rows.dim, k, part(0, 100)),
      count,
      k,
    );
  // On one thread, whatever the rest has: its float32 sums depend on the number of threads, and the cache must not.
  const reduced = await searchComponents(compile, rows, components, { ...part(0, REDUCING), threads: 1 });
  const nearest = await searchNearest(
    compile,
    reduced.projected,
    count,
    reduced.components,
    k,
    part(REDUCING, 100),
  );
  return mutualGraph(nearest, count, k);
}

/**
 * Mutual edges, or one to the nearest where a node has none.
 *
 * @param nearest - [count, k], nearest first
 */
export function mutualGraph(nearest: Int32Array, count: number, k: number): NeighbourGraph {
  const near = (from: number, to: number): boolean => {
    for (let at = from * k; at < (from + 1) * k; at++) if (nearest[at] === to) return true;
    return false;
  };
  const offsets = new Int32Array(count + 1);
  const targets = new Int32Array(count * k);
  let edges = 0;
  for (let node = 0; node < count; node++) {
    const first = edges;
    for (let at = node * k; at < (node + 1) * k; at++)
      if (near(nearest[at]!, node)) targets[edges++] = nearest[at]!;
    if (edges === first && k > 0) targets[edges++] = nearest[node * k]!;
    targets.subarray(first, edges).sort();
    offsets[node + 1] = edges;
  }
  return { count, offsets, targets: targets.slice(0, edges) };
}
