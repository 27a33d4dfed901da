/** One graph for every batch size, from traces at three: what differs between them must grow linearly with the batch. */

import { expected, TraceError } from "@mmgan/core";
import {
  type Attribute,
  type Attributes,
  attributeKey,
  type Body,
  Graph,
  type GraphNode,
  int,
  isUnknown,
  liveNodes,
  sameDims,
  splatOf,
  unknownName,
  type Value,
} from "./graph.js";
import type { InputSpec, Trace } from "./trace.js";

/** scale * batch + offset; of scale 0: a size that only a run tells. */
export interface SymbolicDim {
  readonly scale: number;
  readonly offset: number;
  readonly text: string;
}
export type Dim = number | SymbolicDim;

export interface NamedValue {
  readonly name: string;
  readonly value: Value;
}

/** A graph ready to encode. */
export interface SymbolicGraph {
  readonly nodes: readonly GraphNode[];
  readonly inputs: readonly NamedValue[];
  readonly outputs: readonly NamedValue[];
  dimsOf(value: Value): readonly Dim[];
}

/** Merges traces of the same function at the given batch sizes; a single trace passes through. */
export function generalise(
  traces: readonly Trace[],
  sizes: readonly number[],
  specs: Readonly<Record<string, InputSpec>>,
): SymbolicGraph {
  const first = traces[0]!;
  const live = traces.map(({ graph, outputs }) =>
    liveNodes(
      graph,
      outputs.map(({ value }) => value),
    ),
  );
  const values = live[0]!.flatMap((node) => [...node.inputs, ...node.outputs]);
  const hasUnknown = [...values, ...first.outputs.map(({ value }) => value)].some((value) =>
    value?.dims.some(isUnknown),
  );
  if (traces.length === 1 && !hasUnknown)
    return { nodes: live[0]!, inputs: first.inputs, outputs: first.outputs, dimsOf: (value) => value.dims };
  return new Merge(traces, live, sizes, specs).run();
}

class Merge {
  readonly #graph = new Graph();
  /** Values of each trace to values of the merged graph, by id. */
  readonly #maps: Map<number, Value>[];
  readonly #dims = new Map<Value, readonly Dim[]>();
  #batch: Value | undefined;
  #batchSource: { input: Value; axis: number } | undefined;

  constructor(
    readonly traces: readonly Trace[],
    readonly live: readonly GraphNode[][],
    readonly sizes: readonly number[],
    readonly specs: Readonly<Record<string, InputSpec>>,
  ) {
    this.#maps = traces.map(() => new Map());
  }

  run(): SymbolicGraph {
    const inputs = this.traces[0]!.inputs.map(({ name, value }, i) => {
      const merged = this.#graph.input(name, value.type, value.dims);
      const { dims } = this.specs[name]!;
      this.#record(
        merged,
        this.traces.map((trace) => trace.inputs[i]!.value),
        "input",
      );
      const axis = dims.indexOf("batch");
      if (axis >= 0) this.#batchSource ??= { input: merged, axis };
      return { name, value: merged };
    });
    const count = this.live[0]!.length;
    if (this.live.some((nodes) => nodes.length !== count)) this.#differ("the function", "its operations");
    for (let i = 0; i < count; i++) this.#node(this.live.map((nodes) => nodes[i]!));
    const outputs = this.traces[0]!.outputs.map(({ name }, i) => ({
      name,
      value: this.#operand(
        this.traces.map((trace) => trace.outputs[i]!.value),
        `output ${name}`,
      )!,
    }));
    const nodes = liveNodes(
      this.#graph,
      outputs.map(({ value }) => value),
    );
    return { nodes, inputs, outputs, dimsOf: (value) => this.#dims.get(value) ?? value.dims };
  }

  #differ(where: string, what: string): never {
    throw new TraceError(
      expected(
        "the same graph at every batch size",
        where,
        `${what} that depend on the batch size`,
        "Use operations that carry the batch along (mean over an axis, reshape with -1), or trace with a fixed batch",
      ),
    );
  }

  #node(nodes: readonly GraphNode[]): void {
    const [node] = nodes as [GraphNode];
    const where = `node ${node.op} (kernel ${node.kernel})`;
    const key = attributeKey(node.attributes, false);
    for (const other of nodes) {
      const same =
        other.op === node.op && other.domain === node.domain && other.inputs.length === node.inputs.length;
      if (!same) this.#differ(where, "operations");
      if (attributeKey(other.attributes, false) !== key) this.#differ(where, "attributes");
    }
    this.#graph.scope = node.scope ?? "";
    const inputs = node.inputs.map((_, i) =>
      this.#operand(
        nodes.map((other) => other.inputs[i]),
        where,
        node.op === "Reshape" && i === 1,
      ),
    );
    this.#graph.kernel = node.kernel;
    this.#graph.scope = node.scope ?? "";
    const attributes = this.#attributes(nodes, where);
    this.#graph.kernel = node.kernel;
    this.#graph.scope = node.scope ?? "";
    const made = this.#graph.add(node.op, inputs, attributes, node.outputs, node.domain);
    made.outputs.forEach((output, i) => {
      this.#record(
        output,
        nodes.map((other) => other.outputs[i]!),
        where,
      );
    });
  }

  /** Bodies of the first trace to those of the merged graph. */
  readonly #bodies = new Map<Body, Body>();

  #body(body: Body): Body {
    const known = this.#bodies.get(body);
    if (known) return known;
    const merged: Body = { depth: body.depth, outer: undefined };
    this.#bodies.set(body, merged);
    return merged;
  }

  /** The attributes, subgraphs in terms of merged values. */
  #attributes(nodes: readonly GraphNode[], where: string): Attributes {
    const translated = Object.entries(nodes[0]!.attributes).map(([name, attribute]): [string, Attribute] => {
      if (attribute.kind !== "graph") return [name, attribute];
      const all = nodes.map((node) => (node.attributes[name] as typeof attribute).value);
      const merged = (part: "parameters" | "outputs") =>
        attribute.value[part].map(
          (_, i) =>
            this.#operand(
              all.map((each) => each[part][i]),
              where,
            )!,
        );
      const parameters = merged("parameters");
      const body = this.#body(attribute.value.body);
      return [name, { kind: "graph", value: { body, parameters, outputs: merged("outputs") } }];
    });
    return Object.fromEntries(translated);
  }

  /** Notes which merged value stands for these, and its symbolic shape. */
  #record(merged: Value, values: readonly Value[], where: string): void {
    values.forEach((value, trace) => {
      this.#maps[trace]!.set(value.id, merged);
    });
    const rank = values[0]!.dims.length;
    if (values.some((value) => value.dims.length !== rank)) this.#differ(where, "shapes");
    this.#dims.set(
      merged,
      values[0]!.dims.map((_, axis) =>
        this.#linear(
          values.map((value) => value.dims[axis]!),
          where,
        ),
      ),
    );
  }

  /** The number, or the linear form, that these are at the three batch sizes. */
  #linear(numbers: readonly number[], where: string): Dim {
    const [x, y = x, z = x] = numbers as [number, number?, number?];
    if (isUnknown(x)) return { scale: 0, offset: 0, text: unknownName(x) };
    if (x === y && y === z) return x;
    const [a, b, c] = this.sizes as [number, number, number];
    const scale = (y - x) / (b - a);
    const offset = x - scale * a;
    if (!Number.isInteger(scale) || scale * c + offset !== z)
      this.#differ(where, "dimensions (not linearly)");
    const factor = scale === 1 ? "batch" : `${scale}*batch`;
    const text = offset === 0 ? factor : offset > 0 ? `${factor}+${offset}` : `${factor}${offset}`;
    return { scale, offset, text };
  }

  /** The merged value of one operand; constants that differ are computed from the batch size. */
  #operand(
    values: readonly (Value | undefined)[],
    where: string,
    isShapeOfReshape = false,
  ): Value | undefined {
    const [first] = values;
    if (first === undefined) return undefined;
    const list = values as readonly Value[];
    if (!first.constant) {
      const isNew = !first.producer && first.body && !this.#maps[0]!.has(first.id);
      if (isNew)
        this.#record(this.#graph.parameter(this.#body(first.body!), first.type, first.dims), list, where);
      const mapped = list.map((value, trace) => this.#maps[trace]!.get(value.id));
      if (mapped[0] === undefined || mapped.some((value) => value !== mapped[0]))
        this.#differ(where, "operands");
      return mapped[0];
    }
    if (list.some((value) => !value.constant || value.type !== first.type)) this.#differ(where, "operands");
    const unknown =
      first.dims.some(isUnknown) ||
      (first.type === "int64" && first.dims.length === 1 && elements(first).some(isUnknown));
    if (!unknown && list.every((value) => sameConstant(value, first))) return this.#constant(first);
    const splat = splatOf(first);
    if (
      splat !== undefined &&
      list.every((value) => Object.is(splatOf(value), splat) && value.dims.length > 0)
    )
      return this.#filled(list, splat, where);
    if (
      first.type === "int64" &&
      first.dims.length === 1 &&
      list.every((value) => sameDims(value.dims, first.dims))
    )
      return this.#shape(list, where, isShapeOfReshape);
    if (first.type === "int64" && first.dims.length === 1) this.#differ(where, "ranks");
    this.#differ(where, `constants of type ${first.type} and shape [${first.dims}]`);
  }

  #constant(value: Value): Value {
    const splat = splatOf(value);
    return splat !== undefined
      ? this.#graph.splat(value.type, value.dims, splat)
      : this.#graph.constant(value.type, value.dims, value.constant!.data);
  }

  /** A uniform constant of a shape that depends on the batch. */
  #filled(values: readonly Value[], splat: number, where: string): Value {
    const [first] = values as [Value];
    if (values.some((value) => value.dims.length !== first.dims.length)) this.#differ(where, "ranks");
    const dims = first.dims.map((_, axis) =>
      this.#linear(
        values.map((value) => value.dims[axis]!),
        where,
      ),
    );
    const shape = this.#vector(dims, where);
    const element = this.#graph.splat(first.type, [], splat);
    const filled = this.#graph.add("Expand", [element, shape], {}, [{ type: first.type, dims: first.dims }])
      .outputs[0]!;
    this.#dims.set(filled, dims);
    return filled;
  }

  /** A shape operand: -1 where a reshape can infer it, else computed. */
  #shape(values: readonly Value[], where: string, isShapeOfReshape: boolean): Value {
    const numbers = values.map((value) => elements(value));
    const dims = numbers[0]!.map((_, i) =>
      this.#linear(
        numbers.map((list) => list[i]!),
        where,
      ),
    );
    const symbolic = dims.filter((dim) => typeof dim !== "number").length;
    if (isShapeOfReshape && symbolic === 1)
      return this.#int64(dims.map((dim) => (typeof dim === "number" ? dim : -1)));
    return this.#vector(dims, where);
  }

  #int64(numbers: readonly number[]): Value {
    return this.#graph.constant("int64", [numbers.length], BigInt64Array.from(numbers, BigInt));
  }

  /** A vector of int64 computed from the batch size. */
  #vector(dims: readonly Dim[], where: string): Value {
    this.#graph.kernel = "batch size";
    const one = (op: string, inputs: Value[], length: number, attributes = {}): Value =>
      this.#graph.add(op, inputs, attributes, [{ type: "int64", dims: [length] }]).outputs[0]!;
    const parts = dims.map((dim) => {
      if (typeof dim === "number") return this.#int64([dim]);
      if (dim.scale === 0)
        throw new TraceError(
          expected(
            "a size known before the graph runs",
            where,
            dim.text,
            "It hangs on values (boxes that stay, elements that are true): do this step outside of the graph, or give it a fixed size (nonMaxSuppressionPadded)",
          ),
        );
      const { input, axis } = this.#batchSource!;
      // Slice instead of the start and end of Shape-15: opset 13 and 14 lack them.
      const shape = one("Shape", [input], input.dims.length);
      this.#batch ??= one("Gather", [shape, this.#int64([axis])], 1, { axis: int(0) });
      const scaled = dim.scale === 1 ? this.#batch : one("Mul", [this.#batch, this.#int64([dim.scale])], 1);
      return dim.offset === 0 ? scaled : one("Add", [scaled, this.#int64([dim.offset])], 1);
    });
    return parts.length === 1 ? parts[0]! : one("Concat", parts, dims.length, { axis: int(0) });
  }
}

function elements(value: Value): number[] {
  const { data, splat } = value.constant!;
  const list = Array.from(data as ArrayLike<number | bigint>, Number);
  return splat ? Array<number>(value.dims[0]!).fill(list[0]!) : list;
}

function sameConstant(a: Value, b: Value): boolean {
  if (!sameDims(a.dims, b.dims)) return false;
  const [x, y] = [a.constant!, b.constant!];
  if (x.splat !== y.splat || x.data.length !== y.data.length) return false;
  for (let i = 0; i < x.data.length; i++) if (!Object.is(x.data[i], y.data[i])) return false;
  return true;
}
