/** Convolutions and their gradients. tfjs: NHWC and HWIO; ONNX: NCHW and OIHW. */

import * as tf from "@tensorflow/tfjs";
import { applyForm } from "../forms/index.js";
import { convAttributes, fromNchw, outputPadding, toNchw } from "../forms/nchw.js";
import { windows } from "../forms/windows.js";
import { int, ints, isAll, type Value } from "../graph.js";
import type { Ops } from "../ops.js";
import { activate } from "./activation.js";
import { add } from "./binary.js";
import { type Lowering, lowering } from "./lowering.js";

type Info = tf.backend_util.Conv2DInfo;
type Conv = Pick<tf.FusedConv2DAttrs, "strides" | "pad"> & {
  dataFormat?: "NHWC" | "NCHW";
  dilations?: [number, number] | number;
  dimRoundingMode?: "floor" | "round" | "ceil";
};

export function convInfo(
  x: readonly number[],
  filter: readonly number[],
  attrs: Conv,
  depthwise = false,
): Info {
  return tf.backend_util.computeConv2DInfo(
    [...x] as [number, number, number, number],
    [...filter] as [number, number, number, number],
    attrs.strides,
    attrs.dilations ?? 1,
    attrs.pad,
    attrs.dimRoundingMode,
    depthwise,
    tf.backend_util.convertConv2DDataFormat(attrs.dataFormat ?? "NHWC"),
  );
}

function conv2d(ops: Ops, x: Value, filter: Value, attrs: Conv): Value {
  const info = convInfo(x.dims, filter.dims, attrs);
  if (isAll(x, 0) || isAll(filter, 0)) return ops.graph.splat("float32", info.outShape, 0);
  return applyForm(ops, "convolution", x, filter, info);
}

/** The input's gradient, or a transposed convolution: the adjoint of `conv2d` in x. */
function conv2dInputGradient(
  ops: Ops,
  dy: Value,
  filter: Value,
  attrs: Conv,
  inputShape: readonly number[],
): Value {
  const info = convInfo(inputShape, filter.dims, attrs);
  if (isAll(dy, 0) || isAll(filter, 0)) return ops.graph.splat("float32", info.inShape, 0);
  return applyForm(ops, "inputGradient", dy, filter, info);
}

function conv2dFilterGradient(
  ops: Ops,
  x: Value,
  dy: Value,
  attrs: Conv,
  filterShape: readonly number[],
): Value {
  const info = convInfo(x.dims, filterShape, attrs);
  if (isAll(x, 0) || isAll(dy, 0)) return ops.graph.splat("float32", filterShape, 0);
  return applyForm(ops, "filterGradient", x, dy, info);
}

/** [h, w, channels, multiplier] -> [channels * multiplier, 1, h, w], the weight of as many groups as channels. */
function groupedWeight(ops: Ops, filter: Value): Value {
  const [height, width, channels, multiplier] = filter.dims as [number, number, number, number];
  return ops.reshape(ops.transpose(filter, [2, 3, 0, 1]), [channels * multiplier, 1, height, width]);
}

/** A depthwise convolution: as many groups as input channels. */
function depthwise(ops: Ops, x: Value, filter: Value, attrs: Conv): Value {
  const info = convInfo(x.dims, filter.dims, attrs, true);
  const dims = [info.batchSize, info.outChannels, info.outHeight, info.outWidth];
  const attributes = { ...convAttributes(info), group: int(info.inChannels) };
  const inputs = [toNchw(ops, x, info), groupedWeight(ops, filter)];
  return fromNchw(ops, ops.node("Conv", inputs, attributes, { type: "float32", dims }), info);
}

function depthwiseInputGradient(
  ops: Ops,
  dy: Value,
  filter: Value,
  attrs: Conv,
  inputShape: readonly number[],
): Value {
  const info = convInfo(inputShape, filter.dims, attrs, true);
  const attributes = {
    ...convAttributes(info),
    output_padding: ints(outputPadding(info)),
    group: int(info.inChannels),
  };
  const dims = [info.batchSize, info.inChannels, info.inHeight, info.inWidth];
  const inputs = [toNchw(ops, dy, info), groupedWeight(ops, filter)];
  return fromNchw(ops, ops.node("ConvTranspose", inputs, attributes, { type: "float32", dims }), info);
}

/** One product per channel: its windows [taps, rows] times its dy [rows, multiplier]. */
function depthwiseFilterGradient(
  ops: Ops,
  x: Value,
  dy: Value,
  attrs: Conv,
  filterShape: readonly number[],
): Value {
  const info = convInfo(x.dims, filterShape, attrs, true);
  const [height, width, channels, multiplier] = filterShape as [number, number, number, number];
  const rows = info.batchSize * info.outHeight * info.outWidth;
  const taps = height * width;
  const columns = ops.reshape(windows(ops, x, info), [rows, taps, channels]);
  const left = ops.transpose(columns, [2, 1, 0]);
  const right = ops.transpose(ops.reshape(dy, [rows, channels, multiplier]), [1, 0, 2]);
  const product = ops.node(
    "MatMul",
    [left, right],
    {},
    { type: "float32", dims: [channels, taps, multiplier] },
  );
  return ops.reshape(ops.transpose(product, [1, 0, 2]), filterShape);
}

type Fused = tf.FusedConv2DAttrs;

const fused = (conv: (ops: Ops, x: Value, filter: Value, attrs: Conv) => Value): Lowering =>
  lowering<Fused>(({ ops, inputs, attrs }) => {
    const y = conv(ops, inputs.x!, inputs.filter!, attrs);
    const biased = inputs.bias ? add(ops, y, perChannel(ops, inputs.bias, attrs)) : y;
    const slopes = inputs.preluActivationWeights && perChannel(ops, inputs.preluActivationWeights, attrs);
    return activate(ops, biased, attrs.activation, attrs.leakyreluAlpha, slopes);
  });

/** A bias of tfjs's NCHW layout, [C], shaped to broadcast over height and width. */
function perChannel(ops: Ops, bias: Value, attrs: Fused): Value {
  return attrs.dataFormat === "NCHW" && bias.dims.length === 1
    ? ops.reshape(bias, [bias.dims[0]!, 1, 1])
    : bias;
}

export const convolutionKernels: Record<string, Lowering> = {
  Conv2D: lowering<tf.Conv2DAttrs>(({ ops, inputs, attrs }) => conv2d(ops, inputs.x!, inputs.filter!, attrs)),
  FusedConv2D: fused(conv2d),
  Conv2DBackpropInput: lowering<tf.Conv2DBackpropInputAttrs>(({ ops, inputs, attrs }) =>
    conv2dInputGradient(ops, inputs.dy!, inputs.filter!, attrs, attrs.inputShape),
  ),
  Conv2DBackpropFilter: lowering<tf.Conv2DBackpropFilterAttrs>(({ ops, inputs, attrs }) =>
    conv2dFilterGradient(ops, inputs.x!, inputs.dy!, attrs, attrs.filterShape),
  ),
  DepthwiseConv2dNative: lowering<tf.DepthwiseConv2dNativeAttrs>(({ ops, inputs, attrs }) =>
    depthwise(ops, inputs.x!, inputs.filter!, attrs),
  ),
  DepthwiseConv2dNativeBackpropInput: lowering<tf.DepthwiseConv2dNativeBackpropInputAttrs>(
    ({ ops, inputs, attrs }) =>
      depthwiseInputGradient(ops, inputs.dy!, inputs.filter!, attrs, attrs.inputShape),
  ),
  DepthwiseConv2dNativeBackpropFilter: lowering<tf.DepthwiseConv2dNativeBackpropFilterAttrs>(
    ({ ops, inputs, attrs }) => depthwiseFilterGradient(ops, inputs.x!, inputs.dy!, attrs, attrs.filterShape),
  ),
  FusedDepthwiseConv2D: fused(depthwise),
};
