/** ONNX operators as functions of values: shapes worked out, identities dropped, layouts moved out of the way. */

import { expected, OpsetError, TraceError } from "@mmgan/core";
import { foldBinary, foldTranspose, foldUnary } from "./fold.js";
import type { ChooseForm, Epilogue } from "./forms/form.js";
import {
  type Attributes,
  denseData,
  type Graph,
  int,
  ints,
  isAll,
  makeData,
  type OutputShape,
  sameDims,
  sizeOf,
  splatOf,
  text,
  type Value,
  type ValueData,
  type ValueType,
} from "./graph.js";
import { onJoinedRows } from "./joined-rows.js";
import { inRankOf } from "./scalar-rank.js";

export interface OpsOptions {
  readonly opset: number;
  /** Lower for a training step with fixed shapes: products in place of slow reductions. */
  readonly training: boolean;
  /** What the runtime offers beyond the standard operators; undefined: nothing. Used by training steps only. */
  readonly runtime?: RuntimeFeatures;
  /** Max, Min, ArgMax, ArgMin and Sign treat NaN as tfjs does, at the price of more nodes. */
  readonly exactNaN?: boolean;
  /** Chooses between forms of equal value. Default: the first. */
  readonly choose?: ChooseForm;
  /** The next stand-in for a dimension that only the runtime knows. */
  readonly unknownDim?: () => number;
}

/** Operators of ONNX Runtime's CPU provider that are no part of the standard. */
export interface RuntimeFeatures {
  /** Channels in a block of its convolution layout, 8 or 16; 0 where it has none. */
  readonly block: number;
}

/** NHWC out of NCHW. Elementwise nodes move in front of it, so that chains of convolutions stay in NCHW. */
export const TO_NHWC = [0, 2, 3, 1];
export const TO_NCHW = [0, 3, 1, 2];

/** A product whose last node can take in what follows it. */
export interface Fusable {
  readonly epilogue: Epilogue;
  /** The same product with another epilogue. */
  remake(epilogue: Epilogue): Value;
}

export class Ops {
  /** Products by their result. */
  readonly fusable = new WeakMap<Value, Fusable>();

  constructor(
    readonly graph: Graph,
    readonly options: OpsOptions,
  ) {}

  /** A node of one output, as given. */
  node(
    op: string,
    inputs: readonly (Value | undefined)[],
    attributes: Attributes,
    output: OutputShape,
    domain = "",
  ): Value {
    return this.graph.add(op, inputs, attributes, [output], domain).outputs[0]!;
  }

  /** Refuses an operator set that lacks an operator, naming both. */
  needOpset(least: number, operator: string): void {
    const { opset } = this.options;
    if (opset >= least) return;
    const remedy = `Kernel ${this.graph.kernel} needs ${operator}: pass opset ${least}`;
    throw new OpsetError(expected(`${least} or more`, "opset", opset, remedy), { needed: least });
  }

  /** A stand-in for a dimension that only the runtime knows. */
  unknownDim(): number {
    return this.options.unknownDim?.() ?? 1;
  }

  scalar(type: ValueType, value: number): Value {
    return this.graph.splat(type, [], value);
  }

  /** A vector of int64: a shape, axes, pads. */
  shape(values: readonly number[]): Value {
    return this.graph.constant("int64", [values.length], BigInt64Array.from(values.map(BigInt)));
  }

  cast(x: Value, type: ValueType): Value {
    if (x.type === type) return x;
    if (x.constant) return this.#mapConstant(x, type);
    const source = x.producer?.op === "Cast" ? x.producer.inputs[0]! : undefined;
    // uint8 -> int32 -> float32 and int64 -> int32 -> int64 lose nothing in the middle step.
    if (source && isWider(x.type, source.type)) return this.cast(source, type);
    if (source && source.type === "int64" && x.type === "int32" && type === "int64") return source;
    return this.#onSource(x, (s) =>
      this.node("Cast", [s], { to: int(onnxType(type)) }, { type, dims: s.dims }),
    );
  }

  #mapConstant(x: Value, type: ValueType): Value {
    const { data, splat } = x.constant!;
    const out = makeData(type, data.length);
    for (let i = 0; i < data.length; i++) {
      const element = Number(data[i]!);
      out[i] = (
        type === "int64" ? BigInt(Math.trunc(element)) : type === "bool" ? Number(element !== 0) : element
      ) as never;
    }
    return splat ? this.graph.splat(type, x.dims, Number(out[0]!)) : this.graph.constant(type, x.dims, out);
  }

  /** An elementwise node of one tensor input. */
  unary(op: string, x: Value, attributes: Attributes = {}, type: ValueType = x.type): Value {
    const folded = x.constant && foldUnary(op, x);
    if (folded) return this.#constantLike(type, x.dims, folded);
    return this.#onSource(x, (s) => this.node(op, [s], attributes, { type, dims: s.dims }));
  }

  /** clip(x, low, high); either bound may be infinite. */
  clip(x: Value, low: number, high: number): Value {
    const bound = (value: number) => (Number.isFinite(value) ? this.scalar(x.type, value) : undefined);
    return this.#onSource(x, (s) =>
      this.node("Clip", [s, bound(low), bound(high)], {}, { type: x.type, dims: s.dims }),
    );
  }

  /** An elementwise node of two inputs, broadcast as numpy does. */
  binary(op: string, a: Value, b: Value, type: ValueType = a.type): Value {
    const dims = broadcastDims(a.dims, b.dims);
    const short = this.#simplify(op, a, b, dims);
    if (short) return short;
    if (a.constant && b.constant) {
      const folded = foldBinary(op, a, b, dims);
      if (folded) return this.#constantLike(type, dims, folded);
    }
    [a, b] = [this.#shrink(a, b, dims), this.#shrink(b, a, dims)];
    if (!nchwSource(a) && !nchwSource(b)) {
      const joined = onJoinedRows(this, op, a, b, type);
      if (joined) return joined;
      [a, b] = [inRankOf(b, a, this.graph), inRankOf(a, b, this.graph)];
    }
    return this.#inSourceLayout([a, b], dims, (inputs, at) => this.node(op, inputs, {}, { type, dims: at }));
  }

  #constantLike(type: ValueType, dims: readonly number[], folded: ValueData): Value {
    return folded.length === 1 && sizeOf(dims) !== 1
      ? this.graph.splat(type, dims, Number(folded[0]!))
      : this.graph.constant(type, dims, folded);
  }

  /** x + 0, x * 1, x * 0, x - 0, x / 1 without a node; undefined when none applies. */
  #simplify(op: string, a: Value, b: Value, dims: readonly number[]): Value | undefined {
    const whole = (x: Value) => (sameDims(x.dims, dims) ? x : this.expand(x, dims));
    if (op === "Add" && isAll(b, 0)) return whole(a);
    if (op === "Add" && isAll(a, 0)) return whole(b);
    if (op === "Sub" && isAll(b, 0)) return whole(a);
    if (op === "Sub" && isAll(a, 0) && a.type === "float32") return this.unary("Neg", whole(b));
    if (op === "Mul" && (isAll(a, 0) || isAll(b, 0))) return this.graph.splat(a.type, dims, 0);
    if ((op === "Mul" || op === "Div") && isAll(b, 1)) return whole(a);
    if (op === "Mul" && isAll(a, 1)) return whole(b);
    if (op === "Div" && isAll(a, 0) && a.type === "float32") return this.graph.splat(a.type, dims, 0);
    return undefined;
  }

  /** Leaves out an expansion that the operator's own broadcasting makes; a splat becomes one element. */
  #shrink(x: Value, other: Value, dims: readonly number[]): Value {
    const splat = splatOf(x);
    if (splat !== undefined && x.dims.length > 0 && sameDims(broadcastDims([], other.dims), dims))
      return this.scalar(x.type, splat);
    const source = x.producer?.op === "Expand" ? x.producer.inputs[0]! : undefined;
    return source && sameDims(broadcastDims(source.dims, other.dims), dims) ? source : x;
  }

  /** condition ? t : e, broadcast. */
  where(condition: Value, t: Value, e: Value): Value {
    const dims = broadcastDims(broadcastDims(condition.dims, t.dims), e.dims);
    const chosen = splatOf(condition);
    if (chosen !== undefined) return this.expand(chosen ? t : e, dims);
    if (t === e) return this.expand(t, dims);
    const small = (x: Value) => {
      const splat = splatOf(x);
      return splat !== undefined && sameDims(condition.dims, dims) ? this.scalar(x.type, splat) : x;
    };
    return this.#inSourceLayout([condition, small(t), small(e)], dims, (inputs, at) =>
      this.node("Where", inputs, {}, { type: t.type, dims: at }),
    );
  }

  /** Applies an elementwise node in front of a layout change instead of behind it. */
  #onSource(x: Value, make: (source: Value) => Value): Value {
    const source = nchwSource(x);
    return source ? this.transpose(make(source), TO_NHWC) : make(x);
  }

  /** As `#onSource`, for several inputs: all must be layout changes, scalars, or vectors along channels. */
  #inSourceLayout(
    inputs: readonly Value[],
    dims: readonly number[],
    make: (inputs: Value[], dims: readonly number[]) => Value,
  ): Value {
    if (dims.length !== 4 || !inputs.some((x) => nchwSource(x) && sameDims(x.dims, dims)))
      return make([...inputs], dims);
    const moved = inputs.map((x) => this.#toNchwOperand(x));
    if (!moved.every((x): x is Value => x !== undefined)) return make([...inputs], dims);
    return this.transpose(
      make(
        moved,
        TO_NCHW.map((axis) => dims[axis]!),
      ),
      TO_NHWC,
    );
  }

  #toNchwOperand(x: Value): Value | undefined {
    const source = nchwSource(x);
    if (source) return source;
    if (sizeOf(x.dims) === 1) return this.reshape(x, []);
    const padded = [...Array<number>(4 - x.dims.length).fill(1), ...x.dims];
    if (x.constant) return this.transpose(this.reshape(x, padded), TO_NCHW);
    // Only channels differ from 1, or only the batch: a reshape is enough.
    const isVector =
      padded.slice(0, 3).every((dim) => dim === 1) || padded.slice(1).every((dim) => dim === 1);
    return isVector
      ? this.reshape(
          x,
          TO_NCHW.map((axis) => padded[axis]!),
        )
      : undefined;
  }

  reshape(x: Value, dims: readonly number[]): Value {
    if (sizeOf(x.dims) !== sizeOf(dims))
      throw new TraceError(
        expected(`${sizeOf(x.dims)} elements`, `a reshape of [${x.dims}]`, `[${dims}]`, "Check the shapes"),
      );
    if (sameDims(x.dims, dims)) return x;
    // In a shape of ONNX's Reshape 0 means the input's size there.
    if (sizeOf(dims) === 0) return this.graph.splat(x.type, dims, 0);
    if (x.constant)
      return x.constant.splat
        ? this.graph.splat(x.type, dims, Number(x.constant.data[0]!))
        : this.graph.constant(x.type, dims, x.constant.data);
    const source = x.producer?.op === "Reshape" ? x.producer.inputs[0]! : x;
    if (source !== x) return this.reshape(source, dims);
    return this.node("Reshape", [x, this.shape(dims)], {}, { type: x.type, dims });
  }

  transpose(x: Value, perm: readonly number[]): Value {
    if (perm.every((axis, i) => axis === i)) return x;
    const dims = perm.map((axis) => x.dims[axis]!);
    if (x.constant)
      return x.constant.splat
        ? this.graph.splat(x.type, dims, Number(x.constant.data[0]!))
        : this.graph.constant(x.type, dims, foldTranspose(x, perm));
    if (x.producer?.op === "Transpose") {
      const first = x.producer.attributes.perm!.value as readonly number[];
      return this.transpose(
        x.producer.inputs[0]!,
        perm.map((axis) => first[axis]!),
      );
    }
    // Only axes of size 1 move: the elements stay in their order.
    const moving = perm.filter((axis) => x.dims[axis] !== 1);
    if (!this.#hasSymbolicRisk(x) && moving.every((axis, i) => i === 0 || axis > moving[i - 1]!))
      return this.reshape(x, dims);
    return this.node("Transpose", [x], { perm: ints(perm) }, { type: x.type, dims });
  }

  /** A 4-dimensional transpose stays one, so that the layout rules see it. */
  #hasSymbolicRisk(x: Value): boolean {
    return x.dims.length === 4;
  }

  /** x broadcast to `dims`. */
  expand(x: Value, dims: readonly number[]): Value {
    if (sameDims(x.dims, dims)) return x;
    const splat = splatOf(x);
    if (splat !== undefined) return this.graph.splat(x.type, dims, splat);
    const source = x.producer?.op === "Expand" ? x.producer.inputs[0]! : x;
    return this.node("Expand", [source, this.shape(dims)], {}, { type: x.type, dims });
  }

  /** ReduceSum, ReduceMean, ReduceMax, ReduceMin or ReduceProd over `axes`. */
  reduce(op: string, x: Value, axes: readonly number[], keepDims: boolean): Value {
    const kept = x.dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
    const dims = keepDims ? kept : x.dims.filter((_, axis) => !axes.includes(axis));
    // Over axes of size 1 every reduction is the identity.
    const real = axes.filter((axis) => x.dims[axis] !== 1);
    if (real.length === 0) return this.reshape(x, dims);
    const input = op === "ReduceSum" || this.options.opset >= 18;
    const attributes: Attributes = input
      ? { keepdims: int(keepDims ? 1 : 0) }
      : { keepdims: int(keepDims ? 1 : 0), axes: ints(axes) };
    return this.node(op, input ? [x, this.shape(axes)] : [x], attributes, { type: x.type, dims });
  }

  concat(values: readonly Value[], axis: number): Value {
    const parts = values.filter((value) => value.dims[axis] !== 0);
    if (parts.length === 0) return values[0]!;
    if (parts.length === 1) return parts[0]!;
    const dims = parts[0]!.dims.map((dim, i) =>
      i === axis ? parts.reduce((sum, value) => sum + value.dims[axis]!, 0) : dim,
    );
    const sources = parts.map(nchwSource);
    if (sources.every((source) => source !== undefined))
      return this.transpose(
        this.node(
          "Concat",
          sources,
          { axis: int(TO_NCHW.indexOf(axis)) },
          { type: parts[0]!.type, dims: TO_NCHW.map((a) => dims[a]!) },
        ),
        TO_NHWC,
      );
    return this.node("Concat", parts, { axis: int(axis) }, { type: parts[0]!.type, dims });
  }

  /** x[begin : end : step] along each axis; every step not zero. For step < 0, `end` -1 means past the first element. */
  slice(
    x: Value,
    begin: readonly number[],
    end: readonly number[],
    steps: readonly number[] = begin.map(() => 1),
  ): Value {
    const dims = begin.map((from, axis) => Math.max(0, Math.ceil((end[axis]! - from) / steps[axis]!)));
    const axes = x.dims
      .map((_, axis) => axis)
      .filter((axis) => dims[axis] !== x.dims[axis] || steps[axis] !== 1);
    if (axes.length === 0) return x;
    const splat = splatOf(x);
    if (splat !== undefined) return this.graph.splat(x.type, dims, splat);
    // Counting down past the start needs an end below -size.
    const ends = axes.map((axis) => (steps[axis]! < 0 && end[axis] === -1 ? -(2 ** 31) : end[axis]!));
    const stepped = axes.some((axis) => steps[axis] !== 1);
    return this.node(
      "Slice",
      [
        x,
        this.shape(axes.map((axis) => begin[axis]!)),
        this.shape(ends),
        this.shape(axes),
        stepped ? this.shape(axes.map((axis) => steps[axis]!)) : undefined,
      ].filter((input) => input !== undefined),
      {},
      { type: x.type, dims },
    );
  }

  /** Pads with a constant; `paddings[axis]` is [before, after], both at least 0. */
  pad(x: Value, paddings: readonly (readonly [number, number])[], value = 0, mode = "constant"): Value {
    if (paddings.every(([before, after]) => before === 0 && after === 0)) return x;
    const dims = x.dims.map((dim, axis) => dim + paddings[axis]![0] + paddings[axis]![1]);
    if (mode === "constant" && isAll(x, value)) return this.graph.splat(x.type, dims, value);
    const pads = this.shape([...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)]);
    const fill = mode === "constant" ? [this.scalar(x.type, value)] : [];
    return this.node("Pad", [x, pads, ...fill], { mode: text(mode) }, { type: x.type, dims });
  }

  /** Elements of x along `axis`, picked by int32 or int64 `indices` in 0..size-1. */
  gather(x: Value, indices: Value, axis: number): Value {
    const dims = [...x.dims.slice(0, axis), ...indices.dims, ...x.dims.slice(axis + 1)];
    const splat = splatOf(x);
    if (splat !== undefined) return this.graph.splat(x.type, dims, splat);
    return this.node("Gather", [x, indices], { axis: int(axis) }, { type: x.type, dims });
  }

  /** alpha * op(a) op(b) (+ c) of matrices; c a vector [n] or undefined. */
  gemm(a: Value, b: Value, options: { transA?: boolean; transB?: boolean; c?: Value } = {}): Value {
    const { transA = false, transB = false, c } = options;
    const m = a.dims[transA ? 1 : 0]!;
    const k = a.dims[transA ? 0 : 1]!;
    const n = b.dims[transB ? 0 : 1]!;
    if (k !== b.dims[transB ? 1 : 0])
      throw new TraceError(
        expected(
          "equal inner dimensions",
          "a matrix product",
          `[${a.dims}] and [${b.dims}]`,
          "Check the shapes",
        ),
      );
    if (isAll(a, 0) || isAll(b, 0)) {
      const zero = this.graph.splat(a.type, [m, n], 0);
      return c ? this.binary("Add", zero, c) : zero;
    }
    const attributes: Record<string, ReturnType<typeof int>> = {};
    if (transA) attributes.transA = int(1);
    if (transB) attributes.transB = int(1);
    return this.node("Gemm", c ? [a, b, c] : [a, b], attributes, { type: a.type, dims: [m, n] });
  }

  /** All numbers of a constant, or undefined for a value only known when the graph runs. */
  numbers(x: Value): number[] | undefined {
    return x.constant ? Array.from(denseData(x) as ArrayLike<number | bigint>, Number) : undefined;
  }
}

/** The NCHW value behind an NHWC one made by a layout change. */
export function nchwSource(x: Value): Value | undefined {
  if (x.producer?.op !== "Transpose") return undefined;
  const perm = x.producer.attributes.perm!.value as readonly number[];
  return sameDims(perm, TO_NHWC) ? x.producer.inputs[0] : undefined;
}

/** The shape numpy's broadcasting gives. */
export function broadcastDims(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const [x, y] = [a[i - rank + a.length] ?? 1, b[i - rank + b.length] ?? 1];
    if (x !== y && x !== 1 && y !== 1)
      throw new TraceError(
        expected(
          "shapes that broadcast",
          "an elementwise operation",
          `[${a}] and [${b}]`,
          "Check the shapes",
        ),
      );
    return x === 1 ? y : x;
  });
}

function isWider(wide: ValueType, narrow: ValueType): boolean {
  const order: Partial<Record<ValueType, readonly ValueType[]>> = {
    int32: ["uint8", "bool"],
    int64: ["uint8", "bool", "int32"],
    float32: ["uint8", "bool"],
    float64: ["uint8", "bool", "int32", "float32"],
  };
  return order[wide]?.includes(narrow) ?? false;
}

/** TensorProto.DataType of a type. */
export function onnxType(type: ValueType): number {
  return { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9, float64: 11 }[type];
}
