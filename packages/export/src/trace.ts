/** Traces a function of tensors: calls it once (or at three batch sizes) on a backend that writes a graph. */

import { ArgumentError, type ElementType, expected, TraceError } from "@mmgan/core";
import * as tf from "@tensorflow/tfjs";
import { checkOnnx } from "./check.js";
import { encodeGraph } from "./encode.js";
import type { ChooseForm } from "./forms/form.js";
import { type Dim, generalise, type SymbolicGraph } from "./generalise.js";
import { Graph, unknownDim, type Value } from "./graph.js";
import { Ops, type OpsOptions, type RuntimeFeatures } from "./ops.js";
import { onTraceBackend } from "./session.js";

/** An input of the traced function. `dims` may hold "batch": any number of rows, in the result. */
export interface InputSpec {
  readonly dims: readonly (number | "batch")[];
  /** uint8 and int64 reach the function as int32 tensors. */
  readonly type: ElementType;
}

/** An input or output of a traced graph. */
export interface PortSpec {
  readonly name: string;
  /** A number, "batch", or an expression of it such as "2*batch+1". */
  readonly dims: readonly (number | string)[];
  readonly type: ElementType;
}

export interface TraceOptions {
  /** Operator set of the standard domain, 13 to 21. Default 17. */
  readonly opset?: number;
  /** IR version of the file. Default 8, which onnxruntime 1.11 and newer read; 9 from opset 19 on, 10 from 21 on. */
  readonly irVersion?: number;
  /** Name of the graph. Default "mmgan". */
  readonly name?: string;
  /** Written to metadata_props, in key order. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Element types of outputs where they differ from the tensor's own: "int64" for an index, "uint8" for pixels. */
  readonly outputTypes?: Readonly<Record<string, ElementType>>;
  /** The graph is a training step with fixed shapes: lower reductions as products. Default false. */
  readonly training?: boolean;
  /** What the runtime offers beyond standard operators; heeded by training graphs only. Default: nothing. */
  readonly runtime?: RuntimeFeatures;
  /** Max, Min, ArgMax, ArgMin and Sign treat NaN as tfjs does, at the price of more nodes. Default false. */
  readonly exactNaN?: boolean;
  /** Chooses between forms of equal value where several apply. Default: the first. */
  readonly choose?: ChooseForm;
}

export interface TracedGraph {
  /** The ONNX file. */
  readonly onnx: Uint8Array;
  readonly inputs: readonly PortSpec[];
  readonly outputs: readonly PortSpec[];
  readonly nodeCount: number;
}

export type TensorFunction = (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>;

/** Batch sizes to trace at: primes, so that no other dimension is mistaken for one of them or a small multiple. */
const BATCH_SIZES = [211, 223, 227] as const;

/**
 * Turns a function of TensorFlow.js tensors into an ONNX graph.
 *
 * The function is called with symbolic tensors; it may use gradients (`tf.grads`, also of gradients), but not read
 * tensor data. Tensors it closes over become constants of the graph. Equal operations are written once. The function
 * is called once, or three times when an input has a "batch" dimension. The active backend is put back, and no tensor
 * is left over, also when the function throws.
 *
 * @param fn - maps named tensors to named tensors
 * @param inputs - shape and type of each input, in the order the graph lists them
 * @throws KernelError for a kernel without lowering, TraceError for a function that cannot be traced, ArgumentError for
 *   options out of range
 */
export function traceToOnnx(
  fn: TensorFunction,
  inputs: Readonly<Record<string, InputSpec>>,
  options: TraceOptions = {},
): TracedGraph {
  const {
    opset = 17,
    irVersion = irVersionOf(options.opset),
    training = false,
    runtime,
    choose,
    exactNaN,
  } = options;
  checkArguments(inputs, opset);
  const symbolic = Object.values(inputs).some(({ dims }) => dims.includes("batch"));
  if (symbolic && training)
    throw new ArgumentError(
      expected(
        "fixed dimensions",
        "the inputs of a training graph",
        '"batch"',
        "Give the batch size as a number",
      ),
    );
  const sizes = symbolic ? BATCH_SIZES : BATCH_SIZES.slice(0, 1);
  const traces = sizes.map((batch) =>
    traceOnce(fn, inputs, batch, options, {
      opset,
      training,
      runtime,
      choose,
      exactNaN,
      unknownDim: unknownDims(),
    }),
  );
  const graph = generalise(traces, sizes, inputs);
  const onnx = encodeGraph(graph, {
    opset,
    irVersion,
    name: options.name ?? "mmgan",
    metadata: options.metadata ?? {},
  });
  checkOnnx(onnx);
  return {
    onnx,
    inputs: graph.inputs.map(({ name, value }) => port(graph, name, value)),
    outputs: graph.outputs.map(({ name, value }) => port(graph, name, value)),
    nodeCount: graph.nodes.length,
  };
}

/** Stand-ins for sizes that only a run tells, the same ones at every batch size. */
function unknownDims(): () => number {
  let index = 0;
  return () => unknownDim(index++);
}

/** The IR version that came with an operator set, at least 8. */
function irVersionOf(opset = 17): number {
  return opset >= 21 ? 10 : opset >= 19 ? 9 : 8;
}

function port(graph: SymbolicGraph, name: string, value: Value): PortSpec {
  return {
    name,
    dims: graph.dimsOf(value).map((dim: Dim) => (typeof dim === "number" ? dim : dim.text)),
    type: value.type as ElementType,
  };
}

function checkArguments(inputs: Readonly<Record<string, InputSpec>>, opset: number): void {
  if (!Number.isInteger(opset) || opset < 13 || opset > 21)
    throw new ArgumentError(expected("an integer from 13 to 21", "opset", opset, "The default is 17"));
  for (const [name, { dims }] of Object.entries(inputs))
    for (const dim of dims)
      if (dim !== "batch" && !(Number.isInteger(dim) && dim >= 0))
        throw new ArgumentError(
          expected('integers >= 0 or "batch"', `dims of input ${name}`, dims, "Correct its shape"),
        );
}

/** One finished trace: live nodes and named ends. */
export interface Trace {
  readonly graph: Graph;
  readonly inputs: readonly { readonly name: string; readonly value: Value }[];
  readonly outputs: readonly { readonly name: string; readonly value: Value }[];
}

function traceOnce(
  fn: TensorFunction,
  specs: Readonly<Record<string, InputSpec>>,
  batch: number,
  options: TraceOptions,
  lowering: OpsOptions,
): Trace {
  const graph = new Graph();
  const ops = new Ops(graph, lowering);
  const inputs = Object.entries(specs).map(([name, { dims, type }]) => ({
    name,
    value: graph.input(
      name,
      type,
      dims.map((dim) => (dim === "batch" ? batch : dim)),
    ),
  }));
  const results = onTraceBackend(ops, (backend) => {
    const tensors = inputs.map(({ name, value }) => {
      const inner = value.type === "uint8" || value.type === "int64" ? ops.cast(value, "int32") : value;
      return [name, tf.engine().makeTensorFromTensorInfo(backend.wrap(inner, ops))] as const;
    });
    const outputs = fn(Object.fromEntries(tensors));
    return Object.entries(outputs ?? {}).map(([name, tensor]) => {
      if (!(tensor instanceof tf.Tensor))
        throw new TraceError(
          expected("a tensor", `output ${name}`, typeof tensor, "Return a record of tensors"),
        );
      return { name, value: outputValue(ops, backend.unwrap(tensor, ops), options.outputTypes?.[name]) };
    });
  });
  if (results.length === 0)
    throw new TraceError(
      expected(
        "at least one named tensor",
        "the result of the traced function",
        "none",
        "Return a record of tensors",
      ),
    );
  for (const { name } of results)
    if (name in specs)
      throw new TraceError(
        expected(
          "a name no input has",
          "an output",
          name,
          `Call it next_${name}, say: ONNX names are unique`,
        ),
      );
  for (const name of Object.keys(options.outputTypes ?? {}))
    if (!results.some((result) => result.name === name))
      throw new ArgumentError(
        expected(
          `one of ${results.map((result) => result.name).join(", ")}`,
          "a key of outputTypes",
          name,
          "Name an output of the function",
        ),
      );
  return { graph, inputs, outputs: results };
}

function outputValue(ops: Ops, value: Value, type: ElementType | undefined): Value {
  ops.graph.kernel = "output";
  return type ? ops.cast(value, type) : value;
}
