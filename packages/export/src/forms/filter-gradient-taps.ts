/** The filter's gradient of a convolution of one input channel: a row per tap, each a shifted copy of x. */

import type { Value } from "../graph.js";
import type { Ops } from "../ops.js";
import { type Form, type Info, isPlain } from "./form.js";

/** x [n, h, w, 1] -> [taps, n * oh * ow]: what each tap of the filter sees. */
function taps(ops: Ops, x: Value, info: Info): Value {
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

export const filterGradientTaps: Form = {
  name: "taps",
  applies: (ops, info) =>
    ops.options.training &&
    isPlain(info) &&
    info.inChannels === 1 &&
    info.strideHeight === 1 &&
    info.strideWidth === 1,
  lower(ops, x, dy, info) {
    const flat = ops.reshape(dy, [info.batchSize * info.outHeight * info.outWidth, info.outChannels]);
    return ops.reshape(ops.gemm(taps(ops, x, info), flat), info.filterShape);
  },
};
