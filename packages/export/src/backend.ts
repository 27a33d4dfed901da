/** The tfjs backend "onnx-trace": it stores graph values instead of numbers and computes nothing. */

import { expected, TraceError } from "@mmgan/core";
import * as tf from "@tensorflow/tfjs";
import type { Value, ValueData } from "./graph.js";
import type { Ops } from "./ops.js";

export const BACKEND_NAME = "onnx-trace";

/** What a data id stands for: a value of the graph being traced, or numbers that came in from outside. */
type Entry = {
  refs: number;
  readonly dtype: tf.DataType;
  readonly shape: readonly number[];
} & ({ readonly ops: Ops; readonly value: Value } | { readonly values: tf.backend_util.TypedArray });

export class TraceBackend extends tf.KernelBackend {
  /** The trace in progress; undefined outside `traceToOnnx`. */
  ops: Ops | undefined;
  readonly #entries = new Map<object, Entry>();

  /** A tensor of tfjs that stands for `value`. */
  wrap(value: Value, ops: Ops): tf.TensorInfo {
    const dataId = {};
    const dtype = tfTypeOf(value);
    this.#entries.set(dataId, { refs: 1, dtype, shape: value.dims, ops, value });
    return { dataId, shape: [...value.dims], dtype };
  }

  /** The graph value of a tensor; numbers (on this or another backend) become a constant. */
  unwrap(tensor: tf.TensorInfo, ops: Ops): Value {
    const entry = this.#entries.get(tensor.dataId);
    if (entry && "value" in entry) {
      if (entry.ops !== ops)
        throw new TraceError(
          `A tensor of shape [${tensor.shape}] made in an earlier trace is used in this one. Pass it as an input instead.`,
        );
      return entry.value;
    }
    const values = entry ? entry.values : tf.engine().readSync(tensor.dataId);
    return ops.graph.constant(constantType(tensor), tensor.shape, toData(tensor, values));
  }

  /** The symbolic tensors of a trace that are still alive, once per reference. */
  remaining(ops: Ops): tf.Tensor[] {
    const tensors: tf.Tensor[] = [];
    for (const [dataId, entry] of this.#entries) {
      if (!("ops" in entry) || entry.ops !== ops) continue;
      const size = entry.shape.reduce((product, dim) => product * dim, 1);
      // Only what the engine's bookkeeping reads.
      const tensor = { dataId, dtype: entry.dtype, size, shape: entry.shape } as unknown as tf.Tensor;
      for (let i = 0; i < entry.refs; i++) tensors.push(tensor);
    }
    return tensors;
  }

  override write(values: tf.backend_util.TypedArray, shape: number[], dtype: tf.DataType): object {
    const dataId = {};
    this.#entries.set(dataId, { refs: 1, dtype, shape, values });
    return dataId;
  }

  override move(
    dataId: object,
    values: tf.backend_util.TypedArray,
    shape: number[],
    dtype: tf.DataType,
    refs: number,
  ): void {
    this.#entries.set(dataId, { refs, dtype, shape, values });
  }

  override readSync(dataId: object): tf.backend_util.TypedArray {
    const entry = this.#entries.get(dataId);
    if (entry && "values" in entry) return entry.values;
    if (entry?.value.constant) return constantNumbers(entry.value);
    throw new TraceError(
      expected(
        "a value known while tracing",
        "the data of a tensor (data, dataSync, array, arraySync, print or a branch on them)",
        `a symbolic tensor of shape [${entry?.shape ?? "?"}] and type ${entry?.dtype ?? "?"}`,
        "Write the function with tensor operations only (tf.where for a choice), or pass the number as an argument",
      ),
    );
  }

  override read(dataId: object): Promise<tf.backend_util.TypedArray> {
    return new Promise((resolve) => resolve(this.readSync(dataId)));
  }

  override disposeData(dataId: object, force = false): boolean {
    const entry = this.#entries.get(dataId);
    if (!entry) return true;
    entry.refs--;
    if (!force && entry.refs > 0) return false;
    this.#entries.delete(dataId);
    return true;
  }

  override refCount(dataId: object): number {
    return this.#entries.get(dataId)?.refs ?? 0;
  }

  override incRef(dataId: object): void {
    const entry = this.#entries.get(dataId);
    if (entry) entry.refs++;
  }

  override numDataIds(): number {
    return this.#entries.size;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: false };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override timerAvailable(): boolean {
    return false;
  }

  override dispose(): void {
    this.#entries.clear();
  }
}

function tfTypeOf(value: Value): tf.DataType {
  if (value.type === "float32" || value.type === "int32" || value.type === "bool") return value.type;
  throw new TraceError(
    expected(
      "float32, int32 or bool",
      "a value handed back to tfjs",
      value.type,
      "Cast it inside the lowering of its kernel",
    ),
  );
}

function constantType(tensor: tf.TensorInfo): "float32" | "int32" | "bool" {
  if (tensor.dtype === "float32" || tensor.dtype === "int32" || tensor.dtype === "bool") return tensor.dtype;
  throw new TraceError(
    expected(
      "float32, int32 or bool",
      `a constant tensor of shape [${tensor.shape}]`,
      tensor.dtype,
      "Strings and complex numbers have no place in the graph; split complex numbers into two tensors",
    ),
  );
}

function toData(tensor: tf.TensorInfo, values: tf.BackendValues): ValueData {
  const numbers = values as tf.backend_util.TypedArray;
  if (tensor.dtype === "float32")
    return numbers instanceof Float32Array ? numbers : Float32Array.from(numbers);
  if (tensor.dtype === "int32") return numbers instanceof Int32Array ? numbers : Int32Array.from(numbers);
  return Uint8Array.from(numbers);
}

/** The numbers of a constant value, in the array class tfjs uses for its type. */
export function constantNumbers(value: Value): tf.backend_util.TypedArray {
  const { data, splat } = value.constant!;
  if (!splat) return data as tf.backend_util.TypedArray;
  const size = value.dims.reduce((product, dim) => product * dim, 1);
  const array =
    value.type === "float32"
      ? new Float32Array(size)
      : value.type === "int32"
        ? new Int32Array(size)
        : new Uint8Array(size);
  return array.fill(Number(data[0]!));
}
