/** Reads an ONNX file back as a plain summary. */

import type { ElementType } from "@mmgan/core";
import { parseModel } from "./check.js";
import type { NodeProto, ValueInfoProto } from "./onnx_pb.js";

/** An input or output as the file states it. */
export interface OnnxPort {
  readonly name: string;
  /** A name for a symbolic dimension, "?" for one the file leaves open. */
  readonly dims: readonly (number | string)[];
  /** An mmgan element type where there is one, else "onnx:N" with N of TensorProto.DataType. */
  readonly type: ElementType | `onnx:${number}`;
}

export interface OnnxSummary {
  readonly name: string;
  readonly producer: { readonly name: string; readonly version: string };
  readonly irVersion: number;
  /** Operator set by domain; "" is the standard one. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  readonly nodeCount: number;
  /** How often each operator occurs, in name order; other domains as "domain:Op". */
  readonly operators: Readonly<Record<string, number>>;
  /** Elements in initializers. */
  readonly parameters: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/** @throws TraceError when the bytes are not an ONNX model */
export function readOnnx(bytes: Uint8Array): OnnxSummary {
  const model = parseModel(bytes);
  const graph = model.graph;
  const operators: Record<string, number> = {};
  const names = allNodes(graph?.node ?? []).map(({ domain, opType }) =>
    domain ? `${domain}:${opType}` : opType,
  );
  for (const name of names.sort()) operators[name] = (operators[name] ?? 0) + 1;
  return {
    name: graph?.name ?? "",
    producer: { name: model.producerName, version: model.producerVersion },
    irVersion: Number(model.irVersion),
    opsets: Object.fromEntries(model.opsetImport.map(({ domain, version }) => [domain, Number(version)])),
    inputs: (graph?.input ?? []).map(portOf),
    outputs: (graph?.output ?? []).map(portOf),
    nodeCount: names.length,
    operators,
    parameters: (graph?.initializer ?? []).reduce(
      (sum, { dims }) => sum + dims.reduce((size, dim) => size * Number(dim), 1),
      0,
    ),
    metadata: Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value])),
  };
}

/** The nodes, and those in the bodies of loops and branches. */
function allNodes(nodes: readonly NodeProto[]): NodeProto[] {
  return nodes.flatMap((node) => [node, ...node.attribute.flatMap(({ g }) => (g ? allNodes(g.node) : []))]);
}

const TYPES: Readonly<Record<number, ElementType>> = {
  1: "float32",
  2: "uint8",
  6: "int32",
  7: "int64",
  9: "bool",
};

function portOf({ name, type }: ValueInfoProto): OnnxPort {
  const tensor = type?.value.case === "tensorType" ? type.value.value : undefined;
  const dims = (tensor?.shape?.dim ?? []).map(({ value }) =>
    value.case === "dimValue" ? Number(value.value) : value.case === "dimParam" ? value.value : "?",
  );
  const code = tensor?.elemType ?? 0;
  return { name, dims, type: TYPES[code] ?? `onnx:${code}` };
}
