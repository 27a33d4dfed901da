/** For tests: runs a traced function on ONNX Runtime and on tfjs's cpu backend and compares. */

import type { ElementType, PlainTensor } from "@mmgan/core";
import * as tf from "@tensorflow/tfjs";
import * as ort from "onnxruntime-node";
import {
  type InputSpec,
  type TensorFunction,
  type TracedGraph,
  type TraceOptions,
  traceToOnnx,
} from "./index.js";

/** Numbers in [-1, 1) from a linear congruential generator: the same on every run. */
export function numbers(count: number, seed = 1): number[] {
  let state = seed >>> 0;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

const size = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

/** A float32 tensor of numbers in [-scale, scale). */
export function floats(dims: readonly number[], seed = 1, scale = 1): PlainTensor {
  return { dims, type: "float32", data: Float32Array.from(numbers(size(dims), seed), (x) => x * scale) };
}

/** An int32 tensor of the given numbers. */
export function integers(dims: readonly number[], data: readonly number[]): PlainTensor {
  return { dims, type: "int32", data: Int32Array.from(data) };
}

export function toTf({ dims, type, data }: PlainTensor): tf.Tensor {
  const values = data instanceof BigInt64Array ? Int32Array.from(data, Number) : data;
  const dtype = type === "float32" || type === "bool" ? type : "int32";
  return tf.tensor(dtype === "int32" ? Int32Array.from(values) : values, [...dims], dtype);
}

export async function runOnnx(
  onnx: Uint8Array,
  feeds: Readonly<Record<string, PlainTensor>>,
): Promise<Record<string, PlainTensor>> {
  const session = await ort.InferenceSession.create(onnx, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const tensors = Object.entries(feeds).map(([name, { type, data, dims }]) => [
    name,
    new ort.Tensor(type, data as Float32Array, dims),
  ]);
  const results = await session.run(Object.fromEntries(tensors));
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, { type, dims, data }]) => [
      name,
      { type: type as ElementType, dims, data: data as Float32Array },
    ]),
  );
}

export const specOf = ({ dims, type }: PlainTensor): InputSpec => ({ dims, type });

/** The outputs of fn on tfjs's cpu backend. */
export function runCpu(
  fn: TensorFunction,
  feeds: Readonly<Record<string, PlainTensor>>,
): Record<string, PlainTensor> {
  const results: Record<string, PlainTensor> = {};
  tf.tidy(() => {
    const out = fn(Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, toTf(tensor)])));
    for (const [name, tensor] of Object.entries(out)) {
      const data = tensor.dataSync().slice();
      results[name] = { dims: tensor.shape, type: tensor.dtype as ElementType, data };
    }
  });
  return results;
}

/** The largest |a - b| / (1 + |b|); Infinity when one is NaN or infinite and the other is not the same. */
export function worst(a: PlainTensor, b: PlainTensor): number {
  let largest = 0;
  for (let i = 0; i < b.data.length; i++) {
    const [x, y] = [Number(a.data[i]), Number(b.data[i])];
    if (Object.is(x, y) || x === y) continue;
    const error = Math.abs(x - y) / (1 + Math.abs(y));
    largest = Math.max(largest, Number.isFinite(error) ? error : Number.POSITIVE_INFINITY);
  }
  return largest;
}

/**
 * Traces fn for these inputs, runs it on ONNX Runtime and on tfjs's cpu backend, and throws unless every output agrees
 * in shape, type and, within `tolerance`, value.
 */
export async function expectSame(
  fn: TensorFunction,
  feeds: Readonly<Record<string, PlainTensor>>,
  options: TraceOptions & { tolerance?: number } = {},
): Promise<TracedGraph> {
  const { tolerance = 1e-5, ...traceOptions } = options;
  const specs = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, specOf(tensor)]));
  const graph = traceToOnnx(fn, specs, traceOptions);
  const [actual, wanted] = [await runOnnx(graph.onnx, feeds), runCpu(fn, feeds)];
  compareAll(actual, wanted, tolerance);
  return graph;
}

export function compareAll(
  actual: Readonly<Record<string, PlainTensor>>,
  wanted: Readonly<Record<string, PlainTensor>>,
  tolerance: number,
): void {
  for (const [name, want] of Object.entries(wanted)) {
    const got = actual[name];
    if (!got) throw new Error(`output ${name} is missing`);
    if (got.type !== want.type || `${got.dims}` !== `${want.dims}`)
      throw new Error(`${name}: ${got.type} [${got.dims}] instead of ${want.type} [${want.dims}]`);
    const error = worst(got, want);
    if (!(error <= tolerance)) throw new Error(`${name}: differs by ${error}, more than ${tolerance}`);
  }
}
