/** Convolutions and their gradients. tfjs: NHWC and HWIO; ONNX: NCHW and OIHW. */

import * as tf from "@tensorflow/tfjs";
import { int, ints, isAll, type Value } from "../graph.js";
import { type Ops, TO_NCHW } from "../ops.js";
import { activate } from "./activation.js";
import { add } from "./binary.js";
import { col2im } from "./col2im.js";
import { im2col } from "./im2col.js";
import { type Lowering, lowering } from "./lowering.js";

const TO_NHWC = [0, 2, 3, 1];
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

/** tfjs's layout to NCHW and back. */
const toNchw = (ops: Ops, x: Value, info: Info): Value =>
  info.dataFormat === "channelsLast" ? ops.transpose(x, TO_NCHW) : x;
const fromNchw = (ops: Ops, x: Value, info: Info): Value =>
  info.dataFormat === "channelsLast" ? ops.transpose(x, TO_NHWC) : x;

/** The attributes Conv and ConvTranspose share; pads are explicit, auto_pad is read differently by runtimes. */
export function window(info: Info) {
  const { top, left, bottom, right } = info.padInfo;
  return {
    kernel_shape: ints([info.filterHeight, info.filterWidth]),
    strides: ints([info.strideHeight, info.strideWidth]),
    dilations: ints([info.dilationHeight, info.dilationWidth]),
    pads: ints([top, left, bottom, right]),
  };
}

const nchwDims = (info: Info, channels: number, height: number, width: number): number[] => [
  info.batchSize,
  channels,
  height,
  width,
];

/** HWIO -> OIHW, the weight of Conv and, read as [in, out, h, w], of the ConvTranspose that is its adjoint. */
const weight = (ops: Ops, filter: Value): Value => ops.transpose(filter, [3, 2, 0, 1]);

/**
 * In a training step the filter's gradient needs the windows of x as rows anyway: the convolution is then a product with
 * the same rows, in NHWC throughout. Not for a few output channels, where gathering costs more than the product.
 */
const sharesWindows = (ops: Ops, info: Info): boolean =>
  ops.options.training && info.dataFormat === "channelsLast" && info.outChannels >= 8;

function conv2d(ops: Ops, x: Value, filter: Value, attrs: Conv): Value {
  const info = convInfo(x.dims, filter.dims, attrs);
  if (isAll(x, 0) || isAll(filter, 0)) return ops.graph.splat("float32", info.outShape, 0);
  if (sharesWindows(ops, info)) {
    const columns = im2col(ops, x, info);
    const flat = ops.reshape(filter, [columns.dims[1]!, info.outChannels]);
    return ops.reshape(ops.gemm(columns, flat), info.outShape);
  }
  const dims = nchwDims(info, info.outChannels, info.outHeight, info.outWidth);
  const y = ops.node("Conv", [toNchw(ops, x, info), weight(ops, filter)], window(info), {
    type: "float32",
    dims,
  });
  return fromNchw(ops, y, info);
}

/** Rows and columns of the input that no window reached: what ConvTranspose must add at the end. */
export function outputPadding(info: Info): [number, number] {
  const { top, bottom, left, right } = info.padInfo;
  return [
    info.inHeight - ((info.outHeight - 1) * info.strideHeight + info.effectiveFilterHeight - top - bottom),
    info.inWidth - ((info.outWidth - 1) * info.strideWidth + info.effectiveFilterWidth - left - right),
  ];
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
  // Conv2DBackpropInput has no dilations.
  if (ops.options.training && info.dataFormat === "channelsLast") return col2im(ops, dy, filter, info);
  const dims = nchwDims(info, info.inChannels, info.inHeight, info.inWidth);
  const dx = ops.node(
    "ConvTranspose",
    [toNchw(ops, dy, info), weight(ops, filter)],
    { ...window(info), output_padding: ints(outputPadding(info)) },
    { type: "float32", dims },
  );
  return fromNchw(ops, dx, info);
}

/** The filter's gradient: windows of x as rows, then one product with dy. */
function conv2dFilterGradient(
  ops: Ops,
  x: Value,
  dy: Value,
  attrs: Conv,
  filterShape: readonly number[],
): Value {
  const info = convInfo(x.dims, filterShape, attrs);
  if (isAll(x, 0) || isAll(dy, 0)) return ops.graph.splat("float32", filterShape, 0);
  const last = (value: Value) => (info.dataFormat === "channelsLast" ? value : ops.transpose(value, TO_NHWC));
  const rows = info.batchSize * info.outHeight * info.outWidth;
  const columns = im2col(ops, last(x), info);
  const product = ops.gemm(columns, ops.reshape(last(dy), [rows, info.outChannels]), { transA: true });
  return ops.reshape(product, filterShape);
}

/** [h, w, channels, multiplier] -> [channels * multiplier, 1, h, w], the weight of as many groups as channels. */
function groupedWeight(ops: Ops, filter: Value): Value {
  const [height, width, channels, multiplier] = filter.dims as [number, number, number, number];
  return ops.reshape(ops.transpose(filter, [2, 3, 0, 1]), [channels * multiplier, 1, height, width]);
}

/** A depthwise convolution: as many groups as input channels. */
function depthwise(ops: Ops, x: Value, filter: Value, attrs: Conv): Value {
  const info = convInfo(x.dims, filter.dims, attrs, true);
  const dims = nchwDims(info, info.outChannels, info.outHeight, info.outWidth);
  const attributes = { ...window(info), group: int(info.inChannels) };
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
    ...window(info),
    output_padding: ints(outputPadding(info)),
    group: int(info.inChannels),
  };
  const dims = nchwDims(info, info.inChannels, info.inHeight, info.inWidth);
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
  const columns = ops.reshape(im2col(ops, x, info), [rows, taps, channels]);
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
    return activate(ops, biased, attrs.activation, attrs.leakyreluAlpha, inputs.preluActivationWeights);
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
