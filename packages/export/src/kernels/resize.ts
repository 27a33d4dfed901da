/** Resizing of NHWC images: interpolation along one axis is a product with a constant matrix, its gradient the transpose. */

import type * as tf from "@tensorflow/tfjs";
import { sizeOf, type Value } from "../graph.js";
import { nchwSource, type Ops } from "../ops.js";
import { type Lowering, lowering } from "./lowering.js";

type Resize = tf.ResizeBilinearAttrs;

/** The position in the input, in pixels, that output pixel `at` is read from. */
function sourceOf(at: number, size: number, out: number, attrs: Resize): number {
  const corners = attrs.alignCorners && out > 1;
  const ratio = corners ? (size - 1) / (out - 1) : size / out;
  return attrs.halfPixelCenters ? ratio * (at + 0.5) : ratio * at;
}

/** Which input pixel each output pixel copies. */
function nearestIndex(size: number, out: number, attrs: Resize): Int32Array {
  const round = attrs.alignCorners ? Math.round : Math.floor;
  return Int32Array.from({ length: out }, (_, at) =>
    Math.max(0, Math.min(size - 1, round(sourceOf(at, size, out, attrs)))),
  );
}

/** [out, size]: each row holds the weights of the input pixels. */
function nearestMatrix(size: number, out: number, attrs: Resize): Float32Array {
  const matrix = new Float32Array(out * size);
  nearestIndex(size, out, attrs).forEach((from, at) => {
    matrix[at * size + from] = 1;
  });
  return matrix;
}

function bilinearMatrix(size: number, out: number, attrs: Resize): Float32Array {
  const matrix = new Float32Array(out * size);
  for (let at = 0; at < out; at++) {
    const from = sourceOf(at, size, out, attrs) - (attrs.halfPixelCenters ? 0.5 : 0);
    const low = Math.max(0, Math.floor(from));
    const high = Math.min(size - 1, Math.ceil(from));
    // Outside the image low and high are the same border pixel, and the two weights add up to 1.
    matrix[at * size + low]! += 1 - (from - low);
    matrix[at * size + high]! += from - low;
  }
  return matrix;
}

type MatrixOf = (size: number, out: number, attrs: Resize) => Float32Array;

/** matrix [rows, size] applied along one axis of x, or its transpose [size, rows]. */
function along(
  ops: Ops,
  x: Value,
  axis: number,
  matrix: Float32Array,
  rows: number,
  transpose: boolean,
): Value {
  const size = matrix.length / rows;
  const stored = ops.graph.constant("float32", [rows, size], matrix);
  const operator = transpose ? ops.transpose(stored, [1, 0]) : stored;
  const [out, inner] = [operator.dims[0]!, sizeOf(x.dims.slice(axis + 1))];
  const outer = sizeOf(x.dims.slice(0, axis));
  const dims = [...x.dims.slice(0, axis), out, ...x.dims.slice(axis + 1)];
  if (inner === 1)
    return ops.reshape(ops.gemm(ops.reshape(x, [outer, x.dims[axis]!]), operator, { transB: true }), dims);
  const flat = ops.reshape(x, [outer, x.dims[axis]!, inner]);
  const product = ops.node("MatMul", [operator, flat], {}, { type: "float32", dims: [outer, out, inner] });
  return ops.reshape(product, dims);
}

/** Applies `step` along height and width, in the layout the value already has. */
function perAxis(ops: Ops, x: Value, step: (x: Value, axis: number, which: 0 | 1) => Value): Value {
  const source = nchwSource(x);
  if (!source) return step(step(x, 2, 1), 1, 0);
  return ops.transpose(step(step(source, 3, 1), 2, 0), [0, 2, 3, 1]);
}

const forward = (matrixOf: MatrixOf): Lowering =>
  lowering<Resize>(({ ops, inputs, attrs }) =>
    perAxis(ops, ops.cast(inputs.images!, "float32"), (x, axis, which) =>
      along(ops, x, axis, matrixOf(x.dims[axis]!, attrs.size[which], attrs), attrs.size[which], false),
    ),
  );

/** The exact adjoint. (tfjs's own cpu kernels leave out halfPixelCenters here.) */
const backward = (matrixOf: MatrixOf): Lowering =>
  lowering<Resize>(({ ops, inputs, attrs }) => {
    const size = inputs.images!.dims.slice(1, 3);
    return perAxis(ops, inputs.dy!, (dy, axis, which) =>
      along(ops, dy, axis, matrixOf(size[which]!, dy.dims[axis]!, attrs), dy.dims[axis]!, true),
    );
  });

export const resizeKernels: Record<string, Lowering> = {
  ResizeBilinear: forward(bilinearMatrix),
  ResizeBilinearGrad: backward(bilinearMatrix),
  ResizeNearestNeighbor: lowering<Resize>(({ ops, inputs, attrs }) =>
    perAxis(ops, inputs.images!, (x, axis, which) => {
      const index = nearestIndex(x.dims[axis]!, attrs.size[which], attrs);
      return ops.gather(x, ops.graph.constant("int32", [index.length], index), axis);
    }),
  ),
  ResizeNearestNeighborGrad: backward(nearestMatrix),
};
