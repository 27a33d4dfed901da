/** Matrix products: a Gemm for one matrix, a MatMul for a batch of them. */

import * as tf from "@tensorflow/tfjs";
import { isAll, text, type Value } from "../graph.js";
import { broadcastDims, type Ops } from "../ops.js";
import { activate } from "./activation.js";
import { add } from "./binary.js";
import { type Lowering, lowering } from "./lowering.js";

/** op(a) op(b) of [..., m, k] and [..., k, n]; leading axes broadcast. */
export function matmul(ops: Ops, a: Value, b: Value, transA: boolean, transB: boolean): Value {
  const outer = broadcastDims(a.dims.slice(0, -2), b.dims.slice(0, -2));
  const dims = [...outer, a.dims.at(transA ? -1 : -2)!, b.dims.at(transB ? -2 : -1)!];
  if (isAll(a, 0) || isAll(b, 0)) return ops.graph.splat(a.type, dims, 0);
  if (outer.every((dim) => dim === 1) && a.type === "float32") {
    const flat = (x: Value) => ops.reshape(x, x.dims.slice(-2));
    return ops.reshape(ops.gemm(flat(a), flat(b), { transA, transB }), dims);
  }
  const swapped = (x: Value, transpose: boolean) => {
    const rank = x.dims.length;
    const perm = x.dims.map((_, axis) => axis);
    return transpose ? ops.transpose(x, [...perm.slice(0, -2), rank - 1, rank - 2]) : x;
  };
  return ops.node("MatMul", [swapped(a, transA), swapped(b, transB)], {}, { type: a.type, dims });
}

/** The shape that an equation such as "bij,bjk->bik" gives. */
function einsumDims(equation: string, inputs: readonly Value[]): number[] {
  const [left, right] = equation.replace(/\s/g, "").split("->") as [string, string];
  const sizes = new Map<string, number>();
  left.split(",").forEach((labels, i) => {
    [...labels].forEach((label, axis) => {
      sizes.set(label, inputs[i]!.dims[axis]!);
    });
  });
  return [...right].map((label) => sizes.get(label)!);
}

export const matmulKernels: Record<string, Lowering> = {
  Einsum: lowering<tf.EinsumAttrs>(({ ops, inputs, attrs }) => {
    const list = Object.values(inputs);
    const equation = attrs.equation.replace(/\s/g, "");
    const { allDims, idDims } = tf.backend_util.decodeEinsumEquation(equation, list.length);
    const shaped = list.map(({ dims }) => ({ shape: [...dims] }) as tf.Tensor);
    tf.backend_util.checkEinsumDimSizes(allDims.length, idDims, shaped);
    const output = { type: list[0]!.type, dims: einsumDims(equation, list) };
    return ops.node("Einsum", list, { equation: text(equation) }, output);
  }),
  BatchMatMul: lowering<tf.BatchMatMulAttrs>(({ ops, inputs, attrs }) =>
    matmul(ops, inputs.a!, inputs.b!, attrs.transposeA, attrs.transposeB),
  ),
  _FusedMatMul: lowering<tf._FusedMatMulAttrs>(({ ops, inputs, attrs }) => {
    const product = matmul(ops, inputs.a!, inputs.b!, attrs.transposeA, attrs.transposeB);
    const flat = product.dims.length === 3 && product.dims[0] === 1;
    const inner = flat ? ops.reshape(product, product.dims.slice(1)) : product;
    const biased = inputs.bias ? add(ops, inner, inputs.bias) : inner;
    const active = activate(
      ops,
      biased,
      attrs.activation,
      attrs.leakyreluAlpha,
      inputs.preluActivationWeights,
    );
    return ops.reshape(active, product.dims);
  }),
};
