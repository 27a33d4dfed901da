/** Kernels that make tensors: all become constants. */

import { KernelError, Rng } from "@mmgan/core";
import * as tf from "@tensorflow/tfjs";
import { int, makeData, type Value, type ValueType } from "../graph.js";
import type { Ops } from "../ops.js";
import { type Lowering, lowering } from "./lowering.js";

const numeric = (dtype: tf.DataType | undefined, value: number): ValueType => {
  const type = dtype ?? tf.util.inferDtype(value);
  if (type === "float32" || type === "int32" || type === "bool") return type;
  throw new KernelError(`Fill of type ${type} has no ONNX lowering. Use float32, int32 or bool.`);
};

/** Draws of an event each: how many of the cumulated probabilities a uniform number reaches. */
function multinomial(ops: Ops, logits: Value, attrs: tf.MultinomialAttrs): Value {
  const [rows, events] = logits.dims as [number, number];
  const wide = ops.cast(logits, "float32");
  const shares = attrs.normalized ? wide : ops.node("Softmax", [wide], { axis: int(1) }, wide);
  const axis = ops.graph.constant("int64", [], BigInt64Array.of(1n));
  const sums = ops.slice(ops.node("CumSum", [shares, axis], {}, shares), [0, 0], [rows, events - 1]);
  // Numbers of ours, fixed by the seed, the same for each row, as in tfjs: the same seed gives the same draws.
  const seed = Number.isInteger(attrs.seed) ? attrs.seed : Math.floor(attrs.seed * 2 ** 32);
  const numbers = new Rng({ seed: seed >>> 0, stream: "multinomial" }).uniform(attrs.numSamples);
  const uniform = ops.graph.constant("float32", [1, attrs.numSamples, 1], numbers);
  const reached = ops.binary("LessOrEqual", ops.reshape(sums, [rows, 1, events - 1]), uniform, "bool");
  return ops.reduce("ReduceSum", ops.cast(reached, "int32"), [2], false);
}

export const creationKernels: Record<string, Lowering> = {
  Multinomial: lowering<tf.MultinomialAttrs>(({ ops, inputs, attrs }) =>
    multinomial(ops, inputs.logits!, attrs),
  ),
  Fill: lowering<tf.FillAttrs>(({ ops, attrs }) =>
    ops.graph.splat(numeric(attrs.dtype, Number(attrs.value)), attrs.shape, Number(attrs.value)),
  ),
  ZerosLike: ({ ops, inputs }) => ops.graph.splat(inputs.x!.type, inputs.x!.dims, 0),
  OnesLike: ({ ops, inputs }) => ops.graph.splat(inputs.x!.type, inputs.x!.dims, 1),
  Range: lowering<tf.RangeAttrs>(({ ops, attrs }) => {
    const { start, stop, step, dtype } = attrs;
    const none =
      start === stop || (start < stop && step < 0) || (stop < start && step > 1) || !Number.isFinite(step);
    const length = none ? 0 : Math.abs(Math.ceil((stop - start) / step));
    // tfjs counts down by itself where the step is the default.
    const by = stop < start && step === 1 ? -1 : step;
    const data = makeData(dtype, length);
    for (let i = 0; i < length; i++) data[i] = start + i * by;
    return ops.graph.constant(dtype, [length], data);
  }),
  LinSpace: lowering<tf.LinSpaceAttrs>(({ ops, attrs }) => {
    const step = attrs.num > 1 ? (attrs.stop - attrs.start) / (attrs.num - 1) : 0;
    const values = Float32Array.from({ length: attrs.num }, (_, i) => attrs.start + i * step);
    return ops.graph.constant("float32", [attrs.num], values);
  }),
};
