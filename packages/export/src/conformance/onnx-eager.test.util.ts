/** The tfjs backend "onnx-eager": each kernel call becomes a small ONNX graph by our lowerings, run at once by ONNX Runtime. */

import { createRequire } from "node:module";
import { OpsetError } from "@mmgan/core";
import * as tf from "@tensorflow/tfjs";
import { encodeGraph } from "../encode.js";
import {
  Graph,
  isUnknown,
  liveNodes,
  unknownDim,
  unknownName,
  type Value,
  type ValueType,
} from "../graph.js";
import { LOWERINGS } from "../kernels/index.js";
import { Ops } from "../ops.js";

/** Errors are thrown; their text need not be printed too. */
const QUIET = { logSeverityLevel: 4 };

export const EAGER = "onnx-eager";

/** The operator set that the graphs are written in. */
const OPSET = 17;
const OPSETS = [13, 14, 15, 16, 17, 18, 19, 20, 21];

interface NativeSession {
  loadModel(buffer: ArrayBufferLike, offset: number, length: number, options: object): void;
  run(feeds: object, fetches: object, options: object): Record<string, NativeTensor>;
}
interface NativeTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: ArrayLike<number | bigint>;
}

// onnxruntime-node's own API hands each call to the event loop; its binding, which tfjs's synchronous kernels need, does not.
const require = createRequire(process.env.MMGAN_CONFORMANCE_BASE ?? import.meta.url);
const { binding, initOrt } = require("onnxruntime-node/dist/binding.js") as {
  binding: { InferenceSession: new () => NativeSession };
  initOrt: () => void;
};
const { Tensor } = require("onnxruntime-common") as {
  Tensor: new (type: string, data: unknown, dims: readonly number[]) => NativeTensor;
};

/** A tensor type that ONNX Runtime has no kernels for under tfjs's meaning. */
export class ForeignTypeError extends Error {}

/** Kernels about strings and complex numbers. */
const FOREIGN = [
  ...["Complex", "Real", "Imag", "ComplexAbs", "FFT", "IFFT"],
  ...["StaticRegexReplace", "StringNGrams", "StringSplit", "StringToHashBucketFast"],
];

type Numbers = tf.backend_util.TypedArray;
interface Entry {
  refs: number;
  readonly values: tf.BackendValues;
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
}

/** What the calls of one kernel have shown. */
export interface KernelFacts {
  readonly operators: Set<string>;
  readonly types: Set<string>;
  /** For each call the oldest operator set that holds it. */
  readonly opsets: Set<number>;
}
const newFacts = (): KernelFacts => ({ operators: new Set(), types: new Set(), opsets: new Set() });

/** One kernel call, compiled: where each output comes from. */
interface Plan {
  readonly session: NativeSession | undefined;
  readonly feeds: readonly string[];
  readonly outputs: readonly (
    | { readonly from: "constant"; readonly value: Value }
    | { readonly from: "input"; readonly name: string; readonly value: Value }
    | { readonly from: "graph"; readonly name: string; readonly value: Value }
  )[];
  readonly isList: boolean;
}

export class EagerBackend extends tf.KernelBackend {
  readonly #entries = new Map<object, Entry>();
  readonly #plans = new Map<string, Plan>();
  /** Types met since the last reset that ONNX lacks: string, complex64. */
  readonly foreign = new Set<string>();
  /** Graphs built and runs made, and the kernels run. */
  readonly counts = { graphs: 0, runs: 0 };
  readonly kernels = new Map<string, KernelFacts>();

  call(
    kernel: string,
    inputs: tf.NamedTensorInfoMap,
    attrs: tf.NamedAttrMap | undefined,
  ): tf.TensorInfo | tf.TensorInfo[] {
    if (!this.kernels.has(kernel)) this.kernels.set(kernel, newFacts());
    const given = Object.entries(inputs ?? {}).filter(([, tensor]) => tensor) as [string, tf.TensorInfo][];
    for (const [, { dtype }] of given) this.#noteType(dtype);
    if (attrs?.dtype === "string") this.refuse("a string");
    const signature = given.map(([name, { dtype, shape }]) => `${name}:${dtype}[${shape}]`).join(";");
    const key = `${kernel}(${signature})${JSON.stringify(attrs, numeral)}`;
    let plan = this.#plans.get(key);
    if (!plan) {
      this.#note(kernel, given, attrs);
      plan = this.#compileAt(OPSET, kernel, given, attrs);
      this.#plans.set(key, plan);
    }
    const results = this.#run(plan, Object.fromEntries(given));
    return plan.isList ? results : results[0]!;
  }

  /** Notes the oldest operator set that holds a call, its operators there, and its types. */
  #note(kernel: string, given: readonly [string, tf.TensorInfo][], attrs: unknown): void {
    const facts = this.kernels.get(kernel)!;
    for (const opset of OPSETS)
      try {
        const { nodes } = this.#lower(opset, kernel, given, attrs, false);
        for (const { op } of nodes) facts.operators.add(op);
        for (const [, { dtype }] of given) facts.types.add(dtype);
        facts.opsets.add(opset);
        return;
      } catch (error) {
        if (!(error instanceof OpsetError)) return;
      }
  }

  /** In the default operator set, or in the one that an operator needs. */
  #compileAt(opset: number, kernel: string, given: readonly [string, tf.TensorInfo][], attrs: unknown): Plan {
    try {
      return this.#compile(opset, kernel, given, attrs);
    } catch (error) {
      if (!(error instanceof OpsetError) || error.needed <= opset) throw error;
      return this.#compileAt(error.needed, kernel, given, attrs);
    }
  }

  #lower(
    opset: number,
    kernel: string,
    given: readonly [string, tf.TensorInfo][],
    attrs: unknown,
    exactNaN: boolean,
  ) {
    const graph = new Graph();
    graph.kernel = kernel;
    let unknown = 0;
    const ops = new Ops(graph, {
      opset,
      training: false,
      exactNaN,
      unknownDim: () => unknownDim(unknown++),
    });
    const inputs: Record<string, Value> = {};
    for (const [name, { dtype, shape }] of given)
      inputs[name] = graph.input(`in_${name}`, dtype as ValueType, shape);
    const result = LOWERINGS[kernel]!({ ops, inputs, attrs });
    const nodes = liveNodes(graph, Array.isArray(result) ? result : [result]);
    return { inputs, result, nodes };
  }

  #compile(opset: number, kernel: string, given: readonly [string, tf.TensorInfo][], attrs: unknown): Plan {
    const { inputs, result, nodes } = this.#lower(opset, kernel, given, attrs, true);
    const values = Array.isArray(result) ? result : [result];
    const outputs = values.map((value, i) =>
      value.constant
        ? ({ from: "constant", value } as const)
        : value.inputName
          ? ({ from: "input", name: value.inputName.slice(3), value } as const)
          : ({ from: "graph", name: `out_${i}`, value } as const),
    );
    const computed = outputs.flatMap((output) => (output.from === "graph" ? [output] : []));
    const used = new Set(nodes.flatMap((node) => node.inputs.map((input) => input?.inputName)));
    const feeds = given.map(([name]) => name).filter((name) => used.has(`in_${name}`));
    if (computed.length === 0)
      return { session: undefined, feeds: [], outputs, isList: Array.isArray(result) };
    const bytes = encodeGraph(
      {
        nodes,
        inputs: feeds.map((name) => ({ name: `in_${name}`, value: inputs[name]! })),
        outputs: computed,
        // Where a kernel's own dimension is not known, the graph has a name for it.
        dimsOf: ({ dims }) =>
          dims.map((dim) => (isUnknown(dim) ? { scale: 0, offset: 0, text: unknownName(dim) } : dim)),
      },
      { opset, irVersion: 8, name: kernel, metadata: {} },
    );
    initOrt();
    const session = new binding.InferenceSession();
    session.loadModel(bytes.buffer, bytes.byteOffset, bytes.byteLength, {
      intraOpNumThreads: 1,
      logSeverityLevel: 4,
    });
    this.counts.graphs++;
    return { session, feeds, outputs, isList: Array.isArray(result) };
  }

  #run(plan: Plan, inputs: Readonly<Record<string, tf.TensorInfo>>): tf.TensorInfo[] {
    const feeds = Object.fromEntries(
      plan.feeds.map((name) => {
        const { dataId, shape, dtype } = inputs[name]!;
        return [`in_${name}`, new Tensor(dtype, typed(dtype, this.#numbers(dataId)), shape)];
      }),
    );
    const names = plan.outputs.flatMap((output) => (output.from === "graph" ? [output.name] : []));
    const results =
      plan.session?.run(feeds, Object.fromEntries(names.map((name) => [name, null])), QUIET) ?? {};
    if (plan.session) this.counts.runs++;
    return plan.outputs.map((output) => {
      const { value } = output;
      const dtype = value.type as "float32" | "int32" | "bool";
      if (output.from === "graph") {
        const { data, dims } = results[output.name]!;
        return this.#made(typed(dtype, data as Numbers), [...dims], dtype);
      }
      if (output.from === "constant") {
        return this.#made(written(value), [...value.dims], dtype);
      }
      // As tfjs's own backends hand an input on.
      const { dataId } = inputs[output.name]!;
      this.incRef(dataId);
      return { dataId, shape: [...value.dims], dtype };
    });
  }

  #made(values: Numbers, shape: number[], dtype: tf.DataType): tf.TensorInfo {
    return { dataId: this.write(values, shape, dtype), shape, dtype };
  }

  #numbers(dataId: object): Numbers {
    return this.#entries.get(dataId)!.values as Numbers;
  }

  /** Of kernels that make tensors of a type ONNX lacks. */
  refuse(kernel: string): never {
    this.foreign.add(/String|Regex/.test(kernel) ? "string" : "complex64");
    throw new ForeignTypeError(`${kernel} is about a type that has no ONNX meaning here`);
  }

  #noteType(dtype: tf.DataType): void {
    if (dtype !== "string" && dtype !== "complex64") return;
    this.foreign.add(dtype);
    throw new ForeignTypeError(`${dtype} has no ONNX meaning here`);
  }

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): object {
    if (dtype === "string" || dtype === "complex64") this.foreign.add(dtype);
    const dataId = {};
    this.#entries.set(dataId, { refs: 1, values, shape, dtype });
    return dataId;
  }

  override move(
    dataId: object,
    values: tf.BackendValues,
    shape: number[],
    dtype: tf.DataType,
    refs: number,
  ): void {
    this.#entries.set(dataId, { refs, values, shape, dtype });
  }

  override readSync(dataId: object): tf.BackendValues {
    return this.#entries.get(dataId)!.values;
  }

  override read(dataId: object): Promise<tf.BackendValues> {
    return Promise.resolve(this.readSync(dataId));
  }

  override disposeData(dataId: object, force = false): boolean {
    const entry = this.#entries.get(dataId);
    if (!entry) return true;
    entry.refs--;
    if (!force && entry.refs > 0) return false;
    this.#entries.delete(dataId);
    return true;
  }

  override refCount = (dataId: object): number => this.#entries.get(dataId)?.refs ?? 0;

  override incRef(dataId: object): void {
    const entry = this.#entries.get(dataId);
    if (entry) entry.refs++;
  }

  override numDataIds = (): number => this.#entries.size;
  override memory = (): { unreliable: boolean } => ({ unreliable: false });
  override floatPrecision = (): 16 | 32 => 32;
  override timerAvailable = (): boolean => false;
  override time = (query: () => void): Promise<tf.BackendTimingInfo> => {
    query();
    return Promise.resolve({ kernelMs: 0 });
  };
  override dispose(): void {
    this.#entries.clear();
  }
}

/** Keeps NaN and infinities of attributes apart: JSON calls them all null. */
const numeral = (_: string, value: unknown): unknown =>
  typeof value === "number" && !Number.isFinite(value) ? String(value) : value;

/** The array class that tfjs uses for a type. */
function typed(dtype: tf.DataType, data: Numbers): Numbers {
  const numbers = data as Numbers;
  if (dtype === "float32") return numbers instanceof Float32Array ? numbers : Float32Array.from(numbers);
  if (dtype === "int32") return numbers instanceof Int32Array ? numbers : Int32Array.from(numbers);
  return numbers instanceof Uint8Array ? numbers : Uint8Array.from(numbers);
}

function written(value: Value): Numbers {
  const { data, splat } = value.constant!;
  if (!splat) return data as Numbers;
  const size = value.dims.reduce((product, dim) => product * dim, 1);
  return typed(value.type as tf.DataType, new Float64Array(size).fill(Number(data[0])) as unknown as Numbers);
}

/** Makes the backend known to tfjs, with one kernel for each lowering. */
export function registerEager(): EagerBackend {
  const backend = new EagerBackend();
  tf.registerBackend(EAGER, () => backend, 0);
  for (const kernelName of FOREIGN)
    tf.registerKernel({ kernelName, backendName: EAGER, kernelFunc: () => backend.refuse(kernelName) });
  for (const kernelName of Object.keys(LOWERINGS))
    tf.registerKernel({
      kernelName,
      backendName: EAGER,
      kernelFunc: ({ inputs, attrs }) => backend.call(kernelName, inputs, attrs),
    });
  return backend;
}
