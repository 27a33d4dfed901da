/** Kernels that count, look up in sorted rows, or tell different elements apart. */

import * as tf from "@tensorflow/tfjs";
import { int, sizeOf, type Value } from "../graph.js";
import type { Ops } from "../ops.js";
import { type Lowering, lowering } from "./lowering.js";

const range = (ops: Ops, size: number): Value =>
  ops.graph.constant(
    "int32",
    [size],
    Int32Array.from({ length: size }, (_, i) => i),
  );

/** x [rows, n] of bins, weights [rows, n] or empty -> [rows, size]; bins outside 0..size-1 count nowhere. */
function binCounts(ops: Ops, x: Value, weights: Value, size: number, binary: boolean): Value {
  const [rows, n] = x.dims as [number, number];
  const dims = [rows, size];
  if (sizeOf(x.dims) === 0 || size === 0) return ops.graph.splat(weights.type, dims, 0);
  const hit = ops.binary("Equal", ops.reshape(x, [rows, n, 1]), range(ops, size), "bool");
  const ones = ops.cast(hit, "float32");
  if (binary) return ops.cast(ops.reduce("ReduceMax", ones, [1], false), weights.type);
  const weighted =
    sizeOf(weights.dims) === 0
      ? ones
      : ops.binary("Mul", ones, ops.reshape(ops.cast(weights, "float32"), [rows, n, 1]));
  return ops.cast(ops.reduce("ReduceSum", weighted, [1], false), weights.type);
}

/** How many of each sorted row lie before each value. */
function searchSorted(ops: Ops, sorted: Value, values: Value, side: string): Value {
  const [rows, n] = sorted.dims as [number, number];
  const m = values.dims[1]!;
  if (n === 0 || m === 0) return ops.graph.splat("int32", [rows, m], 0);
  const type = sorted.type === "bool" ? "int32" : sorted.type;
  const left = ops.reshape(ops.cast(sorted, type), [rows, 1, n]);
  const right = ops.reshape(ops.cast(values, type), [rows, m, 1]);
  const before = ops.binary(side === "left" ? "Less" : "LessOrEqual", left, right, "bool");
  return ops.reduce("ReduceSum", ops.cast(before, "int32"), [2], false);
}

/** Different slices along an axis in the order of their first, and which of them each slice is. */
function unique(ops: Ops, x: Value, axis: number): Value[] {
  const type = x.type === "float32" ? x.type : "int64";
  const found = x.dims.map((dim, i) => (i === axis ? ops.unknownDim() : dim));
  const count = found[axis]!;
  const node = ops.graph.add("Unique", [ops.cast(x, type)], { axis: int(axis), sorted: int(0) }, [
    { type, dims: found },
    { type: "int64", dims: [count] },
    { type: "int64", dims: [x.dims[axis]!] },
    { type: "int64", dims: [count] },
  ]);
  return [ops.cast(node.outputs[0]!, x.type), ops.cast(node.outputs[2]!, "int32")];
}

/** Rows of x picked by `indices`, added up (or averaged) by their ids, which ascend; as many rows as the last id says. */
function sparseSegments(
  ops: Ops,
  { data, indices, segmentIds }: Record<string, Value>,
  mean: boolean,
): Value {
  const [x, at, ids] = [data!, indices!, segmentIds!];
  const rest = x.dims.slice(1);
  const n = ids.dims[0]!;
  if (n === 0) return ops.graph.splat(x.type, [0, ...rest], 0);
  const rows = ops.unknownDim();
  const last = ops.reduce("ReduceMax", ops.cast(ids, "int64"), [0], false);
  const end = ops.binary("Add", last, ops.graph.splat("int64", [], 1));
  const bounds = [ops.graph.splat("int64", [], 0), end, ops.graph.splat("int64", [], 1)];
  const segments = ops.node("Range", bounds, {}, { type: "int64", dims: [rows] });
  const column = ops.node("Unsqueeze", [segments, ops.shape([1])], {}, { type: "int64", dims: [rows, 1] });
  const hit = ops.binary("Equal", column, ops.reshape(ops.cast(ids, "int64"), [1, n]), "bool");
  const member = ops.cast(hit, "float32");
  const flat = ops.reshape(ops.cast(ops.gather(x, at, 0), "float32"), [n, sizeOf(rest)]);
  const sum = ops.node("MatMul", [member, flat], {}, { type: "float32", dims: [rows, sizeOf(rest)] });
  const count = ops.reduce("ReduceSum", member, [1], true);
  const shared = mean ? ops.binary("Div", sum, ops.binary("Max", count, ops.scalar("float32", 1))) : sum;
  const shape = ops.shape([-1, ...rest]);
  const shaped =
    rest.length === 1
      ? shared
      : ops.node("Reshape", [shared, shape], {}, { type: "float32", dims: [rows, ...rest] });
  return ops.cast(shaped, x.type);
}

export const countingKernels: Record<string, Lowering> = {
  Bincount: lowering<tf.BincountAttrs>(({ ops, inputs, attrs }) => {
    const x = ops.reshape(inputs.x!, [1, sizeOf(inputs.x!.dims)]);
    return ops.reshape(binCounts(ops, x, inputs.weights!, attrs.size, false), [attrs.size]);
  }),
  DenseBincount: lowering<tf.DenseBincountAttrs>(({ ops, inputs, attrs }) => {
    const { size, binaryOutput = false } = attrs;
    const x = inputs.x!;
    const rows = x.dims.length === 2 ? x : ops.reshape(x, [1, sizeOf(x.dims)]);
    const counts = binCounts(ops, rows, inputs.weights!, size, binaryOutput && x.dims.length === 2);
    return x.dims.length === 2 ? counts : ops.reshape(counts, [size]);
  }),
  SearchSorted: lowering<tf.SearchSortedAttrs>(({ ops, inputs, attrs }) =>
    searchSorted(ops, inputs.sortedSequence!, inputs.values!, attrs.side),
  ),
  Unique: lowering<tf.UniqueAttrs>(({ ops, inputs, attrs }) => {
    const [axis] = tf.util.parseAxisParam(attrs.axis, [...inputs.x!.dims]);
    return unique(ops, inputs.x!, axis!);
  }),
  /** The indices of what is true, [found, rank]. */
  Where: ({ ops, inputs }) => {
    const condition = ops.cast(inputs.condition!, "bool");
    const [rank, found] = [condition.dims.length, ops.unknownDim()];
    const indices = ops.node("NonZero", [condition], {}, { type: "int64", dims: [rank, found] });
    return ops.cast(ops.transpose(indices, [1, 0]), "int32");
  },
  SparseSegmentSum: ({ ops, inputs }) => sparseSegments(ops, inputs, false),
  SparseSegmentMean: ({ ops, inputs }) => sparseSegments(ops, inputs, true),
};
