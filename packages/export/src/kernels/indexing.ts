/** Kernels that pick by index: gather, one-hot, top-k, segment sums. */

import * as tf from "@tensorflow/tfjs";
import { int, sizeOf, type Value } from "../graph.js";
import type { Ops } from "../ops.js";
import { type Lowering, lowering } from "./lowering.js";

/** 1 where the index equals the position, along a new last axis; an index outside 0..depth-1 gives a row of 0. */
export function oneHot(ops: Ops, indices: Value, depth: number): Value {
  const positions = ops.graph.constant(
    "int32",
    [depth],
    Int32Array.from({ length: depth }, (_, i) => i),
  );
  const column = ops.reshape(indices, [...indices.dims, 1]);
  return ops.cast(ops.binary("Equal", column, positions, "bool"), "float32");
}

function gather(ops: Ops, x: Value, indices: Value, axis: number, batchDims: number): Value {
  if (batchDims === 0) return ops.gather(x, indices, axis);
  // Batches are laid end to end: entry i of batch b is row b * size + i.
  const outer = x.dims.slice(0, batchDims);
  const batches = sizeOf(outer);
  const between = x.dims.slice(batchDims, axis);
  if (sizeOf(between) !== 1) return batchedByProduct(ops, x, indices, axis, batchDims);
  const size = x.dims[axis]!;
  const rest = x.dims.slice(axis + 1);
  const perBatch = sizeOf(indices.dims.slice(batchDims));
  const offsets = ops.graph.constant(
    "int32",
    [batches, 1],
    Int32Array.from({ length: batches }, (_, batch) => batch * size),
  );
  const index = ops.binary("Add", ops.reshape(indices, [batches, perBatch]), offsets);
  const picked = ops.gather(
    ops.reshape(x, [batches * size, ...rest]),
    ops.reshape(index, [batches * perBatch]),
    0,
  );
  return ops.reshape(picked, [...outer, ...between, ...indices.dims.slice(batchDims), ...rest]);
}

/** The general batched case: the picked axis is brought forward first. */
function batchedByProduct(ops: Ops, x: Value, indices: Value, axis: number, batchDims: number): Value {
  const axes = x.dims.map((_, i) => i);
  const between = axes.slice(batchDims, axis);
  const forward = [...axes.slice(0, batchDims), axis, ...between, ...axes.slice(axis + 1)];
  const picked = gather(ops, ops.transpose(x, forward), indices, batchDims, batchDims);
  const count = indices.dims.length - batchDims;
  const out = picked.dims.map((_, i) => i);
  const back = [
    ...out.slice(0, batchDims),
    ...out.slice(batchDims + count, batchDims + count + between.length),
    ...out.slice(batchDims, batchDims + count),
    ...out.slice(batchDims + count + between.length),
  ];
  return ops.transpose(picked, back);
}

/** Sum of the rows of each segment, as a product with the one-hot matrix of the ids. Negative ids count nowhere. */
function segmentSum(ops: Ops, x: Value, ids: Value, segments: number): Value {
  const rows = sizeOf(ids.dims);
  const member = oneHot(ops, ops.reshape(ids, [rows]), segments);
  const rest = x.dims.slice(ids.dims.length);
  const flat = ops.reshape(ops.cast(x, "float32"), [rows, sizeOf(rest)]);
  return ops.cast(ops.reshape(ops.gemm(member, flat, { transA: true }), [segments, ...rest]), x.type);
}

export const indexingKernels: Record<string, Lowering> = {
  GatherV2: lowering<tf.GatherV2Attrs>(({ ops, inputs, attrs }) => {
    const [axis] = tf.util.parseAxisParam(attrs.axis, [...inputs.x!.dims]);
    const { x, indices } = inputs as { x: Value; indices: Value };
    const [from, at] = [{ shape: [...x.dims] } as tf.Tensor, { shape: [...indices.dims] } as tf.Tensor];
    tf.backend_util.segment_util.collectGatherOpShapeInfo(from, at, axis!, attrs.batchDims ?? 0);
    return gather(ops, x, indices, axis!, attrs.batchDims ?? 0);
  }),
  OneHot: lowering<tf.OneHotAttrs>(({ ops, inputs, attrs }) => {
    const hot = oneHot(ops, inputs.indices!, attrs.depth);
    const scaled = ops.binary("Mul", hot, ops.scalar("float32", attrs.onValue - attrs.offValue));
    const shifted = ops.binary("Add", scaled, ops.scalar("float32", attrs.offValue));
    return ops.cast(shifted, attrs.dtype === "int32" || attrs.dtype === "bool" ? attrs.dtype : "float32");
  }),
  TopK: lowering<tf.TopKAttrs>(({ ops, inputs, attrs }) => {
    const x = inputs.x!;
    const dims = [...x.dims.slice(0, -1), attrs.k];
    const node = ops.graph.add(
      "TopK",
      [x, ops.shape([attrs.k])],
      // tfjs puts the lower index first among equals, sorted or not; ONNX says so of sorted ones alone.
      { sorted: int(1) },
      [
        { type: x.type, dims },
        { type: "int64", dims },
      ],
    );
    return [node.outputs[0]!, ops.cast(node.outputs[1]!, "int32")];
  }),
  UnsortedSegmentSum: lowering<tf.UnsortedSegmentSumAttrs>(({ ops, inputs, attrs }) =>
    segmentSum(ops, inputs.x!, inputs.segmentIds!, attrs.numSegments),
  ),
};
