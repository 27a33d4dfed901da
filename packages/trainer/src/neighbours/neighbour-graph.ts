/** The graph that joins each sample of a data set with those most like it. */

import { join } from "node:path";
import { ArgumentError, expected } from "@mmgan/core";
import type { Dataset, LoadProgress } from "../data/dataset.js";
import { dataCacheFolder } from "../data/locate.js";
import { mustGoOn } from "../data/work.js";
import { cachedGraph, graphKey, storeGraph } from "./cache.js";
import { nearestNeighbours } from "./nearest.js";
import { principalComponents } from "./pca.js";
import { asFloats, type Rows, type RowWork, rowsOf, WHAT } from "./rows.js";

/** Graphs of more samples than this are kept between runs. */
const KEPT_ABOVE = 5000;
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

export interface NeighbourOptions {
  /** Nearest samples looked at, an integer of at least 1. Default 5. */
  readonly neighbours?: number;
  /** Principal components in which distances are taken, an integer of at least 1. Default 48. */
  readonly components?: number;
  /** Threads of ONNX Runtime, at least 0. Default 0: its own choice. */
  readonly threads?: number | undefined;
  /** Where graphs of more than 5,000 samples are kept. Default: "neighbours" in the per-user data cache. */
  readonly cacheFolder?: string;
  readonly signal?: AbortSignal | undefined;
  /** Called now and then; `done` of `total` pieces of work, not samples. */
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
}

/**
 * Joins i and j when each is among the other's nearest by Euclidean distance in the first principal components of the
 * data (pixels / 127.5 - 1 flattened, or points as they are; the numbers themselves where there are no more than
 * `components`). A sample with no such edge gets one to its nearest, in that direction only. The same data and
 * number of threads give the same graph; labels are not looked at.
 *
 * @throws ArgumentError for options out of range or points that are not finite, InterruptedError when `signal` aborts
 */
export async function buildNeighbourGraph(
  dataset: Dataset,
  options: NeighbourOptions = {},
): Promise<NeighbourGraph> {
  const { neighbours = 5, components = 48, signal, onProgress } = options;
  for (const [name, value] of Object.entries({ neighbours, components }))
    if (!Number.isInteger(value) || value < 1)
      throw new ArgumentError(expected("an integer of at least 1", name, value));
  mustGoOn(signal, WHAT);
  const rows = rowsOf(dataset);
  if (rows.count <= KEPT_ABOVE) return build(rows, neighbours, components, options);
  const folder = options.cacheFolder ?? join(dataCacheFolder(), "neighbours");
  const key = graphKey(rows, neighbours, components);
  const kept = await cachedGraph(folder, key);
  if (kept) {
    onProgress?.({ done: 100, total: 100 });
    return kept;
  }
  const graph = await build(rows, neighbours, components, options);
  await storeGraph(folder, key, graph);
  return graph;
}

async function build(
  rows: Rows,
  neighbours: number,
  components: number,
  { threads, signal, onProgress }: NeighbourOptions,
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
    return mutualGraph(await nearestNeighbours(asFloats(rows), count, rows.dim, k, part(0, 100)), count, k);
  // On one thread, whatever the rest has: its float32 sums depend on the number of threads, and the cache must not.
  const reduced = await principalComponents(rows, components, { ...part(0, REDUCING), threads: 1 });
  const nearest = await nearestNeighbours(
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
