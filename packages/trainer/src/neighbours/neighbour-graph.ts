/** The graph that joins each sample of a data set with those most like it. */

import { join } from "node:path";
import { ArgumentError, expected } from "@mmgan/core";
import type { Dataset, LoadProgress } from "../data/dataset.js";
import { dataCacheFolder } from "../data/locate.js";
import { mustGoOn } from "../data/work.js";
import { cachedGraph, graphKey, storeGraph } from "./cache.js";
import { compile } from "./compiled.js";
import { COMPONENTS, graphOfRows, mutualGraph, NEIGHBOURS, type NeighbourGraph } from "./graph-of-rows.js";
import { rowsOf, WHAT } from "./rows.js";

export { mutualGraph, type NeighbourGraph };

/** Graphs of more samples than this are kept between runs. */
const KEPT_ABOVE = 5000;
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
  const { neighbours = NEIGHBOURS, components = COMPONENTS, signal, onProgress } = options;
  for (const [name, value] of Object.entries({ neighbours, components }))
    if (!Number.isInteger(value) || value < 1)
      throw new ArgumentError(expected("an integer of at least 1", name, value));
  mustGoOn(signal, WHAT);
  const rows = rowsOf(dataset);
  if (rows.count <= KEPT_ABOVE) return graphOfRows(compile, rows, neighbours, components, options);
  const folder = options.cacheFolder ?? join(dataCacheFolder(), "neighbours");
  const key = graphKey(rows, neighbours, components);
  const kept = await cachedGraph(folder, key);
  if (kept) {
    onProgress?.({ done: 100, total: 100 });
    return kept;
  }
  const graph = await graphOfRows(compile, rows, neighbours, components, options);
  await storeGraph(folder, key, graph);
  return graph;
}
