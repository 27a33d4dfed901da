/** Gradients of a loss by weight name, with the other figures computed on the way. */

import * as tf from "@tensorflow/tfjs";
import type { Tensors } from "../nets/layers.js";

/**
 * d loss / d params for every entry of `params`.
 *
 * @param f - from the same names to the scalar loss and whatever else is worth keeping
 * @returns gradients by name, and `extra` (owned by the caller's tidy scope)
 */
export function gradients(
  params: Tensors,
  f: (params: Tensors) => { loss: tf.Scalar; extra: Tensors },
): { gradients: Tensors; extra: Tensors } {
  const names = Object.keys(params);
  const kept: Tensors = {};
  const { value, grads } = tf.valueAndGrads((...values: tf.Tensor[]) => {
    const { loss, extra } = f(Object.fromEntries(names.map((name, i) => [name, values[i]!])));
    for (const [key, tensor] of Object.entries(extra)) kept[key] = tf.keep(tf.clone(tensor));
    return loss;
  })(names.map((name) => params[name]!));
  value.dispose();
  const extra: Tensors = {};
  for (const [key, tensor] of Object.entries(kept)) {
    extra[key] = tf.clone(tensor);
    tensor.dispose();
  }
  return { gradients: Object.fromEntries(names.map((name, i) => [name, grads[i]!])), extra };
}

/** sqrt of the sum of squares over all gradients, scalar. */
export function gradientNorm(gradients: Tensors): tf.Tensor {
  const squares = Object.values(gradients).map((g) => tf.sum(tf.square(g)));
  return tf.sqrt(tf.addN(squares));
}
