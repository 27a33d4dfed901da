/** The input's gradient of a convolution as one product and sums of gathered rows: the adjoint of `windows`. */

import type { Value } from "../graph.js";
import type { Ops } from "../ops.js";
import { type Form, type Info, isPlain } from "./form.js";

/**
 * Every window's contribution to every pixel under it comes from one product, dy times the filter; a pixel then sums
 * the few windows that cover it, (kh / stride) * (kw / stride) of them. ConvTranspose makes a product per image, which
 * is slow for small maps.
 */
function scatter(ops: Ops, dy: Value, filter: Value, info: Info): Value {
  const { batchSize, inHeight, inWidth, inChannels, outChannels, filterHeight, filterWidth } = info;
  const pixels = info.outHeight * info.outWidth;
  const taps = filterHeight * filterWidth;
  // One pixel of zeros behind the last: what a tap outside the map reads.
  const extended = ops.pad(ops.reshape(dy, [batchSize, pixels, outChannels]), [
    [0, 0],
    [0, 1],
    [0, 0],
  ]);
  const product = ops.gemm(
    ops.reshape(extended, [batchSize * (pixels + 1), outChannels]),
    ops.reshape(filter, [taps * inChannels, outChannels]),
    { transB: true },
  );
  const rows = ops.reshape(product, [batchSize, (pixels + 1) * taps, inChannels]);
  const parts = sources(info).map((index) =>
    ops.gather(rows, ops.graph.constant("int32", [index.length], index), 1),
  );
  const sum = parts.length === 1 ? parts[0]! : ops.node("Sum", parts, {}, parts[0]!);
  return ops.reshape(sum, [batchSize, inHeight, inWidth, inChannels]);
}

/** For each of the windows over a pixel, the row (window, tap) that each pixel reads; the row of zeros where none is. */
function sources(info: Info): Int32Array[] {
  const { filterWidth, outHeight, outWidth, inHeight, inWidth } = info;
  const rows = along(inHeight, outHeight, info.filterHeight, info.strideHeight, info.padInfo.top);
  const columns = along(inWidth, outWidth, filterWidth, info.strideWidth, info.padInfo.left);
  const taps = info.filterHeight * filterWidth;
  const zeros = outHeight * outWidth * taps;
  return rows.flatMap((row) =>
    columns.map((column) =>
      Int32Array.from({ length: inHeight * inWidth }, (_, pixel) => {
        const [y, x] = [row[Math.floor(pixel / inWidth)], column[pixel % inWidth]];
        return y && x ? (y.window * outWidth + x.window) * taps + y.tap * filterWidth + x.tap : zeros;
      }),
    ),
  );
}

/** Along one axis: for each of the windows over a position, which window it is and where in it the position lies. */
function along(size: number, out: number, extent: number, stride: number, before: number) {
  return Array.from({ length: Math.ceil(extent / stride) }, (_, nth) =>
    Array.from({ length: size }, (_, position) => {
      const tap = ((position + before) % stride) + nth * stride;
      const window = (position + before - tap) / stride;
      return tap < extent && window >= 0 && window < out ? { window, tap } : undefined;
    }),
  );
}

export const inputGradientWindows: Form = {
  name: "windows",
  // Conv2DBackpropInput has no dilations.
  applies: (ops, info) => ops.options.training && isPlain(info),
  lower: (ops, dy, filter, info) => scatter(ops, dy, filter, info),
};
