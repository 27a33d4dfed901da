/**
 * The filter's gradient as a product that reads both operands as they lie: what each weight sees is a row, the samples
 * of a position side by side. A transposed operand, as in `windows`, costs a CPU's product a quarter of its speed; the
 * transpose of x costs less than that.
 */

import type { Value } from "../graph.js";
import type { Ops } from "../ops.js";
import { blockOf } from "./blocked.js";
import { type Form, type Info, isPlain } from "./form.js";

/** Entries of the constant index, at most: 4 MiB of a graph. */
const MOST_ENTRIES = 1 << 20;
/** Fewer samples than this make the copies too short to pay. */
const LEAST_SAMPLES = 32;

const entries = ({ filterShape: [kh, kw, from], outHeight, outWidth }: Info): number =>
  kh * kw * from * outHeight * outWidth;

/**
 * For each channel, tap and position of y: the row of the transposed x, [h * w * c]; the one behind it is zero. Channels
 * go outermost, because the taps of one read the same rows: they are in the cache still.
 */
function rowIndex(info: Info): Int32Array {
  const { filterHeight, filterWidth, inChannels, inHeight, inWidth, outHeight, outWidth } = info;
  const { strideHeight, strideWidth, padInfo } = info;
  const zero = inHeight * inWidth * inChannels;
  const index = new Int32Array(entries(info));
  let at = 0;
  for (let c = 0; c < inChannels; c++)
    for (let i = 0; i < filterHeight; i++)
      for (let j = 0; j < filterWidth; j++)
        for (let y = 0; y < outHeight; y++)
          for (let z = 0; z < outWidth; z++) {
            const row = y * strideHeight + i - padInfo.top;
            const column = z * strideWidth + j - padInfo.left;
            const inside = row >= 0 && row < inHeight && column >= 0 && column < inWidth;
            index[at++] = inside ? (row * inWidth + column) * inChannels + c : zero;
          }
  return index;
}

function columns(ops: Ops, x: Value, info: Info): Value {
  const { batchSize, inHeight, inWidth, inChannels, filterHeight, filterWidth, outHeight, outWidth } = info;
  const flat = ops.transpose(ops.reshape(x, [batchSize, inHeight * inWidth * inChannels]), [1, 0]);
  const withZero = ops.pad(flat, [
    [0, 1],
    [0, 0],
  ]);
  const index = rowIndex(info);
  const seen = ops.gather(withZero, ops.graph.constant("int32", [index.length], index), 0);
  return ops.reshape(seen, [inChannels * filterHeight * filterWidth, outHeight * outWidth * batchSize]);
}

export const filterGradientColumns: Form = {
  name: "columns",
  applies: (ops, info) =>
    blockOf(ops) > 0 && isPlain(info) && info.batchSize >= LEAST_SAMPLES && entries(info) <= MOST_ENTRIES,
  lower(ops, x, dy, info) {
    const { batchSize, outHeight, outWidth, outChannels } = info;
    const positions = ops.transpose(
      ops.reshape(dy, [batchSize, outHeight * outWidth, outChannels]),
      [1, 0, 2],
    );
    const flat = ops.reshape(positions, [outHeight * outWidth * batchSize, outChannels]);
    const { inChannels, filterHeight, filterWidth } = info;
    const byChannel = ops.reshape(ops.gemm(columns(ops, x, info), flat), [
      inChannels,
      filterHeight * filterWidth,
      outChannels,
    ]);
    return ops.reshape(ops.transpose(byChannel, [1, 0, 2]), info.filterShape);
  },
};
