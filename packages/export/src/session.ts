/** Makes the tracing backend active for the length of one call, and leaves tfjs as it was. */

import { KernelError, MmganError, TraceError } from "@mmgan/core";
import * as tf from "@tensorflow/tfjs";
import { BACKEND_NAME, TraceBackend } from "./backend.js";
import { runOnCpu } from "./fold-kernel.js";
import { withTraceGradients } from "./gradients.js";
import { isUnknown, type Value } from "./graph.js";
import { LOWERINGS } from "./kernels/index.js";
import type { Lowering } from "./kernels/lowering.js";
import { WITHOUT_ONNX } from "./kernels/without-onnx.js";
import type { Ops } from "./ops.js";

// Silences the notice tfjs prints on Node, which would end up in programs' output.
tf.enableProdMode();

let backend: TraceBackend | undefined;

/** Calls `work` with the tracing backend active; disposes of every symbolic tensor made meanwhile. */
export function onTraceBackend<T>(ops: Ops, work: (backend: TraceBackend) => T): T {
  const engine = tf.engine();
  backend ??= register();
  if (backend.ops)
    throw new TraceError(
      "traceToOnnx was called inside a function that is being traced. Trace it before or after.",
    );
  const tracer = backend;
  const previous = activeBackendName();
  tracer.ops = ops;
  // Done when the call returns: nothing about this backend is asynchronous.
  void engine.setBackend(BACKEND_NAME);
  try {
    let result: T | undefined;
    // tidy would search what its function returns for tensors, and a graph is large.
    withTraceGradients(() =>
      tf.tidy(() => {
        result = work(tracer);
      }),
    );
    return result as T;
  } catch (error) {
    throw explain(error);
  } finally {
    // A function that throws inside a gradient leaves the tensors its tape kept.
    for (const tensor of tracer.remaining(ops)) engine.disposeTensor(tensor);
    tracer.ops = undefined;
    void engine.setBackend(previous);
  }
}

/** Names what is traced from here on after a layer or node of a model; without effect outside a trace. */
export function setScope(scope: string): void {
  if (backend?.ops) backend.ops.graph.scope = scope;
}

/** Whether a function is being traced right now. */
export const isTracing = (): boolean => backend?.ops !== undefined;

/** The trace in progress: its operators, and the way between tfjs's tensors and the graph's values. */
export interface CurrentTrace {
  readonly ops: Ops;
  wrap(value: Value): tf.Tensor;
  unwrap(tensor: tf.Tensor): Value;
}

/** @returns undefined outside a trace */
export function currentTrace(): CurrentTrace | undefined {
  const [tracer, ops] = [backend, backend?.ops];
  if (!tracer || !ops) return undefined;
  return {
    ops,
    wrap: (value) => tf.engine().makeTensorFromTensorInfo(tracer.wrap(value, ops)),
    unwrap: (tensor) => tracer.unwrap(tensor, ops),
  };
}

function activeBackendName(): string {
  const engine = tf.engine();
  // Reading `backend` makes tfjs choose its best one where none is active yet.
  if (!engine.backendName) void engine.backend;
  return engine.backendName;
}

function register(): TraceBackend {
  const made = new TraceBackend();
  tf.registerBackend(BACKEND_NAME, () => made, 0);
  for (const [kernelName, lower] of Object.entries(LOWERINGS)) registerOn(made, kernelName, lower);
  return made;
}

function registerOn(tracer: TraceBackend, kernelName: string, lower: Lowering): void {
  tf.registerKernel({
    kernelName,
    backendName: BACKEND_NAME,
    kernelFunc: ({ inputs, attrs }) => dispatch(tracer, kernelName, lower, inputs, attrs),
  });
}

/** Adds a kernel of a user's, or replaces one added before. */
export function addKernel(kernelName: string, lower: Lowering): void {
  backend ??= register();
  if (tf.getKernel(kernelName, BACKEND_NAME)) tf.unregisterKernel(kernelName, BACKEND_NAME);
  registerOn(backend, kernelName, lower);
}

/** One kernel call: lowered to nodes, or computed here and now when all its inputs are constants. */
function dispatch(
  tracer: TraceBackend,
  kernelName: string,
  lower: Lowering,
  inputs: tf.NamedTensorInfoMap,
  attrs: tf.NamedAttrMap | undefined,
): tf.TensorInfo | tf.TensorInfo[] {
  const ops = tracer.ops;
  if (!ops) throw new TraceError(`Kernel ${kernelName} ran on the tracing backend outside traceToOnnx.`);
  const values: Record<string, Value> = {};
  for (const [name, tensor] of Object.entries(inputs ?? {}))
    if (tensor) values[name] = tracer.unwrap(tensor, ops);
  ops.graph.kernel = kernelName;
  let result = lower({ ops, inputs: values, attrs });
  const list = Array.isArray(result) ? result : [result];
  const known = Object.values(values);
  // A broadcast constant stays one: most operators broadcast by themselves, and its size may depend on the batch.
  const settled = (value: Value) => value.constant !== undefined || value.producer?.op === "Expand";
  const isKnown = ({ constant, dims }: Value) => constant !== undefined && !dims.some(isUnknown);
  if (known.every(isKnown) && !list.every(settled))
    result = runOnCpu(ops, kernelName, inputs, values, attrs) ?? result;
  return Array.isArray(result) ? result.map((value) => tracer.wrap(value, ops)) : tracer.wrap(result, ops);
}

const reasonOf = (kernel: string): string => (WITHOUT_ONNX[kernel] ? ` (${WITHOUT_ONNX[kernel]})` : "");

/** tfjs's own errors in this package's words. */
function explain(error: unknown): unknown {
  if (error instanceof MmganError || !(error instanceof Error)) return error;
  const kernel = /^Kernel '(\w+)' not registered for backend 'onnx-trace'/.exec(error.message)?.[1];
  if (kernel)
    return new KernelError(
      `Expected a tfjs kernel with an ONNX lowering but received ${kernel}${reasonOf(kernel)}. Write the function with ` +
        "other operations, or give a kernel of your own its lowering with registerLowering.",
      { cause: error },
    );
  const gradient = /gradient function not found for (\w+)/.exec(error.message)?.[1];
  if (gradient)
    return new KernelError(
      `Expected a tfjs kernel with a gradient but received ${gradient}. Write the function with other operations, ` +
        "or register a gradient for it with tf.registerGradient.",
      { cause: error },
    );
  return error;
}
