/** Kernels that read or write slices at index tuples. Indices outside the tensor are an error of the runtime, as in tfjs. */

import type * as tf from "@tensorflow/tfjs";
import { sizeOf, text, type Value } from "../graph.js";
import type { Ops } from "../ops.js";
import { type Lowering, lowering } from "./lowering.js";

/** Index tuples [count, rank] and the updates of each, as slices of a tensor of shape `dims`. */
function flattened(ops: Ops, indices: Value, updates: Value, dims: readonly number[]) {
  const rank = indices.dims.length > 1 ? indices.dims.at(-1)! : 1;
  const count = sizeOf(indices.dims) / Math.max(1, rank);
  const slice = [count, ...dims.slice(rank)];
  const whole = updates.dims.length === 0 ? ops.expand(updates, slice) : ops.reshape(updates, slice);
  return { tuples: ops.cast(ops.reshape(indices, [count, rank]), "int64"), updates: whole };
}

/** `base` with `updates` written at the tuples; of equal tuples the last wins. */
function overwrite(ops: Ops, base: Value, indices: Value, updates: Value): Value {
  if (sizeOf(indices.dims) === 0) return base;
  const parts = flattened(ops, indices, updates, base.dims);
  return ops.node("ScatterND", [base, parts.tuples, parts.updates], {}, base);
}

/** Zeros with `updates` added at the tuples. */
function scatterSum(ops: Ops, indices: Value, updates: Value, dims: readonly number[]): Value {
  const type = updates.type === "bool" ? "int32" : updates.type;
  const zeros = ops.graph.splat(type, dims, 0);
  if (sizeOf(indices.dims) === 0 || sizeOf(dims) === 0) return ops.cast(zeros, updates.type);
  const parts = flattened(ops, indices, ops.cast(updates, type), dims);
  ops.needOpset(16, "ScatterND with a reduction");
  const inputs = [zeros, parts.tuples, parts.updates];
  return ops.cast(ops.node("ScatterND", inputs, { reduction: text("add") }, zeros), updates.type);
}

export function gatherNd(ops: Ops, params: Value, indices: Value): Value {
  const rank = indices.dims.at(-1)!;
  const dims = [...indices.dims.slice(0, -1), ...params.dims.slice(rank)];
  if (rank === 0) return ops.expand(params, dims);
  if (sizeOf(dims) === 0) return ops.graph.splat(params.type, dims, 0);
  return ops.node("GatherND", [params, ops.cast(indices, "int64")], {}, { type: params.type, dims });
}

export const scatterKernels: Record<string, Lowering> = {
  GatherNd: ({ ops, inputs }) => gatherNd(ops, inputs.params!, inputs.indices!),
  ScatterNd: lowering<tf.ScatterNdAttrs>(({ ops, inputs, attrs }) =>
    scatterSum(ops, inputs.indices!, inputs.updates!, attrs.shape),
  ),
  TensorScatterUpdate: ({ ops, inputs }) => overwrite(ops, inputs.tensor!, inputs.indices!, inputs.updates!),
  SparseToDense: lowering<tf.SparseToDenseAttrs>(({ ops, inputs, attrs }) => {
    const base = ops.expand(ops.reshape(inputs.defaultValue!, []), attrs.outputShape);
    return overwrite(ops, base, inputs.sparseIndices!, inputs.sparseValues!);
  }),
};
