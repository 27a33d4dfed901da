/** Windows of an image as rows of a matrix: one Pad, one Gather with a constant index. */

import type { Value } from "../graph.js";
import type { Ops } from "../ops.js";
import type { Info } from "./form.js";

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/**
 * x [n, h, w, c] -> [n * outHeight * outWidth, filterHeight * filterWidth * c], the order of an HWIO filter.
 *
 * `fill` is the value of the padding. Neighbouring columns are gathered together when the window's start and width allow it: fewer, longer copies.
 */
export function windows(ops: Ops, x: Value, info: Info, fill = 0): Value {
  const { filterHeight, filterWidth, strideHeight, strideWidth, outHeight, outWidth, inChannels } = info;
  const { top, left } = info.padInfo;
  const chunk = info.dilationWidth === 1 ? gcd(filterWidth, strideWidth) : 1;
  const rows = Math.max(info.inHeight + top, (outHeight - 1) * strideHeight + info.effectiveFilterHeight);
  const needed = Math.max(info.inWidth + left, (outWidth - 1) * strideWidth + info.effectiveFilterWidth);
  const columns = Math.ceil(needed / chunk) * chunk;
  const paddings: [number, number][] = [
    [0, 0],
    [top, rows - info.inHeight - top],
    [left, columns - info.inWidth - left],
    [0, 0],
  ];
  const padded = ops.pad(x, paddings, fill);
  const flat = ops.reshape(padded, [info.batchSize, (rows * columns) / chunk, chunk * inChannels]);
  const index: number[] = [];
  for (let y = 0; y < outHeight; y++)
    for (let z = 0; z < outWidth; z++)
      for (let i = 0; i < filterHeight; i++)
        for (let j = 0; j < filterWidth; j += chunk) {
          const row = y * strideHeight + i * info.dilationHeight;
          index.push((row * columns + z * strideWidth + j * info.dilationWidth) / chunk);
        }
  const picked = ops.gather(flat, ops.graph.constant("int32", [index.length], Int32Array.from(index)), 1);
  return ops.reshape(picked, [
    info.batchSize * outHeight * outWidth,
    filterHeight * filterWidth * inChannels,
  ]);
}
