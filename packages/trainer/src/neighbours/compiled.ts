/** A function of tensors, traced once for given shapes and run by ONNX Runtime. */

import { type InputSpec, type TensorFunction, traceToOnnx } from "@mmgan/export";
import * as ort from "onnxruntime-node";

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
export async function compile(
  name: string,
  fn: TensorFunction,
  inputs: Readonly<Record<string, InputSpec>>,
  threads = 0,
): Promise<Compiled> {
  const graph = traceToOnnx(fn, inputs, { name });
  const session = await ort.InferenceSession.create(graph.onnx, {
    executionProviders: ["cpu"],
    intraOpNumThreads: threads,
    logSeverityLevel: 3,
    // Its threads sleep between calls, while the results are read in JavaScript.
    extra: { session: { intra_op: { allow_spinning: "0" } } },
  });
  const dimsOf = Object.fromEntries(
    [...graph.inputs, ...graph.outputs].map((port) => [port.name, port.dims as number[]]),
  );
  const tensor = (port: string, data: Uint8Array | Float32Array) =>
    data instanceof Uint8Array
      ? new ort.Tensor("uint8", data, dimsOf[port]!)
      : new ort.Tensor("float32", data, dimsOf[port]!);
  return {
    async run(feeds, into) {
      const tensors = Object.fromEntries(
        session.inputNames.map((port) => [port, tensor(port, feeds[port]!)]),
      );
      const fetches = Object.fromEntries(
        session.outputNames.map((port) => [port, into?.[port] ? tensor(port, into[port]) : null]),
      );
      const results = await session.run(tensors, fetches);
      return Object.fromEntries(
        Object.entries(results).map(([port, result]) => [port, result.data as Float32Array]),
      );
    },
    release: () => session.release(),
  };
}
