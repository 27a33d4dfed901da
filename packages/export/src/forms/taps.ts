/** What each tap of a filter sees of a picture of one channel: a row per tap, each a shifted copy. */

import type { Value } from "../graph.js";
import type { Ops } from "../ops.js";
import { type Info, isPlain } from "./form.js";

/** One channel and stride 1, in a training step. */
export const hasTaps = (ops: Ops, info: Info): boolean =>
  ops.options.training &&
  isPlain(info) &&
  info.inChannels === 1 &&
  info.strideHeight === 1 &&
  info.strideWidth === 1;

/** x [n, h, w, 1] -> [taps, n * oh * ow]: what each tap of the filter sees. */
export function taps(ops: Ops, x: Value, info: Info): Value {
  const { batchSize, inHeight, inWidth, outHeight, outWidth, filterHeight, filterWidth } = info;
  const { top, left } = info.padInfo;
  const rows = Math.max(inHeight + top, outHeight + filterHeight - 1);
  const columns = Math.max(inWidth + left, outWidth + filterWidth - 1);
  const padded = ops.pad(ops.reshape(x, [batchSize, inHeight, inWidth]), [
    [0, 0],
    [top, rows - inHeight - top],
    [left, columns - inWidth - left],
  ]);
  const parts: Value[] = [];
  for (let i = 0; i < filterHeight; i++)
    for (let j = 0; j < filterWidth; j++) {
      const part = ops.slice(padded, [0, i, j], [batchSize, i + outHeight, j + outWidth]);
      parts.push(ops.reshape(part, [1, batchSize * outHeight * outWidth]));
    }
  return ops.concat(parts, 0);
}
