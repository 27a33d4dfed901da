/** Bias and scale taken into the convolution or matrix product in front of them. */

import type { FusedActivation } from "../forms/form.js";
import { type GraphNode, isAll, sameDims, type Value } from "../graph.js";
import { nchwSource, type Ops } from "../ops.js";

/** The Conv, ConvTranspose or Gemm that made x, and how to hand a remake of it on. */
function productOf(
  ops: Ops,
  x: Value,
): { node: GraphNode; channels: number; remake: (inputs: (Value | undefined)[]) => Value } | undefined {
  const source = nchwSource(x);
  const channels = x.dims.at(-1)!;
  const node = (source ?? unreshaped(x)).producer;
  if (!node) return undefined;
  const output = node.outputs[0]!;
  const isConv = source !== undefined && (node.op === "Conv" || node.op === "ConvTranspose");
  const isGemm = source === undefined && node.op === "Gemm" && output.dims[1] === channels;
  if (!isConv && !isGemm) return undefined;
  const remake = (inputs: (Value | undefined)[]) => {
    const made = ops.node(node.op, inputs, node.attributes, output, node.domain);
    return isConv ? ops.transpose(made, [0, 2, 3, 1]) : ops.reshape(made, x.dims);
  };
  return { node, channels, remake };
}

/** What a reshape was made from. */
const unreshaped = (x: Value): Value => (x.producer?.op === "Reshape" ? x.producer.inputs[0]! : x);

/** b as a vector [channels] when it is one under leading axes of size 1, else undefined. */
function asVector(ops: Ops, b: Value, channels: number): Value | undefined {
  if (b.type !== "float32" || b.dims.length === 0 || b.dims.length > 4) return undefined;
  const leading = b.dims.slice(0, -1).every((dim) => dim === 1);
  return leading && b.dims.at(-1) === channels ? ops.reshape(b, [channels]) : undefined;
}

/** x + b as one node with the product that made x; undefined when x has none, or has a bias that is not constant. */
export function addBias(ops: Ops, x: Value, b: Value): Value | undefined {
  const fusable = ops.fusable.get(x);
  if (fusable) {
    const vector = x.dims.length >= b.dims.length ? asVector(ops, b, x.dims.at(-1)!) : undefined;
    const taken = fusable.epilogue.bias ?? fusable.epilogue.activation;
    return vector && !taken ? fusable.remake({ bias: vector }) : undefined;
  }
  const product = productOf(ops, x);
  const vector = product && x.dims.length >= b.dims.length ? asVector(ops, b, product.channels) : undefined;
  if (!product || !vector) return undefined;
  const [input, weight, old] = product.node.inputs;
  if (!old) return product.remake([input, weight, vector]);
  if (!old.constant || !vector.constant || !sameDims(old.dims, vector.dims)) return undefined;
  return product.remake([input, weight, ops.binary("Add", old, vector)]);
}

/** x * s with s constant and per channel, folded into constant weights (inference batch norm); else undefined. */
export function scaleWeights(ops: Ops, x: Value, s: Value): Value | undefined {
  const product = s.constant && x.dims.length >= s.dims.length ? productOf(ops, x) : undefined;
  const vector = product ? asVector(ops, s, product.channels) : undefined;
  if (!product || !vector) return undefined;
  const [input, weight, old] = product.node.inputs;
  if (!weight?.constant || (old && !old.constant) || isAll(vector, 1)) return undefined;
  const { op, attributes } = product.node;
  if (attributes.group && op !== "Conv") return undefined;
  // Output channels: axis 0 of Conv, axis 1 of ConvTranspose, the columns of Gemm (its rows when transB).
  const shape =
    op === "Conv"
      ? [product.channels, 1, 1, 1]
      : op === "ConvTranspose"
        ? [1, product.channels, 1, 1]
        : attributes.transB
          ? [product.channels, 1]
          : [1, product.channels];
  const scaled = ops.binary("Mul", weight, ops.reshape(vector, shape));
  return product.remake(old ? [input, scaled, ops.binary("Mul", old, vector)] : [input, scaled]);
}

/** activation(x) as one node with the product that made x; undefined where that has no room for it. */
export function addActivation(ops: Ops, x: Value, activation: FusedActivation): Value | undefined {
  const fusable = ops.fusable.get(x);
  if (!fusable || fusable.epilogue.activation) return undefined;
  return fusable.remake({ ...fusable.epilogue, activation });
}
