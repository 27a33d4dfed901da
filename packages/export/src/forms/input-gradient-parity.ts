/** The input's gradient of a convolution of stride s as s x s exact blocked convolutions of stride 1, interleaved. */

import type { Value } from "../graph.js";
import type { Ops } from "../ops.js";
import { adjointFilter, blockedConv, blockOf, fillsBlocks, fromBlocked, toBlocked } from "./blocked.js";
import { type Epilogue, type Form, type Info, isPlain } from "./form.js";

/** Along one axis: which taps reach the positions q * stride + phase, and how a convolution by them is padded. */
interface Phase {
  /** Positions of this phase. */
  readonly count: number;
  /** Taps, in the order in which their rows of dy ascend. */
  readonly taps: readonly number[];
  readonly before: number;
  readonly after: number;
}

/** dx[q * s + r] = sum over taps k = r + p (mod s) of dy[q + (r + p - k) / s] w[k]. */
function phases(size: number, out: number, extent: number, stride: number, pad: number): Phase[] {
  return Array.from({ length: stride }, (_, phase) => {
    const count = Math.ceil((size - phase) / stride);
    const taps = Array.from({ length: extent }, (_, tap) => tap)
      .filter((tap) => (tap - phase - pad) % stride === 0)
      .reverse();
    const row = (tap: number) => (phase + pad - tap) / stride;
    const before = -row(taps[0]!);
    const after = count - 1 + row(taps.at(-1)!) - (out - 1);
    return { count, taps, before, after };
  });
}

function axes(info: Info): [Phase[], Phase[]] {
  const { padInfo } = info;
  return [
    phases(info.inHeight, info.outHeight, info.filterHeight, info.strideHeight, padInfo.top),
    phases(info.inWidth, info.outWidth, info.filterWidth, info.strideWidth, padInfo.left),
  ];
}

const isPadded = ({ count, before, after }: Phase): boolean => count > 0 && before >= 0 && after >= 0;

function planes(ops: Ops, dy: Value, filter: Value, info: Info, epilogue: Epilogue): Value[] {
  const { filterHeight, filterWidth, inChannels, outChannels } = info;
  const source = toBlocked(ops, dy);
  const all = ops.reshape(filter, [filterHeight * filterWidth, inChannels * outChannels]);
  const [rows, columns] = axes(info);
  return rows.flatMap((row) =>
    columns.map((column) => {
      const index = row.taps.flatMap((i) => column.taps.map((j) => i * filterWidth + j));
      const isWhole = index.length === filterHeight * filterWidth && index.every((tap, i) => tap === i);
      const picked = isWhole
        ? all
        : ops.gather(all, ops.graph.constant("int32", [index.length], Int32Array.from(index)), 0);
      const taps = ops.reshape(picked, [index.length, inChannels, outChannels]);
      const weight = adjointFilter(ops, taps, row.taps.length, column.taps.length);
      const pads = [row.before, column.before, row.after, column.after] as const;
      return blockedConv(ops, source, weight, { strides: [1, 1], pads }, epilogue);
    }),
  );
}

/** Planes of all phases -> [n, h, w, c]: one Concat of their blocks, one Gather with a constant index. */
function interleave(ops: Ops, parts: readonly Value[], info: Info): Value {
  const { batchSize, inHeight, inWidth, inChannels, strideHeight, strideWidth } = info;
  const b = blockOf(ops);
  const blocks = inChannels / b;
  let length = 0;
  const starts = parts.map(({ dims }) => {
    const start = length;
    length += blocks * dims[2]! * dims[3]!;
    return start;
  });
  const joined = ops.concat(
    parts.map((part) => ops.reshape(part, [batchSize, blocks * part.dims[2]! * part.dims[3]!, b])),
    1,
  );
  const index = new Int32Array(inHeight * inWidth * blocks);
  let at = 0;
  for (let y = 0; y < inHeight; y++)
    for (let x = 0; x < inWidth; x++) {
      const plane = (y % strideHeight) * strideWidth + (x % strideWidth);
      const [, , height, width] = parts[plane]!.dims as [number, number, number, number];
      for (let block = 0; block < blocks; block++)
        index[at++] =
          starts[plane]! +
          (block * height + Math.floor(y / strideHeight)) * width +
          Math.floor(x / strideWidth);
    }
  const picked = ops.gather(joined, ops.graph.constant("int32", [index.length], index), 1);
  return ops.reshape(picked, [batchSize, inHeight, inWidth, inChannels]);
}

export const inputGradientParity: Form = {
  name: "parity",
  fuses: true,
  applies: (ops, info) =>
    isPlain(info) &&
    fillsBlocks(ops, info.inChannels) &&
    fillsBlocks(ops, info.outChannels) &&
    axes(info).every((axis) => axis.every(({ taps }) => taps.length > 0) && axis.every(isPadded)),
  lower(ops, dy, filter, info, epilogue) {
    const parts = planes(ops, dy, filter, info, epilogue);
    return parts.length === 1 ? fromBlocked(ops, parts[0]!) : interleave(ops, parts, info);
  },
};
