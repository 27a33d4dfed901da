/** Kernels that move, cut, join or repeat elements. */

import * as tf from "@tensorflow/tfjs";
import { sizeOf, splatOf, type Value, type ValueType } from "../graph.js";
import type { Ops } from "../ops.js";
import { type Lowering, lowering } from "./lowering.js";

/** Repeats x `reps[axis]` times along each axis; where x has size 1, by broadcasting. */
function tile(ops: Ops, x: Value, reps: readonly number[]): Value {
  const dims = x.dims.map((dim, axis) => dim * reps[axis]!);
  const splat = splatOf(x);
  if (splat !== undefined) return ops.graph.splat(x.type, dims, splat);
  if (reps.every((rep, axis) => rep === 1 || x.dims[axis] === 1)) return ops.expand(x, dims);
  return ops.node("Tile", [x, ops.shape(reps)], {}, { type: x.type, dims });
}

/** What a reversal was made of. */
const reversals = new WeakMap<Value, { readonly x: Value; readonly axes: readonly number[] }>();

/** x from its end to its start along each of `axes`; x itself where it is such a reversal of it. */
export function reverse(ops: Ops, x: Value, axes: readonly number[]): Value {
  const before = reversals.get(x);
  if (before && axes.length === before.axes.length && axes.every((axis) => before.axes.includes(axis)))
    return before.x;
  const down = (axis: number) => axes.includes(axis);
  const result = ops.slice(
    x,
    x.dims.map((dim, axis) => (down(axis) ? dim - 1 : 0)),
    x.dims.map((dim, axis) => (down(axis) ? -1 : dim)),
    unit(x).map((one, axis) => (down(axis) ? -one : one)),
  );
  if (result !== x) reversals.set(result, { x, axes });
  return result;
}

/** Slices of `sizes` along `axis`; unlike a Split, those nobody needs cost nothing. */
export function split(ops: Ops, x: Value, sizes: readonly number[], axis: number): Value[] {
  let from = 0;
  return sizes.map((size) => {
    const begin = x.dims.map((_, i) => (i === axis ? from : 0));
    const end = x.dims.map((dim, i) => (i === axis ? from + size : dim));
    from += size;
    return ops.slice(x, begin, end);
  });
}

/** Indices 0..size-1 mirrored outwards by `before` and `after`, the border element repeated. */
function mirrored(size: number, before: number, after: number): number[] {
  return Array.from({ length: before + size + after }, (_, i) => {
    const at = i - before;
    return at < 0 ? -at - 1 : at >= size ? 2 * size - 1 - at : at;
  });
}

function mirrorPad(ops: Ops, x: Value, paddings: [number, number][], mode: string): Value {
  if (mode === "reflect") return ops.pad(x, paddings, 0, "reflect");
  return paddings.reduce((value, [before, after], axis) => {
    if (before === 0 && after === 0) return value;
    const index = Int32Array.from(mirrored(value.dims[axis]!, before, after));
    return ops.gather(value, ops.graph.constant("int32", [index.length], index), axis);
  }, x);
}

function stridedSlice(ops: Ops, x: Value, attrs: tf.StridedSliceAttrs): Value {
  const info = tf.slice_util.sliceInfo(
    [...x.dims],
    attrs.begin,
    attrs.end,
    attrs.strides,
    attrs.beginMask,
    attrs.endMask,
    attrs.ellipsisMask,
    attrs.newAxisMask,
    attrs.shrinkAxisMask,
  );
  if (info.isIdentity) return ops.reshape(x, info.finalShape);
  if (sizeOf(info.finalShape) === 0) return ops.graph.splat(x.type, info.finalShape, 0);
  return ops.reshape(ops.slice(x, info.begin, info.end, info.strides), info.finalShape);
}

const unit = (x: Value): number[] => x.dims.map(() => 1);

export const shapeKernels: Record<string, Lowering> = {
  Identity: ({ inputs }) => inputs.x!,
  Cast: lowering<tf.CastAttrs>(({ ops, inputs, attrs }) => ops.cast(inputs.x!, attrs.dtype as ValueType)),
  Reshape: lowering<tf.ReshapeAttrs>(({ ops, inputs, attrs }) => {
    const x = inputs.x!;
    return ops.reshape(x, tf.util.inferFromImplicitShape(attrs.shape, sizeOf(x.dims)));
  }),
  ExpandDims: lowering<tf.ExpandDimsAttrs>(({ ops, inputs, attrs }) => {
    const dims = [...inputs.input!.dims];
    const rank = dims.length;
    tf.util.assert(
      attrs.dim >= -rank - 1 && attrs.dim <= rank,
      () => `Axis must be in [${-rank - 1}, ${rank}]`,
    );
    dims.splice(attrs.dim < 0 ? dims.length + 1 + attrs.dim : attrs.dim, 0, 1);
    return ops.reshape(inputs.input!, dims);
  }),
  Transpose: lowering<tf.TransposeAttrs>(({ ops, inputs, attrs }) => ops.transpose(inputs.x!, attrs.perm)),
  Slice: lowering<tf.SliceAttrs>(({ ops, inputs, attrs }) => {
    const x = inputs.x!;
    // The types of tfjs promise tensors here; the kernel gets plain shapes.
    const [begin, size] = tf.slice_util.parseSliceParams(
      { shape: [...x.dims] } as never,
      attrs.begin,
      attrs.size as number[],
    ) as number[][];
    tf.slice_util.assertParamsValid({ shape: [...x.dims] } as never, begin!, size!);
    return ops.slice(
      x,
      begin!,
      begin!.map((from, axis) => from + size![axis]!),
    );
  }),
  StridedSlice: lowering<tf.StridedSliceAttrs>(({ ops, inputs, attrs }) =>
    stridedSlice(ops, inputs.x!, attrs),
  ),
  SplitV: lowering<tf.SplitVAttrs>(({ ops, inputs, attrs }) => {
    const x = inputs.x!;
    const [axis] = tf.util.parseAxisParam(attrs.axis, [...x.dims]);
    const sizes = tf.backend_util.prepareSplitSize(
      { shape: [...x.dims] } as tf.Tensor,
      attrs.numOrSizeSplits,
      axis,
    );
    return split(ops, x, sizes, axis!);
  }),
  Unpack: lowering<tf.UnpackAttrs>(({ ops, inputs, attrs }) => {
    const x = inputs.value!;
    const [axis] = tf.util.parseAxisParam(attrs.axis, [...x.dims]);
    const parts = split(ops, x, Array<number>(x.dims[axis!]!).fill(1), axis!);
    return parts.map((part) =>
      ops.reshape(
        part,
        x.dims.filter((_, i) => i !== axis),
      ),
    );
  }),
  Concat: lowering<tf.ConcatAttrs>(({ ops, inputs, attrs }) => {
    const parts = Object.values(inputs);
    const [axis] = tf.util.parseAxisParam(attrs.axis, [...parts[0]!.dims]);
    tf.backend_util.assertParamsConsistent(
      parts.map((part) => [...part.dims]),
      axis!,
    );
    return ops.concat(parts, axis!);
  }),
  Pack: lowering<tf.PackAttrs>(({ ops, inputs, attrs }) => {
    const parts = Object.values(inputs);
    const axis = attrs.axis < 0 ? attrs.axis + parts[0]!.dims.length + 1 : attrs.axis;
    return ops.concat(
      parts.map((part) => ops.reshape(part, [...part.dims.slice(0, axis), 1, ...part.dims.slice(axis)])),
      axis,
    );
  }),
  PadV2: lowering<tf.PadV2Attrs>(({ ops, inputs, attrs }) =>
    ops.pad(inputs.x!, attrs.paddings, attrs.constantValue),
  ),
  MirrorPad: lowering<tf.MirrorPadAttrs>(({ ops, inputs, attrs }) =>
    mirrorPad(ops, inputs.x!, attrs.paddings, attrs.mode),
  ),
  Tile: lowering<tf.TileAttrs>(({ ops, inputs, attrs }) => tile(ops, inputs.x!, attrs.reps)),
  BroadcastTo: lowering<tf.BroadCastToAttrs>(({ ops, inputs, attrs }) => ops.expand(inputs.x!, attrs.shape)),
  Reverse: lowering<tf.ReverseAttrs>(({ ops, inputs, attrs }) =>
    reverse(ops, inputs.x!, tf.util.parseAxisParam(attrs.dims, [...inputs.x!.dims])),
  ),
  SpaceToBatchND: lowering<tf.SpaceToBatchNDAttrs>(({ ops, inputs, attrs }) => {
    const { blockShape, paddings } = attrs;
    const x = inputs.x!;
    const more = x.dims.slice(1 + blockShape.length).map((): [number, number] => [0, 0]);
    const padded = ops.pad(x, [[0, 0], ...(paddings as [number, number][]), ...more]);
    const count = sizeOf(blockShape);
    const { getReshaped, getPermuted, getReshapedPermuted } = tf.backend_util;
    const cut = ops.reshape(padded, getReshaped([...padded.dims], blockShape, count, false));
    const moved = ops.transpose(cut, getPermuted(cut.dims.length, blockShape.length, false));
    return ops.reshape(moved, getReshapedPermuted([...padded.dims], blockShape, count, false));
  }),
  BatchToSpaceND: lowering<tf.BatchToSpaceNDAttrs>(({ ops, inputs, attrs }) => {
    const { blockShape, crops } = attrs;
    const x = inputs.x!;
    const count = sizeOf(blockShape);
    const { getReshaped, getPermuted, getReshapedPermuted, getSliceBeginCoords, getSliceSize } =
      tf.backend_util;
    const cut = ops.reshape(x, getReshaped([...x.dims], blockShape, count));
    const moved = ops.transpose(cut, getPermuted(cut.dims.length, blockShape.length));
    const whole = ops.reshape(moved, getReshapedPermuted([...x.dims], blockShape, count));
    const begin = getSliceBeginCoords(crops, blockShape.length);
    const size = getSliceSize([...whole.dims], crops, blockShape.length);
    return ops.slice(
      whole,
      whole.dims.map((_, axis) => begin[axis] ?? 0),
      whole.dims.map((dim, axis) => (begin[axis] ?? 0) + (size[axis] ?? dim)),
    );
  }),
  /** x on the diagonal of a square of zeros, [...dims, ...dims]. */
  Diag: ({ ops, inputs }) => {
    const x = inputs.x!;
    const size = sizeOf(x.dims);
    const dims = [...x.dims, ...x.dims];
    if (size === 0) return ops.graph.splat(x.type, dims, 0);
    const eye = Uint8Array.from({ length: size * size }, (_, i) => Number(i % (size + 1) === 0));
    const type = x.type === "bool" ? "int32" : x.type;
    const row = ops.cast(ops.reshape(x, [1, size]), type);
    const square = ops.where(ops.graph.constant("bool", [size, size], eye), row, ops.scalar(type, 0));
    return ops.cast(ops.reshape(square, dims), x.type);
  },
  /** The shape that two shapes broadcast to. */
  BroadcastArgs: ({ ops, inputs }) => {
    const [a, b] = [inputs.s0!, inputs.s1!];
    const rank = Math.max(a.dims[0]!, b.dims[0]!);
    const padded = (x: Value) => ops.pad(x, [[rank - x.dims[0]!, 0]], 1);
    const [x, y] = [padded(a), padded(b)];
    return ops.where(ops.binary("Equal", x, ops.scalar("int32", 1), "bool"), y, x);
  },
  DepthToSpace: lowering<tf.DepthToSpaceAttrs>(({ ops, inputs, attrs }) => {
    const x = inputs.x!;
    const last = attrs.dataFormat === "NHWC";
    const [n, h, w, c] = (last ? x.dims : [0, 2, 3, 1].map((axis) => x.dims[axis])) as [
      number,
      number,
      number,
      number,
    ];
    const block = attrs.blockSize;
    const depth = c / (block * block);
    if (last) {
      const split6 = ops.reshape(x, [n, h, w, block, block, depth]);
      return ops.reshape(ops.transpose(split6, [0, 1, 3, 2, 4, 5]), [n, h * block, w * block, depth]);
    }
    const split6 = ops.reshape(x, [n, block, block, depth, h, w]);
    return ops.reshape(ops.transpose(split6, [0, 3, 4, 1, 5, 2]), [n, depth, h * block, w * block]);
  }),
};
