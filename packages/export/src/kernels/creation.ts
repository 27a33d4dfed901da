/** Kernels that make tensors: all become constants. */

import { KernelError } from "@mmgan/core";
import * as tf from "@tensorflow/tfjs";
import { makeData, type ValueType } from "../graph.js";
import { type Lowering, lowering } from "./lowering.js";

const numeric = (dtype: tf.DataType | undefined, value: number): ValueType => {
  const type = dtype ?? tf.util.inferDtype(value);
  if (type === "float32" || type === "int32" || type === "bool") return type;
  throw new KernelError(`Fill of type ${type} has no ONNX lowering. Use float32, int32 or bool.`);
};

export const creationKernels: Record<string, Lowering> = {
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
