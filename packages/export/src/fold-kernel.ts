/** Constant folding at the level of tfjs kernels: a kernel whose inputs are all constants runs on tfjs's cpu backend. */

import * as tf from "@tensorflow/tfjs";
import { constantNumbers } from "./backend.js";
import { makeData, type Value, type ValueType } from "./graph.js";
import type { Ops } from "./ops.js";

/** The kernel's outputs as constants; undefined when the cpu backend is not there or lacks the kernel. */
export function runOnCpu(
  ops: Ops,
  kernelName: string,
  inputs: tf.NamedTensorInfoMap,
  values: Readonly<Record<string, Value>>,
  attrs: tf.NamedAttrMap | undefined,
): Value | Value[] | undefined {
  const kernel = tf.getKernel(kernelName, "cpu");
  const cpu = tf.engine().findBackend("cpu");
  if (!kernel || !cpu) return undefined;
  const made: tf.TensorInfo[] = [];
  const write = (value: Value): tf.TensorInfo => {
    const shape = [...value.dims];
    const dtype = value.type as "float32" | "int32" | "bool";
    const info = { dataId: cpu.write(constantNumbers(value).slice(), shape, dtype), shape, dtype };
    made.push(info);
    return info;
  };
  const list = Object.entries(values).map(([name, value]) => [name, write(value)] as const);
  const named = Array.isArray(inputs)
    ? (list.map(([, info]) => info) as unknown as tf.NamedTensorInfoMap)
    : Object.fromEntries(list);
  const out = kernel.kernelFunc({ inputs: named, attrs, backend: cpu });
  const outputs = Array.isArray(out) ? out : [out];
  const constants = outputs.map((info) => {
    const numbers = cpu.readSync(info.dataId) as tf.backend_util.TypedArray;
    const type = info.dtype as ValueType;
    const data = makeData(type, numbers.length) as Float32Array;
    data.set(numbers);
    return ops.graph.constant(type, info.shape, data);
  });
  for (const info of [...outputs, ...made]) cpu.disposeData(info.dataId);
  return Array.isArray(out) ? constants : constants[0];
}
