/** Pooling over windows of NHWC images, and its gradients. */

import * as tf from "@tensorflow/tfjs";
import { padsOf } from "../forms/form.js";
import { convAttributes, outputPadding } from "../forms/nchw.js";
import { windows } from "../forms/windows.js";
import { type Attributes, int, ints, sizeOf, type Value } from "../graph.js";
import { type Ops, TO_NCHW } from "../ops.js";
import { type Lowering, lowering } from "./lowering.js";
import { withoutNaN } from "./reduction.js";

const TO_NHWC = [0, 2, 3, 1];
type Pool = Pick<tf.MaxPoolAttrs, "filterSize" | "strides" | "pad" | "dimRoundingMode">;
type Info = tf.backend_util.Conv2DInfo;

const poolInfo = (x: readonly number[], attrs: Pool): Info =>
  tf.backend_util.computePool2DInfo(
    [...x] as [number, number, number, number],
    attrs.filterSize,
    attrs.strides,
    1,
    attrs.pad,
    attrs.dimRoundingMode,
  );

function window(info: Info) {
  const { kernel_shape, strides, pads } = convAttributes(info);
  return { kernel_shape, strides, pads };
}

/** MaxPool or AveragePool; the average counts real pixels only, as tfjs does. */
function pool(ops: Ops, op: string, x: Value, attrs: Pool): Value {
  const info = poolInfo(x.dims, attrs);
  if (sizeOf(info.outShape) === 0) return ops.graph.splat(x.type, info.outShape, 0);
  const pads = padsOf(info);
  const { filterHeight, filterWidth } = info;
  const tooWide = pads.some((pad, i) => pad >= (i % 2 === 0 ? filterHeight : filterWidth));
  const images = x.type === "float32" ? x : ops.cast(x, "float32");
  const y = tooWide ? padThenPool(ops, op, images, info) : poolNchw(ops, op, images, info, window(info));
  return ops.cast(y, x.type);
}

function poolNchw(ops: Ops, op: string, x: Value, info: Info, attributes: Attributes): Value {
  const dims = [info.batchSize, info.inChannels, info.outHeight, info.outWidth];
  return ops.transpose(
    ops.node(op, [ops.transpose(x, TO_NCHW)], attributes, { type: "float32", dims }),
    TO_NHWC,
  );
}

/** ONNX wants a pad smaller than the window: a wider one is a node of its own. */
function padThenPool(ops: Ops, op: string, x: Value, info: Info): Value {
  const [top, left, bottom, right] = padsOf(info);
  const { kernel_shape, strides } = window(info);
  const fill = op === "MaxPool" ? Number.NEGATIVE_INFINITY : 0;
  const padded = ops.pad(
    x,
    [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ],
    fill,
  );
  const y = poolNchw(ops, op, padded, info, { kernel_shape, strides });
  if (op === "MaxPool") return y;
  const size = ops.scalar("float32", info.filterHeight * info.filterWidth);
  return ops.binary("Div", ops.binary("Mul", y, size), windowCounts(ops, info));
}

/** How many real pixels each window of an average holds, [1, outHeight, outWidth, 1]. */
function windowCounts(ops: Ops, info: Info): Value {
  const along = (out: number, stride: number, extent: number, before: number, size: number): number[] =>
    Array.from({ length: out }, (_, i) => {
      const from = i * stride - before;
      return Math.max(0, Math.min(size, from + extent) - Math.max(0, from));
    });
  const { top, left } = info.padInfo;
  const rows = along(info.outHeight, info.strideHeight, info.filterHeight, top, info.inHeight);
  const columns = along(info.outWidth, info.strideWidth, info.filterWidth, left, info.inWidth);
  const counts = Float32Array.from(rows.flatMap((row) => columns.map((column) => row * column)));
  return ops.graph.constant("float32", [1, info.outHeight, info.outWidth, 1], counts);
}

/** Adds per-window values back where the windows lie: the adjoint of `windows`, one channel of x at a time. */
export function scatterWindows(ops: Ops, taps: Value, info: Info): Value {
  const { filterHeight, filterWidth, inChannels, batchSize, outHeight, outWidth } = info;
  const count = filterHeight * filterWidth;
  // [n, oh, ow, taps, c] -> [n * c, taps, oh, ow], then every tap is a channel with its own one-pixel kernel.
  const rows = ops.reshape(taps, [batchSize, outHeight, outWidth, count, inChannels]);
  const channels = ops.reshape(ops.transpose(rows, [0, 4, 3, 1, 2]), [
    batchSize * inChannels,
    count,
    outHeight,
    outWidth,
  ]);
  const kernel = Float32Array.from({ length: count * count }, (_, i) =>
    Number(Math.floor(i / count) === i % count),
  );
  const weight = ops.graph.constant("float32", [count, 1, filterHeight, filterWidth], kernel);
  const dx = ops.node(
    "ConvTranspose",
    [channels, weight],
    {
      ...(info.dilationHeight === 1 && info.dilationWidth === 1 ? window(info) : convAttributes(info)),
      output_padding: ints(outputPadding(info)),
    },
    { type: "float32", dims: [batchSize * inChannels, 1, info.inHeight, info.inWidth] },
  );
  return ops.transpose(ops.reshape(dx, [batchSize, inChannels, info.inHeight, info.inWidth]), TO_NHWC);
}

/** dy / count, spread over each window. */
function averagePoolGradient(ops: Ops, dy: Value, x: Value, attrs: Pool): Value {
  const info = poolInfo(x.dims, attrs);
  const share = ops.binary("Div", dy, windowCounts(ops, info));
  const count = info.filterHeight * info.filterWidth;
  const { batchSize, outHeight, outWidth, inChannels } = info;
  const taps = ops.expand(ops.reshape(share, [batchSize, outHeight, outWidth, 1, inChannels]), [
    batchSize,
    outHeight,
    outWidth,
    count,
    inChannels,
  ]);
  return scatterWindows(ops, taps, info);
}

/** dy at the first pixel of each window that holds its maximum. */
function maxPoolGradient(ops: Ops, dy: Value, x: Value, attrs: Pool): Value {
  const info = poolInfo(x.dims, attrs);
  const { batchSize, outHeight, outWidth, inChannels, filterHeight, filterWidth } = info;
  const count = filterHeight * filterWidth;
  // Padding must never win.
  const columns = windows(ops, x, info, -3.4028234663852886e38);
  const rows = [batchSize * outHeight * outWidth, count, inChannels];
  const first = ops.node(
    "ArgMax",
    [ops.reshape(columns, rows)],
    { axis: int(1), keepdims: int(1) },
    { type: "int64", dims: [rows[0]!, 1, inChannels] },
  );
  const positions = ops.graph.constant(
    "int64",
    [count, 1],
    BigInt64Array.from({ length: count }, (_, i) => BigInt(i)),
  );
  const chosen = ops.cast(ops.binary("Equal", first, positions, "bool"), "float32");
  const taps = ops.binary("Mul", chosen, ops.reshape(dy, [rows[0]!, 1, inChannels]));
  return scatterWindows(ops, taps, info);
}

/** The largest pixel of each window and where it lies, counted through [height, width, channels] (or the batch too). */
function maxPoolWithArgmax(ops: Ops, x: Value, attrs: tf.MaxPoolWithArgmaxAttrs): Value[] {
  const info = poolInfo(x.dims, attrs as Pool);
  const { batchSize, outHeight, outWidth, inChannels, inHeight, inWidth, filterHeight, filterWidth } = info;
  const taps = filterHeight * filterWidth;
  const rows = [batchSize * outHeight * outWidth, taps, inChannels];
  const wide = ops.cast(x, "float32");
  const known = ops.options.exactNaN ? withoutNaN(ops, wide, true) : wide;
  const columns = ops.reshape(windows(ops, known, info, -3.4028234663852886e38), rows);
  const found = { type: "int64", dims: [rows[0]!, inChannels] } as const;
  const first = ops.cast(ops.node("ArgMax", [columns], { axis: int(1), keepdims: int(0) }, found), "int32");
  const pixels = (length: number, at: (i: number) => number) =>
    ops.graph.constant(
      "int32",
      [length],
      Int32Array.from({ length }, (_, i) => at(i) * inChannels),
    );
  // A tap's offset from its window's corner, and the corner's place.
  const step = pixels(taps, (i) => Math.floor(i / filterWidth) * inWidth + (i % filterWidth));
  const { top, left } = info.padInfo;
  const corner = pixels(outHeight * outWidth, (i) => {
    const [row, col] = [Math.floor(i / outWidth), i % outWidth];
    return (row * info.strideHeight - top) * inWidth + col * info.strideWidth - left;
  });
  const shape = [batchSize, outHeight * outWidth, inChannels];
  const offsets = ops.reshape(ops.gather(step, first, 0), shape);
  const channel = ops.graph.constant(
    "int32",
    [inChannels],
    Int32Array.from({ length: inChannels }, (_, i) => i),
  );
  const within = ops.binary("Add", ops.binary("Add", offsets, ops.reshape(corner, [shape[1]!, 1])), channel);
  const image = ops.graph.constant(
    "int32",
    [batchSize, 1, 1],
    Int32Array.from({ length: batchSize }, (_, i) => i * inHeight * inWidth * inChannels),
  );
  const position = attrs.includeBatchInIndex ? ops.binary("Add", within, image) : within;
  return [pool(ops, "MaxPool", known, attrs as Pool), ops.reshape(position, info.outShape)];
}

export const poolingKernels: Record<string, Lowering> = {
  MaxPool: lowering<tf.MaxPoolAttrs>(({ ops, inputs, attrs }) => pool(ops, "MaxPool", inputs.x!, attrs)),
  AvgPool: lowering<tf.AvgPoolAttrs>(({ ops, inputs, attrs }) => pool(ops, "AveragePool", inputs.x!, attrs)),
  MaxPoolWithArgmax: lowering<tf.MaxPoolWithArgmaxAttrs>(({ ops, inputs, attrs }) =>
    maxPoolWithArgmax(ops, inputs.x!, attrs),
  ),
  MaxPoolGrad: lowering<tf.MaxPoolGradAttrs>(({ ops, inputs, attrs }) =>
    maxPoolGradient(ops, inputs.dy!, inputs.input!, attrs),
  ),
  AvgPoolGrad: lowering<tf.AvgPoolGradAttrs>(({ ops, inputs, attrs }) =>
    averagePoolGradient(ops, inputs.dy!, inputs.input!, attrs),
  ),
};
