/** Reductions over axes, and the positions of extremes. */

import * as tf from "@tensorflow/tfjs";
import { int, sizeOf, splatOf, type Value } from "../graph.js";
import { nchwSource, type Ops, TO_NCHW } from "../ops.js";
import { type Lowering, lowering } from "./lowering.js";

const axesOf = (axis: number | number[], x: Value): number[] => tf.util.parseAxisParam(axis, [...x.dims]);
const outDims = (x: Value, axes: readonly number[], keepDims: boolean): number[] =>
  keepDims
    ? x.dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim))
    : x.dims.filter((_, axis) => !axes.includes(axis));

/** Reduces in NCHW what was only brought to NHWC for tfjs. */
function reduceInPlace(ops: Ops, op: string, x: Value, axes: readonly number[], keepDims: boolean): Value {
  const source = nchwSource(x);
  const moved = axes.map((axis) => TO_NCHW.indexOf(axis));
  const kept = TO_NCHW.filter((axis) => !axes.includes(axis));
  const inOrder = kept.every((axis, i) => i === 0 || axis > kept[i - 1]!);
  if (!source || !inOrder) return ops.reduce(op, x, axes, keepDims);
  return ops.reshape(ops.reduce(op, source, moved, false), outDims(x, axes, keepDims));
}

/**
 * Sum or mean of all rows as a product with a row of ones: ONNX Runtime multiplies far faster than it reduces over
 * leading axes. Only for training steps, whose shapes are fixed.
 */
function rowSum(ops: Ops, x: Value, axes: readonly number[], keepDims: boolean): Value | undefined {
  const last = x.dims.length - 1;
  const leading = last > 0 && axes.length === last && !axes.includes(last);
  if (!leading || !ops.options.training || x.type !== "float32" || x.dims[last] === 1) return undefined;
  const rows = sizeOf(x.dims.slice(0, last));
  if (rows < 8) return undefined;
  const flat = ops.reshape(x, [rows, x.dims[last]!]);
  return ops.reshape(ops.gemm(ops.graph.splat("float32", [1, rows], 1), flat), outDims(x, axes, keepDims));
}

function sum(ops: Ops, x: Value, axes: number[], keepDims: boolean): Value {
  const dims = outDims(x, axes, keepDims);
  const splat = splatOf(x);
  const count = sizeOf(axes.map((axis) => x.dims[axis]!));
  if (splat !== undefined) return ops.graph.splat(x.type, dims, splat * count);
  return rowSum(ops, x, axes, keepDims) ?? reduceInPlace(ops, "ReduceSum", x, axes, keepDims);
}

function mean(ops: Ops, x: Value, axes: number[], keepDims: boolean): Value {
  const splat = splatOf(x);
  if (splat !== undefined) return ops.graph.splat("float32", outDims(x, axes, keepDims), splat);
  const wide = ops.cast(x, "float32");
  const total = rowSum(ops, wide, axes, keepDims);
  if (!total) return reduceInPlace(ops, "ReduceMean", wide, axes, keepDims);
  return ops.binary("Mul", total, ops.scalar("float32", 1 / sizeOf(axes.map((axis) => x.dims[axis]!))));
}

const extreme = (op: string): Lowering =>
  lowering<tf.MaxAttrs>(({ ops, inputs, attrs }) => {
    // The axes are called reductionIndices for Max, axis for Min.
    const { reductionIndices, axis } = attrs as tf.MaxAttrs & tf.MinAttrs;
    const x = inputs.x!.type === "bool" ? ops.cast(inputs.x!, "int32") : inputs.x!;
    const axes = axesOf(reductionIndices ?? axis, x);
    const found = ops.cast(reduceInPlace(ops, op, x, axes, attrs.keepDims), inputs.x!.type);
    if (!ops.options.exactNaN || x.type !== "float32") return found;
    const missing = ops.cast(ops.unary("IsNaN", x, {}, "bool"), "float32");
    const any = ops.cast(ops.reduce("ReduceMax", missing, axes, attrs.keepDims), "bool");
    return ops.where(any, ops.scalar("float32", Number.NaN), found);
  });

/** All and Any: the minimum or maximum of 0 and 1. */
const truth = (op: string): Lowering =>
  lowering<tf.AllAttrs>(({ ops, inputs, attrs }) => {
    const x = inputs.x!;
    return ops.cast(ops.reduce(op, ops.cast(x, "int32"), axesOf(attrs.axis, x), attrs.keepDims), "bool");
  });

/** x with what never wins in place of NaN. */
export function withoutNaN(ops: Ops, x: Value, isMax: boolean): Value {
  const never = ops.scalar("float32", isMax ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
  return ops.where(ops.unary("IsNaN", x, {}, "bool"), never, x);
}

const position = (op: string): Lowering =>
  lowering<tf.ArgMaxAttrs>(({ ops, inputs, attrs }) => {
    const given = inputs.x!.type === "bool" ? ops.cast(inputs.x!, "int32") : inputs.x!;
    const [axis] = axesOf(attrs.axis, given);
    const dims = given.dims.filter((_, i) => i !== axis);
    const x =
      ops.options.exactNaN && given.type === "float32" ? withoutNaN(ops, given, op === "ArgMax") : given;
    const found = ops.node(op, [x], { axis: int(axis!), keepdims: int(0) }, { type: "int64", dims });
    return ops.cast(found, "int32");
  });

/**
 * Running products by doubling: after step s each element is the product of the 2s before it. ONNX has no operator for it
 * up to operator set 25.
 */
function runningProduct(ops: Ops, x: Value, axis: number, exclusive: boolean, reverse: boolean): Value {
  const size = x.dims[axis]!;
  /** x moved by `by` places away from its start, ones moved in. */
  const shifted = (value: Value, by: number): Value => {
    const pads = x.dims.map((_, i): [number, number] =>
      i === axis ? (reverse ? [0, by] : [by, 0]) : [0, 0],
    );
    const padded = ops.pad(value, pads, 1);
    const from = x.dims.map((_, i) => (i === axis && reverse ? by : 0));
    return ops.slice(
      padded,
      from,
      from.map((start, i) => start + x.dims[i]!),
    );
  };
  let product = exclusive ? shifted(x, 1) : x;
  for (let step = 1; step < size; step *= 2) product = ops.binary("Mul", product, shifted(product, step));
  return product;
}

export const reductionKernels: Record<string, Lowering> = {
  Sum: lowering<tf.SumAttrs>(({ ops, inputs, attrs }) => {
    const x = inputs.x!.type === "bool" ? ops.cast(inputs.x!, "int32") : inputs.x!;
    return sum(ops, x, axesOf(attrs.axis, x), attrs.keepDims);
  }),
  Mean: lowering<tf.MeanAttrs>(({ ops, inputs, attrs }) =>
    mean(ops, inputs.x!, axesOf(attrs.axis, inputs.x!), attrs.keepDims),
  ),
  Max: extreme("ReduceMax"),
  Min: extreme("ReduceMin"),
  Prod: lowering<tf.ProdAttrs>(({ ops, inputs, attrs }) =>
    ops.reduce("ReduceProd", inputs.x!, axesOf(attrs.axis, inputs.x!), attrs.keepDims),
  ),
  Cumsum: lowering<tf.CumsumAttrs>(({ ops, inputs, attrs }) => {
    const x = inputs.x!;
    const [axis] = axesOf(attrs.axis, x);
    const position = ops.graph.constant("int64", [], BigInt64Array.of(BigInt(axis!)));
    const flags = { exclusive: int(Number(attrs.exclusive)), reverse: int(Number(attrs.reverse)) };
    return ops.node("CumSum", [x, position], flags, x);
  }),
  Cumprod: lowering<tf.CumprodAttrs>(({ ops, inputs, attrs }) => {
    const [axis] = axesOf(attrs.axis, inputs.x!);
    return runningProduct(ops, inputs.x!, axis!, attrs.exclusive, attrs.reverse);
  }),
  All: truth("ReduceMin"),
  Any: truth("ReduceMax"),
  ArgMax: position("ArgMax"),
  ArgMin: position("ArgMin"),
};
