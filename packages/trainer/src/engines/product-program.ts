/** A matrix product as a program: what an engine reaches at best is the limit of every step. */

import * as tf from "@tensorflow/tfjs";
import type { Program } from "../models/program.js";
import type { PlainState } from "../nets/parameters.js";

/** Sizes of a product [m, k] x [k, n]. */
export interface ProductSizes {
  m: number;
  k: number;
  n: number;
}

/** Operands of a product, all of them 1 / 2: no denormals, no overflow. */
export function productState({ m, k, n }: ProductSizes): PlainState {
  const filled = (rows: number, columns: number) =>
    ({ dims: [rows, columns], type: "float32", data: new Float32Array(rows * columns).fill(0.5) }) as const;
  return { a: filled(m, k), b: filled(k, n) };
}

/** The product of the state's entries a and b; one value of it comes back, so that nothing else is timed. */
export function productProgram({ m, k, n }: ProductSizes): Program {
  return {
    name: `product-${m}x${k}x${n}`,
    reads: ["a", "b"],
    batch: {},
    hyper: [],
    run: (state) => ({
      state: {},
      outputs: {
        corner: tf.slice(tf.matMul(state.a as tf.Tensor2D, state.b as tf.Tensor2D), [0, 0], [1, 1]),
      },
    }),
  };
}
