/** Batch norm with given statistics. */

import type * as tf from "@tensorflow/tfjs";
import { float, int, type Value } from "../graph.js";
import { type Ops, TO_NCHW, TO_NHWC } from "../ops.js";
import { add, multiply } from "./binary.js";
import { type Lowering, lowering } from "./lowering.js";

/** For each channel the sum over the channels at most `radius` away, as a product with a band of ones. */
function overNeighbours(ops: Ops, x: Value, radius: number): Value {
  const channels = x.dims[3]!;
  const band = Float32Array.from({ length: channels * channels }, (_, i) =>
    Number(Math.abs(Math.floor(i / channels) - (i % channels)) <= radius),
  );
  const rows = ops.reshape(x, [x.dims[0]! * x.dims[1]! * x.dims[2]!, channels]);
  return ops.reshape(ops.gemm(rows, ops.graph.constant("float32", [channels, channels], band)), x.dims);
}

/** With n = bias + alpha * sum x^2: dx = dy n^-beta - 2 alpha beta x * (sum over neighbours of dy y / n). */
function responseGradient(ops: Ops, inputs: Readonly<Record<string, Value>>, attrs: tf.LRNGradAttrs): Value {
  const { x, y, dy } = inputs as { x: Value; y: Value; dy: Value };
  const { depthRadius, bias, alpha, beta } = attrs;
  const number = (value: number) => ops.scalar("float32", value);
  const squares = overNeighbours(ops, ops.binary("Mul", x, x), depthRadius);
  const norm = ops.binary("Add", ops.binary("Mul", squares, number(alpha)), number(bias));
  const direct = ops.binary("Mul", dy, ops.binary("Pow", norm, number(-beta)));
  const spread = overNeighbours(ops, ops.binary("Div", ops.binary("Mul", dy, y), norm), depthRadius);
  const back = ops.binary("Mul", ops.binary("Mul", x, number(-2 * alpha * beta)), spread);
  return ops.binary("Add", direct, back);
}

export const normalizationKernels: Record<string, Lowering> = {
  /** x * (bias + alpha * sum of squares over neighbouring channels)^-beta; ONNX divides alpha by the window's size. */
  LRN: lowering<tf.LRNAttrs>(({ ops, inputs, attrs }) => {
    const size = 2 * attrs.depthRadius + 1;
    const source = ops.transpose(inputs.x!, TO_NCHW);
    const scaled = { alpha: float(attrs.alpha * size), beta: float(attrs.beta), bias: float(attrs.bias) };
    return ops.transpose(ops.node("LRN", [source], { size: int(size), ...scaled }, source), TO_NHWC);
  }),
  LRNGrad: lowering<tf.LRNGradAttrs>(({ ops, inputs, attrs }) => responseGradient(ops, inputs, attrs)),
  /** x * a + b with a = scale / sqrt(variance + epsilon), b = offset - mean * a; folds into constant weights before it. */
  FusedBatchNorm: lowering<tf.FusedBatchNormAttrs>(({ ops, inputs, attrs }) => {
    const spread = ops.binary("Add", inputs.variance!, ops.scalar("float32", attrs.varianceEpsilon));
    const inverse = ops.unary("Reciprocal", ops.unary("Sqrt", spread));
    const a = inputs.scale ? ops.binary("Mul", inverse, inputs.scale) : inverse;
    const shift = ops.binary("Mul", inputs.mean!, a);
    const b = inputs.offset ? ops.binary("Sub", inputs.offset, shift) : ops.unary("Neg", shift);
    return add(ops, multiply(ops, inputs.x!, a), b);
  }),
};
