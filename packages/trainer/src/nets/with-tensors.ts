/** Plain weights as tensors for as long as something is traced with them. */

import * as tf from "@tensorflow/tfjs";
import type { Tensors } from "./layers.js";
import type { PlainState } from "./parameters.js";

/** What `use` makes of the weights; they are freed when it returns. */
export function withTensors<T>(plain: PlainState, use: (weights: Tensors) => T): T {
  const weights: Tensors = {};
  for (const [name, { data, dims }] of Object.entries(plain))
    weights[name] = tf.tensor(data as Float32Array, [...dims]);
  try {
    return use(weights);
  } finally {
    tf.dispose(weights);
  }
}
