/** Kernels that make tensors: all become constants. */

import { KernelError } from "@mmgan/core";
import * as tf from "@tensorflow/tfjs";
import { float, int, makeData, type Value, type ValueType } from "../graph.js";
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
  const drawn = { type: "float32", dims: [rows, attrs.numSamples, 1] } as const;
  const shape = ops.expand(ops.slice(ops.reshape(wide, [rows, 1, events]), [0, 0, 0], [rows, 1, 1]), drawn.dims);
  const uniform = ops.node("RandomUniformLike", [shape], { seed: float(attrs.seed) }, drawn);
  const reached = ops.binary("LessOrEqual", ops.reshape(sums, [rows, 1, events - 1]), uniform, "bool");
  return ops.reduce("ReduceSum", ops.cast(reached, "int32"), [2], false);
}

export const creationKernels: Record<string, Lowering> = {
  Multinomial: lowering<tf.MultinomialAttrs>(({ ops, inputs, attrs }) => multinomial(ops, inputs.logits!, attrs)),
  Fill: lowering<tf.FillAttrs>(({ ops, attrs }) =>
    ops.graph.splat(numeric(attrs.dtype, Number(attrs.value)), attrs.shape, Number(attrs.value)),
  ),
  ZerosLike: ({ ops, inputs }) => ops.graph.splat(inputs.x!.type, inputs.x!.dims, 0),
  OnesLike: ({ ops, inputs }) => ops.graph.splat(inputs.x!.type, inputs.x!.dims, 1),
  Range: lowering<tf.RangeAttrs>(({ ops, attrs }) => {
    const { start, stop, step, dtype } = attrs;
    const length = Math.max(0, Math.ceil((stop - start) / step));
    const data = makeData(dtype, length);
    for (let i = 0; i < length; i++) data[i] = start + i * step;
    return ops.graph.constant(dtype, [length], data);
  }),
  LinSpace: lowering<tf.LinSpaceAttrs>(({ ops, attrs }) => {
    const step = attrs.num > 1 ? (attrs.stop - attrs.start) / (attrs.num - 1) : 0;
    const values = Float32Array.from({ length: attrs.num }, (_, i) => attrs.start + i * step);
    return ops.graph.constant("float32", [attrs.num], values);
  }),
};
