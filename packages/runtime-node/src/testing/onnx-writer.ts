/** Writes small ONNX files by hand (protobuf, IR 8, opset 17), for tests that must not depend on the exporter. */

/** ONNX TensorProto.DataType. */
const TYPES = { float32: 1, uint8: 2, int64: 7 } as const;
type Type = keyof typeof TYPES;

export interface GraphNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly integers?: Readonly<Record<string, number>>;
}
export interface GraphValue {
  readonly name: string;
  readonly type: Type;
  readonly dims: readonly (number | "batch")[];
}
export interface GraphConstant {
  readonly dims: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

/** The bytes of an ONNX model. */
export function writeOnnx(graph: {
  nodes: readonly GraphNode[];
  inputs: readonly GraphValue[];
  outputs: readonly GraphValue[];
  constants: Readonly<Record<string, GraphConstant>>;
}): Uint8Array {
  const body = [
    ...graph.nodes.flatMap((node) => message(1, nodeProto(node))),
    ...text(2, "tiny"),
    ...Object.entries(graph.constants).flatMap(([name, constant]) => message(5, tensorProto(name, constant))),
    ...graph.inputs.flatMap((value) => message(11, valueProto(value))),
    ...graph.outputs.flatMap((value) => message(12, valueProto(value))),
  ];
  return Uint8Array.from([...integer(1, 8), ...message(7, body), ...message(8, integer(2, 17))]);
}

function nodeProto({ op, inputs, outputs, integers = {} }: GraphNode): number[] {
  return [
    ...inputs.flatMap((name) => text(1, name)),
    ...outputs.flatMap((name) => text(2, name)),
    ...text(4, op),
    ...Object.entries(integers).flatMap(([name, value]) =>
      message(5, [...text(1, name), ...integer(3, value), ...integer(20, 2)]),
    ),
  ];
}

function tensorProto(name: string, { dims, data }: GraphConstant): number[] {
  const type = data instanceof Float32Array ? "float32" : "int64";
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return [
    ...dims.flatMap((dim) => integer(1, dim)),
    ...integer(2, TYPES[type]),
    ...text(8, name),
    ...message(9, [...bytes]),
  ];
}

function valueProto({ name, type, dims }: GraphValue): number[] {
  const shape = dims.flatMap((dim) => message(1, dim === "batch" ? text(2, dim) : integer(1, dim)));
  const tensor = [...integer(1, TYPES[type]), ...message(2, shape)];
  return [...text(1, name), ...message(2, message(1, tensor))];
}

function integer(field: number, value: number): number[] {
  return [...varint(field * 8), ...varint(value)];
}

function message(field: number, bytes: readonly number[]): number[] {
  return [...varint(field * 8 + 2), ...varint(bytes.length), ...bytes];
}

function text(field: number, value: string): number[] {
  return message(field, [...new TextEncoder().encode(value)]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}
