/** Small nets of dense layers: critics of codes, and nets from a context to a mixture. */

import * as tf from "@tensorflow/tfjs";
import { addBias, dense, type Tensors } from "./layers.js";
import { bias, type ParameterSpec, type Part, weights } from "./parameters.js";

/**
 * Weights of a net of dense layers named `<part>/<name>0`, `<name>1`, ...
 *
 * @param sizes - from the input's to the output's
 */
export function denseSpecs(part: Part, name: string, sizes: readonly number[]): ParameterSpec[] {
  return sizes.slice(1).flatMap((size, i) => {
    const last = i === sizes.length - 2;
    return [
      weights(part, `${name}${i}`, [sizes[i]!, size], sizes[i]!, last),
      bias(part, `${name}${i}`, size),
    ];
  });
}

/** x [n, in] through `layers` dense layers; the last has no activation. Returns [n, out]. */
export function denseNet(
  params: Tensors,
  name: string,
  x: tf.Tensor,
  layers: number,
  activation: (x: tf.Tensor) => tf.Tensor = (h) => tf.leakyRelu(h, 0.2),
): tf.Tensor2D {
  let h = x;
  for (let i = 0; i < layers; i++) {
    h = addBias(params, `${name}${i}`, dense(params, `${name}${i}`, h));
    if (i < layers - 1) h = activation(h);
  }
  return h as tf.Tensor2D;
}
