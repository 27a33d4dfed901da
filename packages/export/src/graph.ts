/** The graph under construction: values, nodes, constants; equal nodes and equal constants are made once. */

import { type ElementType, expected, TraceError } from "@mmgan/core";

/** Element types inside a graph: those at its borders and the wide float that exact integer division needs. */
export type ValueType = ElementType | "float64";
export type ValueData = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

/** Data of a constant: row-major, or one element that stands for all (`splat`). */
export interface Constant {
  readonly data: ValueData;
  readonly splat: boolean;
}

/** A tensor in the graph: a graph input, a constant, or one output of a node. */
export interface Value {
  readonly id: number;
  readonly type: ValueType;
  readonly dims: readonly number[];
  readonly constant?: Constant;
  readonly inputName?: string;
  readonly producer?: GraphNode;
  /** Where in a model it was made, for names; "" outside one. */
  readonly scope?: string;
  /** The body of a loop or branch whose run it hangs on; undefined: the graph itself. */
  readonly body?: Body;
}

/** The body of a loop or branch. What hangs on none of its parameters stays outside and is computed once. */
export interface Body {
  readonly depth: number;
  /** The deepest body outside of this one that it reads from. */
  outer: Body | undefined;
}

/** A body as an attribute of Loop or If. */
export interface Subgraph {
  readonly body: Body;
  /** Of a Loop its inputs; of an If stand-ins for the node's inputs behind the condition. */
  readonly parameters: readonly Value[];
  readonly outputs: readonly Value[];
}

export type Attribute =
  | { readonly kind: "int"; readonly value: number }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "ints"; readonly value: readonly number[] }
  | { readonly kind: "floats"; readonly value: readonly number[] }
  | { readonly kind: "strings"; readonly value: readonly string[] }
  | { readonly kind: "graph"; readonly value: Subgraph };

export type Attributes = Readonly<Record<string, Attribute>>;

export interface GraphNode {
  readonly id: number;
  readonly op: string;
  /** "" is the standard domain. */
  readonly domain: string;
  /** undefined: an optional input left out. */
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: Attributes;
  readonly outputs: Value[];
  /** The tfjs kernel that asked for it, for messages. */
  readonly kernel: string;
  readonly scope?: string;
  readonly body?: Body;
}

export interface OutputShape {
  readonly type: ValueType;
  readonly dims: readonly number[];
}

export const int = (value: number): Attribute => ({ kind: "int", value });
export const float = (value: number): Attribute => ({ kind: "float", value });
export const text = (value: string): Attribute => ({ kind: "string", value });
export const ints = (value: readonly number[]): Attribute => ({ kind: "ints", value: [...value] });
export const floats = (value: readonly number[]): Attribute => ({ kind: "floats", value: [...value] });

export const sizeOf = (dims: readonly number[]): number => dims.reduce((size, dim) => size * dim, 1);
export const sameDims = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((dim, i) => dim === b[i]);

/** Dimensions from here on stand for what only a run tells: how many boxes stay, how many elements are true. */
const UNKNOWN = 2 ** 31;
/** Apart, so that no two of a graph are mistaken for each other. */
const UNKNOWN_STRIDE = 7919;

export const unknownDim = (index: number): number => UNKNOWN + UNKNOWN_STRIDE * index;
export const isUnknown = (dim: number): boolean => dim >= UNKNOWN;

/** The name that a graph has for such a dimension. */
export function unknownName(dim: number): string {
  const index = (dim - UNKNOWN) / UNKNOWN_STRIDE;
  return Number.isInteger(index) && index < 2 ** 16 ? `found_${index}` : `unknown_${dim}`;
}

/** An empty array of the type's element class. */
export function makeData(type: ValueType, length: number): ValueData {
  switch (type) {
    case "float32":
      return new Float32Array(length);
    case "float64":
      return new Float64Array(length);
    case "int32":
      return new Int32Array(length);
    case "int64":
      return new BigInt64Array(length);
    case "uint8":
    case "bool":
      return new Uint8Array(length);
  }
}

/** All elements of a constant, written out. */
export function denseData(value: Value): ValueData {
  const constant = value.constant!;
  if (!constant.splat) return constant.data;
  const data = makeData(value.type, sizeOf(value.dims));
  (data.fill as (element: number | bigint) => unknown).call(data, constant.data[0]!);
  return data;
}

/** The one element of a splat constant, as a number; undefined for anything else. */
export function splatOf(value: Value | undefined): number | undefined {
  return value?.constant?.splat ? Number(value.constant.data[0]!) : undefined;
}

/** True when the value is a constant whose every element is `element`. */
export const isAll = (value: Value | undefined, element: number): boolean => splatOf(value) === element;

export class Graph {
  readonly nodes: GraphNode[] = [];
  readonly inputs: Value[] = [];
  /** The tfjs kernel being lowered. */
  kernel = "";
  /** The layer or node of a model being traced, for names. */
  scope = "";
  #nextId = 0;
  readonly #cse = new Map<string, GraphNode>();
  readonly #constants = new Map<string, Value[]>();

  input(name: string, type: ValueType, dims: readonly number[]): Value {
    const value: Value = { id: this.#nextId++, type, dims: [...dims], inputName: name };
    this.inputs.push(value);
    return value;
  }

  /** A constant; the same type, shape and content give the same value. Uniform data become a splat. */
  constant(type: ValueType, dims: readonly number[], data: ValueData): Value {
    const size = sizeOf(dims);
    if (data.length !== size)
      throw new TraceError(
        expected(`${size} elements`, `a constant of shape [${dims}]`, data.length, "Report this as a bug"),
      );
    const splat = size > 0 && isUniform(data);
    return this.#addConstant(type, dims, splat ? data.slice(0, 1) : data, splat);
  }

  /** A constant whose every element is `element`. */
  splat(type: ValueType, dims: readonly number[], element: number): Value {
    const data = makeData(type, 1);
    data[0] = (type === "int64" ? BigInt(element) : element) as never;
    return this.#addConstant(type, dims, data, sizeOf(dims) > 0);
  }

  #addConstant(type: ValueType, dims: readonly number[], data: ValueData, splat: boolean): Value {
    const stored = sizeOf(dims) === 0 ? makeData(type, 0) : data;
    const bytes = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
    const key = `${type}[${dims}]${splat}${hashBytes(bytes)}`;
    const bucket = this.#constants.get(key) ?? [];
    for (const other of bucket) if (sameBytes(bytes, other.constant!.data)) return other;
    // A copy: the caller's array may change after the trace.
    const value: Value = {
      id: this.#nextId++,
      type,
      dims: [...dims],
      constant: { data: stored.slice(), splat },
      scope: this.scope,
    };
    bucket.push(value);
    this.#constants.set(key, bucket);
    return value;
  }

  /** A body around what is made from here on, inside `outer`. */
  body(outer: Body | undefined): Body {
    return { depth: (outer?.depth ?? 0) + 1, outer: undefined };
  }

  /** A value that a loop or branch hands to its body at each run. */
  parameter(body: Body, type: ValueType, dims: readonly number[]): Value {
    return { id: this.#nextId++, type, dims: [...dims], body, scope: this.scope };
  }

  /** A node, or the one made earlier with the same operator, inputs and attributes. */
  add(
    op: string,
    inputs: readonly (Value | undefined)[],
    attributes: Attributes,
    outputs: readonly OutputShape[],
    domain = "",
  ): GraphNode {
    const key = `${domain}:${op}(${inputs.map((input) => input?.id ?? "").join()})${attributeKey(attributes)}`;
    const known = this.#cse.get(key);
    if (known) return known;
    const body = bodyOf(inputs, attributes);
    const node: GraphNode = {
      id: this.nodes.length,
      op,
      domain,
      inputs: [...inputs],
      attributes,
      outputs: [],
      kernel: this.kernel,
      scope: this.scope,
      body,
    };
    for (const { type, dims } of outputs)
      node.outputs.push({
        id: this.#nextId++,
        type,
        dims: [...dims],
        producer: node,
        scope: this.scope,
        body,
      });
    this.nodes.push(node);
    this.#cse.set(key, node);
    return node;
  }
}

const subgraphsOf = (attributes: Attributes): Subgraph[] =>
  Object.values(attributes).flatMap((attribute) => (attribute.kind === "graph" ? [attribute.value] : []));

/** Attributes as text; a subgraph, which is made once, by its parameters. */
export const attributeKey = (attributes: Attributes, ids = true): string =>
  JSON.stringify(attributes, (_, value) =>
    value?.kind === "graph"
      ? { kind: "graph", of: value.value.parameters.map(({ id, type }: Value) => (ids ? id : type)) }
      : value,
  );

const deeper = (a: Body | undefined, b: Body | undefined): Body | undefined =>
  (b?.depth ?? 0) > (a?.depth ?? 0) ? b : a;

/** The deepest body that a node reads from, its own subgraphs' readings included; notes what that one reads from. */
function bodyOf(inputs: readonly (Value | undefined)[], attributes: Attributes): Body | undefined {
  const read = inputs.map((input) => input?.body);
  for (const { body, outputs } of subgraphsOf(attributes)) {
    const outside = outputs.map((output) => output.body).filter((other) => other !== body);
    read.push(body.outer, ...outside);
  }
  const own = read.reduce(deeper, undefined);
  if (own) for (const other of read) if (other !== own) own.outer = deeper(own.outer, other);
  return own;
}

/** The nodes that lead to `outputs`, those of bodies too, in topological (construction) order. */
export function liveNodes(graph: Graph, outputs: readonly Value[]): GraphNode[] {
  const live = new Set<GraphNode>();
  const stack = outputs.flatMap((value) => (value.producer ? [value.producer] : []));
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (live.has(node)) continue;
    live.add(node);
    const ends = subgraphsOf(node.attributes).flatMap((subgraph) => subgraph.outputs);
    for (const value of [...node.inputs, ...ends]) if (value?.producer) stack.push(value.producer);
  }
  return graph.nodes.filter((node) => live.has(node));
}

function isUniform(data: ValueData): boolean {
  const first = data[0];
  // Object.is tells 0 from -0 and takes NaN for NaN.
  for (let i = 1; i < data.length; i++) if (!Object.is(data[i], first)) return false;
  return true;
}

/** FNV-1a, over at most 4096 bytes spread evenly: equal hashes are compared in full. */
function hashBytes(bytes: Uint8Array): number {
  const stride = Math.max(1, Math.floor(bytes.length / 4096));
  let hash = 0x811c9dc5 ^ bytes.length;
  for (let i = 0; i < bytes.length; i += stride) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash >>> 0;
}

function sameBytes(a: Uint8Array, data: ValueData): boolean {
  const b = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
