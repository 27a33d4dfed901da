/** Adam (Kingma & Ba 2014, Algorithm 1) as pure functions. */

import * as tf from "@tensorflow/tfjs";
import type { Tensors } from "./nets/layers.js";

export const ADAM_EPSILON = 1e-8;

/** What changes from step to step, computed outside in float64. */
export interface AdamHyper {
  /** rate / (1 - beta1^t) */
  rate: tf.Scalar;
  /** 1 / sqrt(1 - beta2^t) */
  correction: tf.Scalar;
}

/** The scalars of Adam's t-th step, t from 1: theta -= rate * m / (correction * sqrt(v) + eps). */
export function adamScalars(learningRate: number, t: number, beta1: number, beta2: number) {
  return { rate: learningRate / (1 - beta1 ** t), correction: 1 / Math.sqrt(1 - beta2 ** t) };
}

/**
 * One step for every gradient given.
 *
 * @param state - weights by name, moments as `adam/m/<name>` and `adam/v/<name>`
 * @param gradients - by weight name
 * @param moments - what the names of the moments begin with, where a weight has several sets of them
 * @returns the changed entries of the state
 */
export function adamUpdate(
  state: Tensors,
  gradients: Tensors,
  hyper: AdamHyper,
  { beta1, beta2 }: { beta1: number; beta2: number },
  moments = "adam",
): Tensors {
  const next: Tensors = {};
  for (const [name, gradient] of Object.entries(gradients)) {
    const m = tf.add(tf.mul(state[`${moments}/m/${name}`]!, beta1), tf.mul(gradient, 1 - beta1));
    const v = tf.add(tf.mul(state[`${moments}/v/${name}`]!, beta2), tf.mul(tf.square(gradient), 1 - beta2));
    const scale = tf.add(tf.mul(tf.sqrt(v), hyper.correction), ADAM_EPSILON);
    next[`${moments}/m/${name}`] = m;
    next[`${moments}/v/${name}`] = v;
    next[name] = tf.sub(state[name]!, tf.mul(tf.div(m, scale), hyper.rate));
  }
  return next;
}
