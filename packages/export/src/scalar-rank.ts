/** The rank in which a scalar meets a tensor. */

import type { Graph, Value } from "./graph.js";

/**
 * A constant of one element in the rank of the tensor it meets, where that ends in a dimension of 1: with another rank
 * ONNX Runtime broadcasts to one element at a time on the CPU, which takes twenty times as long ([64, 28, 28, 1] / []).
 * Anything else as it is.
 */
export function inRankOf(tensor: Value, x: Value, graph: Graph): Value {
  const ones = tensor.dims.map(() => 1);
  if (!x.constant || x.dims.length > 0 || ones.length < 2 || tensor.dims.at(-1) !== 1) return x;
  return graph.constant(x.type, ones, x.constant.data);
}
