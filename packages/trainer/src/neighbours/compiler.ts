/** Functions of tensors, traced once for given shapes and run by an ONNX Runtime that is handed in. */

import { type InputSpec, type TensorFunction, traceToOnnx } from "@mmgan/export";
import type { OnnxRuntime } from "../engines/onnx-runtime.js";

/** Runs once the arrays that its inputs name, in the shapes it was compiled for. */
export interface Compiled {
  /**
   * @param feeds - one array for each input, row-major
   * @param into - where to write an output, by its name; others get arrays of their own
   */
  run(
    feeds: Readonly<Record<string, Uint8Array | Float32Array>>,
    into?: Readonly<Record<string, Float32Array>>,
  ): Promise<Readonly<Record<string, Float32Array>>>;
  release(): Promise<void>;
}

/** Traces and loads `fn`. All outputs are float32. Call `release` in a `finally`. */
export type Compile = (
  name: string,
  fn: TensorFunction,
  inputs: Readonly<Record<string, InputSpec>>,
  threads?: number,
) => Promise<Compiled>;

/**
 * @param writesInto - whether the runtime writes outputs into arrays it is given, as onnxruntime-node does and
 *   onnxruntime-web does not
 */
export function compilerOf(runtime: OnnxRuntime, { writesInto = false } = {}): Compile {
  return async (name, fn, inputs, threads = 0) => {
    const graph = traceToOnnx(fn, inputs, { name });
    const session = await runtime.InferenceSession.create(graph.onnx, {
      executionProviders: ["cpu"],
      logSeverityLevel: 3,
      intraOpNumThreads: threads,
      // Its threads sleep between calls, while the results are read in JavaScript.
      extra: { session: { intra_op: { allow_spinning: "0" } } },
    });
    const dimsOf = Object.fromEntries(
      [...graph.inputs, ...graph.outputs].map((port) => [port.name, port.dims as number[]]),
    );
    const tensor = (port: string, data: Uint8Array | Float32Array) =>
      data instanceof Uint8Array
        ? new runtime.Tensor("uint8", data, dimsOf[port]!)
        : new runtime.Tensor("float32", data, dimsOf[port]!);
    return {
      async run(feeds, into) {
        const given = writesInto ? into : undefined;
        const tensors = Object.fromEntries(
          session.inputNames.map((port) => [port, tensor(port, feeds[port]!)]),
        );
        const fetches = Object.fromEntries(
          session.outputNames.map((port) => [port, given?.[port] ? tensor(port, given[port]) : null]),
        );
        const results = await session.run(tensors, fetches);
        return Object.fromEntries(
          Object.entries(results).map(([port, result]) => [port, result.data as Float32Array]),
        );
      },
      release: () => session.release(),
    };
  };
}
