/** Grey-scale dilation: the largest of the input plus the filter over each window, and its gradients. */

import * as tf from "@tensorflow/tfjs";
import { windows } from "../forms/windows.js";
import { int, type Value } from "../graph.js";
import type { Ops } from "../ops.js";
import { type Lowering, lowering } from "./lowering.js";
import { scatterWindows } from "./pooling.js";

type Info = tf.backend_util.Conv2DInfo;

const infoOf = (x: readonly number[], filter: readonly number[], attrs: tf.Dilation2DAttrs): Info =>
  tf.backend_util.computeDilation2DInfo(
    [...x] as [number, number, number, number],
    [...filter] as [number, number, number],
    attrs.strides,
    attrs.pad,
    "NHWC",
    attrs.dilations,
  );

/** x + filter in each window, [rows, taps, channels]. */
function sums(ops: Ops, x: Value, filter: Value, info: Info): Value {
  const { batchSize, outHeight, outWidth, filterHeight, filterWidth, inChannels } = info;
  const taps = filterHeight * filterWidth;
  // Far below any sum, yet finite: padding never wins.
  const columns = windows(ops, ops.cast(x, "float32"), info, -1e37);
  const shaped = ops.reshape(columns, [batchSize * outHeight * outWidth, taps, inChannels]);
  return ops.binary("Add", shaped, ops.reshape(ops.cast(filter, "float32"), [1, taps, inChannels]));
}

/** dy at the tap that won each window, [rows, taps, channels]. */
function shares(ops: Ops, x: Value, filter: Value, dy: Value, info: Info): Value {
  const added = sums(ops, x, filter, info);
  const [rows, taps, channels] = added.dims as [number, number, number];
  const attributes = { axis: int(1), keepdims: int(1) };
  const first = ops.node("ArgMax", [added], attributes, { type: "int64", dims: [rows, 1, channels] });
  const positions = ops.graph.constant(
    "int64",
    [taps, 1],
    BigInt64Array.from({ length: taps }, (_, i) => BigInt(i)),
  );
  const chosen = ops.cast(ops.binary("Equal", first, positions, "bool"), "float32");
  return ops.binary("Mul", chosen, ops.reshape(ops.cast(dy, "float32"), [rows, 1, channels]));
}

export const morphologyKernels: Record<string, Lowering> = {
  Dilation2D: lowering<tf.Dilation2DAttrs>(({ ops, inputs, attrs }) => {
    const { x, filter } = inputs as { x: Value; filter: Value };
    const info = infoOf(x.dims, filter.dims, attrs);
    const largest = ops.reduce("ReduceMax", sums(ops, x, filter, info), [1], false);
    return ops.cast(ops.reshape(largest, info.outShape), x.type);
  }),
  Dilation2DBackpropInput: lowering<tf.Dilation2DAttrs>(({ ops, inputs, attrs }) => {
    const { x, filter, dy } = inputs as { x: Value; filter: Value; dy: Value };
    const info = infoOf(x.dims, filter.dims, attrs);
    return ops.cast(scatterWindows(ops, shares(ops, x, filter, dy, info), info), x.type);
  }),
  Dilation2DBackpropFilter: lowering<tf.Dilation2DAttrs>(({ ops, inputs, attrs }) => {
    const { x, filter, dy } = inputs as { x: Value; filter: Value; dy: Value };
    const info = infoOf(x.dims, filter.dims, attrs);
    const added = ops.reduce("ReduceSum", shares(ops, x, filter, dy, info), [0], false);
    return ops.cast(ops.reshape(added, filter.dims), filter.type);
  }),
};
