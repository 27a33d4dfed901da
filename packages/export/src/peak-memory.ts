/** How much memory a run of a graph needs at least, from the shapes it states. */

import { parseModel } from "./check.js";
import type { GraphProto, TypeProto } from "./onnx_pb.js";

/** Bytes, by what holds them. */
export interface GraphMemory {
  readonly inputs: number;
  readonly outputs: number;
  readonly constants: number;
  /** The most that values between inputs and outputs take at one time, when each is freed after its last reader. */
  readonly intermediates: number;
}

/** Bytes of an element, by TensorProto.DataType. */
const BYTES: Readonly<Record<number, number>> = { 1: 4, 2: 1, 6: 4, 7: 8, 9: 1 };

/**
 * @param onnx - a graph with fixed shapes, every value typed, as traceToOnnx writes it
 * @throws TraceError when the bytes are no ONNX model
 */
export function peakMemory(onnx: Uint8Array): GraphMemory {
  const graph = parseModel(onnx).graph!;
  const sizes = new Map(
    [...graph.input, ...graph.output, ...graph.valueInfo].map(({ name, type }) => [name, bytesOf(type)]),
  );
  const total = (values: readonly { name: string }[]) =>
    values.reduce((sum, { name }) => sum + (sizes.get(name) ?? 0), 0);
  return {
    inputs: total(graph.input),
    outputs: total(graph.output),
    constants: graph.initializer.reduce((sum, { rawData }) => sum + rawData.length, 0),
    intermediates: peakOfIntermediates(graph, sizes),
  };
}

function peakOfIntermediates(graph: GraphProto, sizes: ReadonlyMap<string, number>): number {
  const outputs = new Set(graph.output.map(({ name }) => name));
  const produced = new Map<string, number>();
  for (const node of graph.node)
    for (const name of node.output) if (!outputs.has(name)) produced.set(name, sizes.get(name) ?? 0);
  const lastReader = new Map<string, number>();
  graph.node.forEach(({ input, output }, i) => {
    for (const name of [...input, ...output]) if (produced.has(name)) lastReader.set(name, i);
  });
  let live = 0;
  let peak = 0;
  graph.node.forEach(({ input, output }, i) => {
    for (const name of output) live += produced.get(name) ?? 0;
    peak = Math.max(peak, live);
    for (const name of new Set([...input, ...output]))
      if (lastReader.get(name) === i) live -= produced.get(name)!;
  });
  return peak;
}

function bytesOf(type: TypeProto | undefined): number {
  if (type?.value.case !== "tensorType") return 0;
  const { elemType, shape } = type.value.value;
  return (shape?.dim ?? []).reduce((size, { value }) => size * Number(value.value), BYTES[elemType] ?? 8);
}
