/** Runs a model and the graph made of it on the same random inputs, and names what differs first. */

import { DifferenceError, expected, Rng } from "@mmgan/core";
import * as tf from "@tensorflow/tfjs";
import type { Convertible, ModelInput } from "./convertible.js";

/** What onnxruntime-node and onnxruntime-web have in common. */
export interface OnnxRuntime {
  readonly InferenceSession: {
    create(bytes: Uint8Array, options?: object): Promise<OnnxSession>;
  };
  readonly Tensor: new (type: never, data: never, dims: readonly number[]) => unknown;
}
interface OnnxSession {
  run(feeds: never): Promise<Record<string, unknown>>;
  release?(): Promise<void>;
}
interface OnnxTensor {
  readonly dims: readonly number[];
  readonly data: ArrayLike<number | bigint>;
}

export interface CheckOptions {
  /** Random inputs to compare on, at least 1. Default 3. */
  readonly count?: number;
  /** Integer from 0 to 2^32 - 1. Default 1. */
  readonly seed?: number;
  /** Largest |a - b| / (1 + |b|) that passes. Default 1e-4. */
  readonly tolerance?: number;
}

/** What a check found. */
export interface CheckReport {
  readonly count: number;
  readonly seed: number;
  readonly tolerance: number;
  /** Batch sizes, one for each input compared. */
  readonly batches: readonly number[];
  /** The largest difference of each output, |a - b| / (1 + |b|). */
  readonly differences: Readonly<Record<string, number>>;
}

/** Inputs of the i-th comparison, fixed by the seed. */
export function randomFeeds(
  inputs: readonly ModelInput[],
  shapes: Readonly<Record<string, readonly number[]>>,
  seed: number,
  i: number,
): Record<string, Feed> {
  return Object.fromEntries(
    inputs.map(({ name, dtype, below }) => {
      const dims = shapes[name]!;
      const size = dims.reduce((product, dim) => product * dim, 1);
      const rng = new Rng({ seed, stream: `check ${name}`, step: i });
      if (dtype === "float32" && below === undefined) return [name, { dims, dtype, data: rng.normal(size) }];
      const whole = rng.integers(size, dtype === "bool" ? 2 : (below ?? 2));
      const data =
        dtype === "float32" ? Float32Array.from(whole) : dtype === "bool" ? Uint8Array.from(whole) : whole;
      return [name, { dims, dtype, data }];
    }),
  );
}

export interface Feed {
  readonly dims: readonly number[];
  readonly dtype: "float32" | "int32" | "bool";
  readonly data: Float32Array | Int32Array | Uint8Array;
}

type Numbers = ArrayLike<number | bigint>;
interface Result {
  readonly dims: readonly number[];
  readonly data: Numbers;
}

/** The model's own outputs, in the order it makes its tensors when `all`. */
export async function reference(
  model: Convertible,
  run: Convertible["run"],
  feeds: Readonly<Record<string, Feed>>,
  all = false,
): Promise<Map<string, Result>> {
  const kept = new Map<string, tf.Tensor>();
  const keep = (name: string, tensor: tf.Tensor) => {
    if (!kept.has(name)) kept.set(name, tf.keep(tf.clone(tensor)));
  };
  tf.tidy(() => {
    const tensors = Object.entries(feeds).map(([name, { dims, dtype, data }]) => [
      name,
      tf.tensor(data, [...dims], dtype),
    ]);
    const outputs = run.call(model, Object.fromEntries(tensors), all ? keep : undefined);
    for (const [name, tensor] of Object.entries(outputs)) kept.set(name, tf.keep(tf.clone(tensor)));
  });
  return readAll(kept);
}

/** The model's own outputs, by tfjs's executor that waits for values. */
export async function ownReference(
  run: NonNullable<Convertible["runAsync"]>,
  feeds: Readonly<Record<string, Feed>>,
): Promise<Map<string, Result>> {
  const tensors = Object.fromEntries(
    Object.entries(feeds).map(([name, { dims, dtype, data }]) => [name, tf.tensor(data, [...dims], dtype)]),
  );
  const outputs = await run(tensors);
  tf.dispose(tensors);
  return readAll(new Map(Object.entries(outputs)));
}

/** The numbers of tensors, which are disposed of. */
async function readAll(tensors: ReadonlyMap<string, tf.Tensor>): Promise<Map<string, Result>> {
  const results = new Map<string, Result>();
  for (const [name, tensor] of tensors) {
    results.set(name, { dims: tensor.shape, data: (await tensor.data()) as Numbers });
    tensor.dispose();
  }
  return results;
}

/** Opens a graph; the caller closes it. */
export async function openGraph(runtime: OnnxRuntime, onnx: Uint8Array) {
  const session = await runtime.InferenceSession.create(onnx, { logSeverityLevel: 3 });
  return {
    async run(feeds: Readonly<Record<string, Feed>>): Promise<Map<string, Result>> {
      const tensors = Object.entries(feeds).map(([name, { dims, dtype, data }]) => [
        name,
        new runtime.Tensor(dtype as never, data as never, dims),
      ]);
      const results = await session.run(Object.fromEntries(tensors) as never);
      return new Map(Object.entries(results) as [string, OnnxTensor][]);
    },
    close: async () => session.release?.(),
  };
}

/** The largest |a - b| / (1 + |b|); Infinity for another length, or where one is NaN or infinite and the other not the same. */
export function largestDifference(a: Result | undefined, b: Result): number {
  if (!a || a.data.length !== b.data.length || `${a.dims}` !== `${b.dims}`) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < b.data.length; i++) {
    const [x, y] = [Number(a.data[i]), Number(b.data[i])];
    if (x === y || (Number.isNaN(x) && Number.isNaN(y))) continue;
    const difference = Math.abs(x - y) / (1 + Math.abs(y));
    largest = Math.max(largest, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
  }
  return largest;
}

export function differenceError(
  what: string,
  difference: number,
  tolerance: number,
  seed: number,
  i: number,
): DifferenceError {
  return new DifferenceError(
    expected(
      `a difference of at most ${tolerance}`,
      `${what} (random input ${i + 1}, seed ${seed})`,
      difference,
      "The graph does not compute what the model does, and was not written: report it with the model",
    ),
  );
}
