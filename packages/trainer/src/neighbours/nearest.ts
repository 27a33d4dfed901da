/** The exact k nearest neighbours of every row, on Node. */

import { compile } from "./compiled.js";
import { searchNearest } from "./nearest-search.js";
import type { RowWork } from "./rows.js";

/** {@link searchNearest} with onnxruntime-node. */
export const nearestNeighbours = (
  rows: Float32Array,
  count: number,
  dim: number,
  k: number,
  work: RowWork = {},
): Promise<Int32Array> => searchNearest(compile, rows, count, dim, k, work);
