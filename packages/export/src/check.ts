/** A structural check of an ONNX file: what a runtime would refuse, told before it ships. */

import { fromBinary } from "@bufbuild/protobuf";
import { TraceError } from "@mmgan/core";
import { type GraphProto, type ModelProto, ModelProtoSchema } from "./onnx_pb.js";

/**
 * Checks that every node input is defined before it is used, names are unique, every value has a type and shape, and
 * every output is produced.
 *
 * @throws TraceError naming the value or node
 */
export function checkOnnx(bytes: Uint8Array): void {
  const graph = parseModel(bytes).graph;
  if (!graph) throw new TraceError("The ONNX file holds no graph. Export it again.");
  checkNames(graph, new Set());
}

/** A body sees what is defined around it, and names nothing anew. */
function checkNames(graph: GraphProto, around: ReadonlySet<string>): void {
  const defined = new Set(around);
  const define = (name: string, what: string) => {
    if (name === "") throw new TraceError(`${what} has no name. Export the graph again.`);
    if (defined.has(name))
      throw new TraceError(`${what} defines ${name}, which is defined already. Rename one of them.`);
    defined.add(name);
  };
  for (const input of graph.input) define(input.name, "A graph input");
  for (const { name, dims, rawData } of graph.initializer) {
    define(name, "An initializer");
    if (dims.reduce((size, dim) => size * dim, 1n) > 0n && rawData.length === 0)
      throw new TraceError(`Initializer ${name} of shape [${dims}] holds no data. Export the graph again.`);
  }
  for (const node of graph.node) {
    for (const input of node.input)
      if (input !== "" && !defined.has(input))
        throw new TraceError(
          `Node ${node.name} (${node.opType}) reads ${input}, which is not defined before it.`,
        );
    for (const { g } of node.attribute) if (g) checkNames(g, defined);
    for (const output of node.output) if (output !== "") define(output, `Node ${node.name} (${node.opType})`);
  }
  for (const output of graph.output)
    if (!defined.has(output.name)) throw new TraceError(`Output ${output.name} is produced by no node.`);
  checkTypes(graph);
}

function checkTypes(graph: GraphProto): void {
  const typed = new Set<string>();
  for (const info of [...graph.input, ...graph.output, ...graph.valueInfo]) {
    const type = info.type?.value;
    if (type?.case !== "tensorType" || type.value.elemType === 0 || !type.value.shape)
      throw new TraceError(`Value ${info.name} has no type or shape. Export the graph again.`);
    typed.add(info.name);
  }
  for (const node of graph.node)
    for (const output of node.output)
      if (output !== "" && !typed.has(output))
        throw new TraceError(
          `Value ${output} of node ${node.name} has no type or shape. Export the graph again.`,
        );
}

/** @throws TraceError when the bytes are no ONNX model */
export function parseModel(bytes: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    throw new TraceError(`The bytes are not an ONNX model: ${(cause as Error).message}. Export it again.`, {
      cause,
    });
  }
}
