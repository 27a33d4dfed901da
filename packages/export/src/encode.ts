/**
 * Writes a graph as an ONNX file.
 *
 * onnx_pb.ts is generated: take onnx.proto of https://github.com/onnx/onnx (v1.23), protoc, and
 * @bufbuild/protoc-gen-es 2.17.0 (Node >= 22), then
 *   protoc -I. --plugin=protoc-gen-es=node_modules/.bin/protoc-gen-es --es_out=. --es_opt=target=ts onnx.proto
 */

import { create, toBinary } from "@bufbuild/protobuf";
import type { Dim, NamedValue, SymbolicGraph } from "./generalise.js";
import {
  type Attribute,
  type Body,
  denseData,
  type GraphNode,
  type Subgraph,
  type Value,
  type ValueType,
} from "./graph.js";
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "./onnx_pb.js";
import { onnxType } from "./ops.js";

export interface EncodeOptions {
  readonly opset: number;
  readonly irVersion: number;
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The version written as producer; keep it equal to package.json's (a test compares them). */
export const PRODUCER = { name: "mmgan", version: "0.1.0" } as const;

/** The bytes of the ONNX file; the same graph gives the same bytes. */
export function encodeGraph(graph: SymbolicGraph, options: EncodeOptions): Uint8Array {
  const names = new Names(graph);
  const bodies = new Bodies(graph, names);
  const nodes = bodies.nodesOf(undefined);
  const ends = graph.outputs.flatMap(({ name, value }) =>
    names.of(value) === name ? [] : [identity(names.of(value), name)],
  );
  const initializers = names.constants().map((value) => encodeTensor(value, names.of(value)));
  const infos = graph.nodes
    .filter((node) => node.body === undefined)
    .flatMap((node) => node.outputs)
    .filter((value) => !graph.outputs.some(({ name }) => name === names.of(value)))
    .map((value) => encodeInfo(names.of(value), value, graph.dimsOf(value)));
  const end = ({ name, value }: NamedValue) => encodeInfo(name, value, graph.dimsOf(value));
  const domains = new Set(graph.nodes.map((node) => node.domain).filter((domain) => domain !== ""));
  const model = create(ModelProtoSchema, {
    irVersion: BigInt(options.irVersion),
    producerName: PRODUCER.name,
    producerVersion: PRODUCER.version,
    opsetImport: [
      create(OperatorSetIdProtoSchema, { domain: "", version: BigInt(options.opset) }),
      ...[...domains].map((domain) => create(OperatorSetIdProtoSchema, { domain, version: 1n })),
    ],
    graph: create(GraphProtoSchema, {
      name: options.name,
      node: [...nodes, ...ends],
      initializer: initializers,
      input: graph.inputs.map(end),
      output: graph.outputs.map(end),
      valueInfo: infos,
    }),
    metadataProps: Object.entries(options.metadata)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => create(StringStringEntryProtoSchema, { key, value })),
  });
  return toBinary(ModelProtoSchema, model);
}

/** Unique names: inputs and outputs keep theirs, the rest are named after their operator. */
class Names {
  readonly #names = new Map<Value, string>();
  readonly #taken = new Set<string>();
  readonly #constants: Value[] = [];
  /** A branch has no inputs: it reads what its If was given. */
  readonly #standIns = new Map<Value, Value>();

  constructor(graph: SymbolicGraph) {
    for (const { name } of [...graph.inputs, ...graph.outputs]) this.#taken.add(name);
    for (const { op, inputs, attributes } of graph.nodes)
      if (op === "If")
        for (const attribute of Object.values(attributes))
          if (attribute.kind === "graph")
            attribute.value.parameters.forEach((parameter, i) => {
              this.#standIns.set(parameter, inputs[i + 1]!);
            });
    for (const { name, value } of graph.inputs) this.#names.set(value, name);
    // The first output that is a node's own value takes its name there; others get an Identity.
    for (const { name, value } of graph.outputs)
      if (value.producer && !this.#names.has(value)) this.#names.set(value, name);
    for (const node of graph.nodes) {
      for (const input of node.inputs) if (input) this.of(input);
      for (const output of node.outputs) this.of(output);
    }
    for (const { value } of graph.outputs) this.of(value);
  }

  of(value: Value): string {
    const known = this.#names.get(value);
    if (known !== undefined) return known;
    const standsFor = this.#standIns.get(value);
    if (standsFor) return this.of(standsFor);
    if (value.constant) this.#constants.push(value);
    const stem = value.constant ? "constant" : (value.producer?.op ?? "value");
    const name = value.scope ? this.#scoped(`${value.scope}/${stem}`) : this.unique(stem);
    this.#names.set(value, name);
    return name;
  }

  /** Below a layer's name the first of its kind needs no number. */
  #scoped(stem: string): string {
    if (this.#taken.has(stem)) return this.unique(stem);
    this.#taken.add(stem);
    return stem;
  }

  unique(stem: string): string {
    let i = this.#counts.get(stem) ?? 0;
    while (this.#taken.has(`${stem}_${i}`)) i++;
    this.#counts.set(stem, i + 1);
    this.#taken.add(`${stem}_${i}`);
    return `${stem}_${i}`;
  }
  readonly #counts = new Map<string, number>();

  constants(): readonly Value[] {
    return this.#constants;
  }
}

/** Nodes by the body they belong to, bodies written as graphs within them. */
class Bodies {
  constructor(
    readonly graph: SymbolicGraph,
    readonly names: Names,
  ) {}

  nodesOf(body: Body | undefined): NodeProto[] {
    return this.graph.nodes.filter((node) => node.body === body).map((node) => this.#node(node));
  }

  #node(node: GraphNode): NodeProto {
    const { names } = this;
    // What an If hands to its branches they read by its name.
    const given = node.op === "If" ? node.inputs.slice(0, 1) : node.inputs;
    const inputs = given.map((input) => (input ? names.of(input) : ""));
    while (inputs.at(-1) === "") inputs.pop();
    const outputs = node.outputs.map((output) => names.of(output));
    return create(NodeProtoSchema, {
      name: `${outputs[0]}/${node.kernel || node.op}`,
      opType: node.op,
      domain: node.domain,
      input: inputs,
      output: outputs,
      attribute: Object.entries(node.attributes).map(([name, attribute]) =>
        attribute.kind === "graph"
          ? create(AttributeProtoSchema, {
              name,
              type: AttributeProto_AttributeType.GRAPH,
              g: this.#subgraph(`${outputs[0]}/${name}`, attribute.value, node.op === "Loop"),
            })
          : encodeAttribute(name, attribute),
      ),
    });
  }

  #subgraph(name: string, { body, parameters, outputs }: Subgraph, hasInputs: boolean): GraphProto {
    const { graph, names } = this;
    const info = (value: Value, as = names.of(value)) => encodeInfo(as, value, graph.dimsOf(value));
    const nodes = this.nodesOf(body);
    const made = graph.nodes.filter((node) => node.body === body).flatMap((node) => node.outputs);
    // An output needs a name of its own, made by a node of the body.
    const ends = outputs.map((value) => ({ value, name: names.unique("result") }));
    return create(GraphProtoSchema, {
      name,
      node: [...nodes, ...ends.map((end) => identity(names.of(end.value), end.name))],
      input: hasInputs ? parameters.map((value) => info(value)) : [],
      output: ends.map((end) => info(end.value, end.name)),
      valueInfo: made.map((value) => info(value)),
    });
  }
}

function identity(from: string, to: string): NodeProto {
  return create(NodeProtoSchema, { name: `${to}/output`, opType: "Identity", input: [from], output: [to] });
}

function encodeAttribute(name: string, attribute: Exclude<Attribute, { kind: "graph" }>): AttributeProto {
  const Type = AttributeProto_AttributeType;
  switch (attribute.kind) {
    case "int":
      return create(AttributeProtoSchema, { name, type: Type.INT, i: BigInt(attribute.value) });
    case "float":
      return create(AttributeProtoSchema, { name, type: Type.FLOAT, f: attribute.value });
    case "string":
      return create(AttributeProtoSchema, {
        name,
        type: Type.STRING,
        s: new TextEncoder().encode(attribute.value),
      });
    case "ints":
      return create(AttributeProtoSchema, { name, type: Type.INTS, ints: attribute.value.map(BigInt) });
    case "floats":
      return create(AttributeProtoSchema, { name, type: Type.FLOATS, floats: [...attribute.value] });
    case "strings":
      return create(AttributeProtoSchema, {
        name,
        type: Type.STRINGS,
        strings: attribute.value.map((text) => new TextEncoder().encode(text)),
      });
  }
}

function encodeTensor(value: Value, name: string): TensorProto {
  const data = denseData(value);
  return create(TensorProtoSchema, {
    name,
    dims: value.dims.map(BigInt),
    dataType: onnxType(value.type),
    rawData: littleEndian(data),
  });
}

/** ONNX stores raw data little-endian. */
function littleEndian(data: ReturnType<typeof denseData>): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 || data.BYTES_PER_ELEMENT === 1) return bytes;
  for (let i = 0; i < bytes.length; i += data.BYTES_PER_ELEMENT)
    bytes.subarray(i, i + data.BYTES_PER_ELEMENT).reverse();
  return bytes;
}

function encodeInfo(name: string, value: { type: ValueType }, dims: readonly Dim[]): ValueInfoProto {
  const shape = create(TensorShapeProtoSchema, {
    dim: dims.map((dim) =>
      create(TensorShapeProto_DimensionSchema, {
        value:
          typeof dim === "number"
            ? { case: "dimValue", value: BigInt(dim) }
            : { case: "dimParam", value: dim.text },
      }),
    ),
  });
  const tensorType = create(TypeProto_TensorSchema, { elemType: onnxType(value.type), shape });
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: "tensorType", value: tensorType } }),
  });
}
