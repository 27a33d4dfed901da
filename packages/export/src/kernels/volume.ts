/** Convolution and pooling of volumes [n, depth, height, width, channels], and their gradients. */

import * as tf from "@tensorflow/tfjs";
import { ints, sizeOf, type Value } from "../graph.js";
import type { Ops } from "../ops.js";
import { type Lowering, lowering } from "./lowering.js";

type Info = tf.backend_util.Conv3DInfo;
type Dims5 = [number, number, number, number, number];

const TO_FIRST = [0, 4, 1, 2, 3];
const TO_LAST = [0, 2, 3, 4, 1];

const out = (info: Info): number[] => [info.outDepth, info.outHeight, info.outWidth];
const inner = (info: Info): number[] => [info.inDepth, info.inHeight, info.inWidth];
const kernel = (info: Info): number[] => [info.filterDepth, info.filterHeight, info.filterWidth];
const strides = (info: Info): number[] => [info.strideDepth, info.strideHeight, info.strideWidth];
const dilations = (info: Info): number[] => [info.dilationDepth, info.dilationHeight, info.dilationWidth];
const reach = (info: Info): number[] => [
  info.effectiveFilterDepth,
  info.effectiveFilterHeight,
  info.effectiveFilterWidth,
];
const before = ({ padInfo }: Info): number[] => [padInfo.front, padInfo.top, padInfo.left];
const after = ({ padInfo }: Info): number[] => [padInfo.back, padInfo.bottom, padInfo.right];

/** Rounding up (dimRoundingMode) makes a last window that reaches past the padding. */
const endPads = (info: Info): number[] =>
  after(info).map((pad, i) =>
    Math.max(
      pad,
      (out(info)[i]! - 1) * strides(info)[i]! + reach(info)[i]! - inner(info)[i]! - before(info)[i]!,
    ),
  );

const windowOf = (info: Info) => ({
  kernel_shape: ints(kernel(info)),
  strides: ints(strides(info)),
  dilations: ints(dilations(info)),
  pads: ints([...before(info), ...endPads(info)]),
});

/** What ConvTranspose must add at the end: voxels of the input that no window reached. */
const outputPadding = (info: Info): number[] =>
  inner(info).map(
    (size, i) =>
      size -
      ((out(info)[i]! - 1) * strides(info)[i]! + reach(info)[i]! - before(info)[i]! - endPads(info)[i]!),
  );

const convInfo = (x: readonly number[], filter: readonly number[], attrs: tf.Conv3DAttrs): Info =>
  tf.backend_util.computeConv3DInfo(
    [...x] as Dims5,
    [...filter] as Dims5,
    attrs.strides,
    attrs.dilations,
    attrs.pad,
  );

function convolve(ops: Ops, x: Value, filter: Value, attrs: tf.Conv3DAttrs): Value {
  const info = convInfo(x.dims, filter.dims, attrs);
  const dims = [info.batchSize, info.outChannels, ...out(info)];
  const inputs = [ops.transpose(x, TO_FIRST), ops.transpose(filter, [4, 3, 0, 1, 2])];
  return ops.transpose(ops.node("Conv", inputs, windowOf(info), { type: "float32", dims }), TO_LAST);
}

function inputGradient(ops: Ops, dy: Value, filter: Value, info: Info): Value {
  const dims = [info.batchSize, info.inChannels, ...inner(info)];
  const inputs = [ops.transpose(dy, TO_FIRST), ops.transpose(filter, [4, 3, 0, 1, 2])];
  const attributes = { ...windowOf(info), output_padding: ints(outputPadding(info)) };
  return ops.transpose(ops.node("ConvTranspose", inputs, attributes, { type: "float32", dims }), TO_LAST);
}

/** x slid over dy, channels for images: the steps of one are the gaps of the other. */
function filterGradient(ops: Ops, x: Value, dy: Value, info: Info): Value {
  const images = ops.transpose(x, [4, 0, 1, 2, 3]);
  const weights = ops.transpose(dy, [4, 0, 1, 2, 3]);
  // Windows that do not fill the input end early; its last voxels are cut by a smaller or negative pad.
  const pads = inner(info).map(
    (size, i) =>
      (kernel(info)[i]! - 1) * dilations(info)[i]! +
      (out(info)[i]! - 1) * strides(info)[i]! +
      1 -
      size -
      before(info)[i]!,
  );
  const ends = inner(info).map((size, i) => size + Math.min(0, pads[i]!));
  const cut = ops.slice(images, [0, 0, 0, 0, 0], [...images.dims.slice(0, 2), ...ends]);
  const made = ops.node(
    "Conv",
    [cut, weights],
    {
      kernel_shape: ints(out(info)),
      strides: ints(dilations(info)),
      dilations: ints(strides(info)),
      pads: ints([...before(info), ...pads.map((pad) => Math.max(0, pad))]),
    },
    { type: "float32", dims: [info.inChannels, info.outChannels, ...kernel(info)] },
  );
  return ops.transpose(made, [2, 3, 4, 0, 1]);
}

const poolInfo = (x: readonly number[], attrs: tf.AvgPool3DAttrs | tf.AvgPool3DGradAttrs): Info =>
  tf.backend_util.computePool3DInfo(
    [...x] as Dims5,
    attrs.filterSize,
    attrs.strides,
    1,
    attrs.pad,
    attrs.dimRoundingMode,
  );

function pool(ops: Ops, op: string, x: Value, attrs: tf.AvgPool3DAttrs): Value {
  const info = poolInfo(x.dims, attrs);
  if (sizeOf(info.outShape) === 0) return ops.graph.splat(x.type, info.outShape, 0);
  const dims = [info.batchSize, info.inChannels, ...out(info)];
  const [front, back] = [before(info), endPads(info)];
  const input = ops.transpose(ops.cast(x, "float32"), TO_FIRST);
  const steps = { kernel_shape: ints(kernel(info)), strides: ints(strides(info)) };
  const result = { type: "float32", dims } as const;
  const tooWide = [...front, ...back].some((pad, i) => pad >= kernel(info)[i % 3]!);
  if (!tooWide) {
    const y = ops.node(op, [input], { ...steps, pads: ints([...front, ...back]) }, result);
    return ops.cast(ops.transpose(y, TO_LAST), x.type);
  }
  // ONNX wants a pad smaller than the window: a wider one is a node of its own.
  const pads = front.map((pad, i): [number, number] => [pad, back[i]!]);
  // In front of the transpose: ONNX Runtime would put it back into the pool.
  const around = (value: Value, fill: number) =>
    ops.transpose(ops.pad(value, [[0, 0], ...pads, [0, 0]], fill), TO_FIRST);
  const isMax = op === "MaxPool";
  const y = ops.node(
    op,
    [around(ops.cast(x, "float32"), isMax ? Number.NEGATIVE_INFINITY : 0)],
    steps,
    result,
  );
  if (isMax) return ops.cast(ops.transpose(y, TO_LAST), x.type);
  const ones = around(ops.graph.splat("float32", [1, ...inner(info), 1], 1), 0);
  const share = ops.node(op, [ones], steps, { type: "float32", dims: [1, 1, ...out(info)] });
  // A window without a voxel gives 0.
  const least = ops.binary("Max", share, ops.scalar("float32", 1e-30));
  return ops.cast(ops.transpose(ops.binary("Div", y, least), TO_LAST), x.type);
}

/** Adds values [n, c, taps, ...out] back to the voxels that their windows cover, as [n, ...inner, c]. */
function scatterTaps(ops: Ops, taps: Value, info: Info): Value {
  const count = sizeOf(kernel(info));
  const { batchSize, inChannels } = info;
  const identity = Float32Array.from({ length: count * count }, (_, i) => Number(i % (count + 1) === 0));
  const weight = ops.graph.constant("float32", [count, 1, ...kernel(info)], identity);
  const columns = ops.reshape(taps, [batchSize * inChannels, count, ...out(info)]);
  const dx = ops.node(
    "ConvTranspose",
    [columns, weight],
    { ...windowOf(info), output_padding: ints(outputPadding(info)) },
    { type: "float32", dims: [batchSize * inChannels, 1, ...inner(info)] },
  );
  return ops.transpose(ops.reshape(dx, [batchSize, inChannels, ...inner(info)]), TO_LAST);
}

/** [n, c, taps, ...out]: the voxels of each window. */
function tapsOf(ops: Ops, x: Value, info: Info, fill: number): Value {
  const pads = before(info).map((pad, i): [number, number] => {
    const needed = (out(info)[i]! - 1) * strides(info)[i]! + reach(info)[i]!;
    return [pad, Math.max(0, needed - inner(info)[i]! - pad)];
  });
  const padded = ops.pad(ops.transpose(x, TO_FIRST), [[0, 0], [0, 0], ...pads], fill);
  const [depth, height, width] = kernel(info) as [number, number, number];
  const parts: Value[] = [];
  for (let d = 0; d < depth; d++)
    for (let h = 0; h < height; h++)
      for (let w = 0; w < width; w++) {
        const from = [d, h, w].map((tap, i) => tap * dilations(info)[i]!);
        const to = from.map((start, i) => start + (out(info)[i]! - 1) * strides(info)[i]! + 1);
        const whole = padded.dims.slice(0, 2);
        const tap = ops.slice(padded, [0, 0, ...from], [...whole, ...to], [1, 1, ...strides(info)]);
        parts.push(ops.reshape(tap, [...whole, 1, ...out(info)]));
      }
  return ops.concat(parts, 2);
}

function averageGradient(ops: Ops, dy: Value, info: Info): Value {
  const count = sizeOf(kernel(info));
  const dims = [info.batchSize, info.inChannels, 1, ...out(info)];
  const share = ops.binary("Mul", ops.transpose(dy, TO_FIRST), ops.scalar("float32", 1 / count));
  const taps = ops.expand(
    ops.reshape(share, dims),
    dims.map((dim, axis) => (axis === 2 ? count : dim)),
  );
  return scatterTaps(ops, taps, info);
}

/** dy at the last voxel of each window that holds its maximum, as tfjs has it. */
function maxGradient(ops: Ops, dy: Value, x: Value, info: Info): Value {
  const count = sizeOf(kernel(info));
  const taps = tapsOf(ops, x, info, -3.4028234663852886e38);
  const dims = [info.batchSize, info.inChannels, 1, ...out(info)];
  const last = ops.node(
    "ArgMax",
    [taps],
    {
      axis: { kind: "int", value: 2 },
      keepdims: { kind: "int", value: 1 },
      select_last_index: { kind: "int", value: 1 },
    },
    { type: "int64", dims },
  );
  const positions = ops.graph.constant(
    "int64",
    [count, 1, 1, 1],
    BigInt64Array.from({ length: count }, (_, i) => BigInt(i)),
  );
  const chosen = ops.cast(ops.binary("Equal", last, positions, "bool"), "float32");
  return scatterTaps(ops, ops.binary("Mul", chosen, ops.reshape(ops.transpose(dy, TO_FIRST), dims)), info);
}

export const volumeKernels: Record<string, Lowering> = {
  Conv3D: lowering<tf.Conv3DAttrs>(({ ops, inputs, attrs }) =>
    convolve(ops, inputs.x!, inputs.filter!, attrs),
  ),
  Conv3DBackpropInputV2: lowering<tf.Conv3DBackpropInputV2Attrs>(({ ops, inputs, attrs }) => {
    const info = convInfo(attrs.inputShape, inputs.filter!.dims, { dilations: 1, ...attrs } as never);
    return inputGradient(ops, inputs.dy!, inputs.filter!, info);
  }),
  Conv3DBackpropFilterV2: lowering<tf.Conv3DBackpropFilterV2Attrs>(({ ops, inputs, attrs }) => {
    const info = convInfo(inputs.x!.dims, attrs.filterShape, { dilations: 1, ...attrs } as never);
    return filterGradient(ops, inputs.x!, inputs.dy!, info);
  }),
  AvgPool3D: lowering<tf.AvgPool3DAttrs>(({ ops, inputs, attrs }) =>
    pool(ops, "AveragePool", ops.cast(inputs.x!, "float32"), attrs),
  ),
  MaxPool3D: lowering<tf.MaxPool3DAttrs>(({ ops, inputs, attrs }) =>
    pool(ops, "MaxPool", inputs.x!, attrs as never),
  ),
  AvgPool3DGrad: lowering<tf.AvgPool3DGradAttrs>(({ ops, inputs, attrs }) =>
    averageGradient(ops, inputs.dy!, poolInfo(inputs.input!.dims, attrs)),
  ),
  MaxPool3DGrad: lowering<tf.MaxPool3DGradAttrs>(({ ops, inputs, attrs }) =>
    maxGradient(ops, inputs.dy!, inputs.input!, poolInfo(inputs.input!.dims, attrs)),
  ),
};
