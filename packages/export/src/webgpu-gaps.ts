/** Rewrites the operators that ONNX Runtime's WebGPU provider has no kernel for into operators it has. */

import { create, toBinary } from "@bufbuild/protobuf";
import { parseModel } from "./check.js";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type GraphProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  type TypeProto,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from "./onnx_pb.js";
import { onnxType } from "./ops.js";

/**
 * The same graph for WebGPU (seen with onnxruntime 1.30, which otherwise computes these nodes on the CPU):
 * - Sum becomes a chain of Add, in the order of its inputs;
 * - Cast(ArgMax(x)) from int64 to int32 becomes the least index whose element equals the maximum, which takes no
 *   int64. Along a row with a NaN the result is the row's length (ArgMax says something as useless).
 *
 * @param onnx - an ONNX file with fixed shapes
 * @returns an ONNX file of the same inputs and outputs
 */
export function withoutWebGpuGaps(onnx: Uint8Array): Uint8Array {
  const model = parseModel(onnx);
  const graph = model.graph!;
  const opset = Number(model.opsetImport.find(({ domain }) => domain === "")?.version ?? 0);
  const rewriter = new Rewriter(graph, opset);
  graph.node = graph.node.flatMap((node) => rewriter.rewrite(node));
  graph.node = withoutUnread(graph);
  return toBinary(ModelProtoSchema, model);
}

class Rewriter {
  readonly #graph: GraphProto;
  readonly #opset: number;
  readonly #producers = new Map<string, NodeProto>();
  readonly #types = new Map<string, TypeProto>();
  #added = 0;

  constructor(graph: GraphProto, opset: number) {
    this.#graph = graph;
    this.#opset = opset;
    for (const node of graph.node) for (const output of node.output) this.#producers.set(output, node);
    for (const { name, type } of [...graph.input, ...graph.output, ...graph.valueInfo])
      if (type) this.#types.set(name, type);
  }

  rewrite(node: NodeProto): NodeProto[] {
    if (node.domain !== "") return [node];
    if (node.opType === "Sum") return this.#sum(node);
    const source = node.opType === "Cast" ? this.#producers.get(node.input[0]!) : undefined;
    const toInt32 = node.attribute.find(({ name }) => name === "to")?.i === BigInt(onnxType("int32"));
    return source?.opType === "ArgMax" && toInt32 ? this.#argMax(source, node) : [node];
  }

  #sum({ input, output }: NodeProto): NodeProto[] {
    const nodes: NodeProto[] = [];
    let sum = input[0]!;
    if (input.length === 1) return [this.#node("Identity", [sum], output[0]!)];
    for (const [i, term] of input.slice(1).entries()) {
      const to = i === input.length - 2 ? output[0]! : this.#value(this.#types.get(output[0]!)!);
      nodes.push(this.#node("Add", [sum, term], to));
      sum = to;
    }
    return nodes;
  }

  /** min over i of (x[i] == max x ? i : n), as n + min(hit * (i - n)): exact in float32 below 2^24. */
  #argMax(argMax: NodeProto, cast: NodeProto): NodeProto[] {
    const x = argMax.input[0]!;
    const type = this.#types.get(x)!;
    const dims = dimsOf(type);
    const number = (name: string, fallback: number) =>
      Number(argMax.attribute.find((a) => a.name === name)?.i ?? fallback);
    const axis = (number("axis", 0) + dims.length) % dims.length;
    const n = dims[axis]!;
    const keep = (kept: boolean) =>
      kept ? dims.map((d, i) => (i === axis ? 1 : d)) : dims.filter((_, i) => i !== axis);
    const float = (shape: number[]) => typed(1, shape);
    const kept = number("keepdims", 1) === 1;
    const [max, equal, hit, scored, least, found] = [
      this.#value(withDims(type, keep(true))),
      this.#value(typed(onnxType("bool"), dims)),
      this.#value(float(dims)),
      this.#value(float(dims)),
      this.#value(float(keep(kept))),
      this.#value(float(keep(kept))),
    ];
    const offsets = this.#constant(
      dims.map((_, i) => (i === axis ? n : 1)),
      Float32Array.from({ length: n }, (_, i) => i - n),
    );
    const length = this.#constant([], Float32Array.of(n));
    const reduce = (op: string, from: string, to: string, keepDims: boolean) => {
      const node = this.#node(op, [from], to);
      // Operator set 18 takes the axes as an input.
      if (this.#opset >= 18) node.input.push(this.#axes(axis));
      else node.attribute.push(ints("axes", [axis]));
      node.attribute.push(int("keepdims", keepDims ? 1 : 0));
      return node;
    };
    const castTo = (from: string, to: string, code: number) => {
      const node = this.#node("Cast", [from], to);
      node.attribute.push(int("to", code));
      return node;
    };
    return [
      reduce("ReduceMax", x, max!, true),
      this.#node("Equal", [x, max!], equal!),
      castTo(equal!, hit!, 1),
      this.#node("Mul", [hit!, offsets], scored!),
      reduce("ReduceMin", scored!, least!, kept),
      this.#node("Add", [least!, length], found!),
      castTo(found!, cast.output[0]!, onnxType("int32")),
    ];
  }

  #node(opType: string, input: string[], output: string): NodeProto {
    return create(NodeProtoSchema, { name: `${output}/${opType}/webgpu`, opType, input, output: [output] });
  }

  /** A new value of this type. */
  #value(type: TypeProto): string {
    const name = this.#name();
    this.#graph.valueInfo.push(create(ValueInfoProtoSchema, { name, type }));
    return name;
  }

  #constant(dims: number[], data: Float32Array): string {
    const name = this.#name();
    this.#graph.initializer.push(
      create(TensorProtoSchema, {
        name,
        dims: dims.map(BigInt),
        dataType: 1,
        rawData: new Uint8Array(data.buffer),
      }),
    );
    return name;
  }

  #axes(axis: number): string {
    const name = this.#name();
    const rawData = new Uint8Array(BigInt64Array.of(BigInt(axis)).buffer);
    this.#graph.initializer.push(
      create(TensorProtoSchema, { name, dims: [1n], dataType: onnxType("int64"), rawData }),
    );
    return name;
  }

  #name = () => `webgpu_${this.#added++}`;
}

const Type = AttributeProto_AttributeType;
const int = (name: string, value: number) =>
  create(AttributeProtoSchema, { name, type: Type.INT, i: BigInt(value) });
const ints = (name: string, values: number[]) =>
  create(AttributeProtoSchema, { name, type: Type.INTS, ints: values.map(BigInt) });

function dimsOf({ value }: TypeProto): number[] {
  const dims = value.case === "tensorType" ? value.value.shape!.dim : [];
  return dims.map((dim) => Number(dim.value.value));
}

function typed(elemType: number, dims: readonly number[]): TypeProto {
  const dim = dims.map((size) =>
    create(TensorShapeProto_DimensionSchema, { value: { case: "dimValue", value: BigInt(size) } }),
  );
  const shape = create(TensorShapeProtoSchema, { dim });
  const tensor = create(TypeProto_TensorSchema, { elemType, shape });
  return create(TypeProtoSchema, { value: { case: "tensorType", value: tensor } });
}

const withDims = ({ value }: TypeProto, dims: readonly number[]): TypeProto =>
  typed(value.case === "tensorType" ? value.value.elemType : 1, dims);

/** Nodes that something still reads: a Cast taken away leaves its ArgMax behind. */
function withoutUnread(graph: GraphProto): NodeProto[] {
  const wanted = new Set(graph.output.map(({ name }) => name));
  const kept: NodeProto[] = [];
  for (const node of [...graph.node].reverse()) {
    if (!node.output.some((name) => wanted.has(name))) continue;
    for (const name of node.input) wanted.add(name);
    kept.push(node);
  }
  return kept.reverse();
}
