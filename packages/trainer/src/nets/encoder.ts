/** E and D: pictures or points inwards to cluster logits, codes or scores. */

import * as tf from "@tensorflow/tfjs";
import { addBias, batchNorm, convolve, dense, LEAK, type NormMode, type Tensors } from "./layers.js";
import type { NetPlan } from "./plan.js";

/**
 * A net inwards: its layers, then one dense layer.
 *
 * @param x - pictures [n, height, width, channels] in [-1, 1], or points [n, dim]
 * @param normed - whether its layers have batch norms
 * @returns features [n, F], the penultimate layer, and out [n, outputs]
 */
export function inward(
  part: "encoder" | "critic",
  plan: NetPlan,
  params: Tensors,
  x: tf.Tensor,
  mode: NormMode,
  normed = part === "encoder" && plan.batchNorm,
) {
  const activate = (h: tf.Tensor, layer: string, i: number) => {
    const full = normed ? batchNorm(params, `${part}/norm${i}`, h, mode) : addBias(params, layer, h);
    return plan.input.kind === "image" ? tf.leakyRelu(full, LEAK) : tf.relu(full);
  };
  let h = x;
  plan.convs.forEach((conv, i) => {
    const layer = `${part}/conv${i}`;
    h = activate(convolve(params, layer, h, conv.stride), layer, i);
  });
  if (plan.input.kind === "point")
    for (const i of [0, 1]) h = activate(dense(params, `${part}/dense${i}`, h), `${part}/dense${i}`, i);
  const features = tf.reshape(h, [x.shape[0]!, plan.features]) as tf.Tensor2D;
  const out = addBias(params, `${part}/out`, dense(params, `${part}/out`, features)) as tf.Tensor2D;
  return { features, out };
}

/**
 * Encoder E.
 *
 * @param x - pictures [n, height, width, channels] in [-1, 1], or points [n, dim]
 * @returns logits [n, K] before the softmax, and the penultimate layer, features [n, F]
 */
export function encoder(plan: NetPlan, params: Tensors, x: tf.Tensor, mode: NormMode) {
  const { features, out } = inward("encoder", plan, params, x, mode);
  return { logits: out, features };
}

/**
 * Critic C, the untransformed output of D.
 *
 * @param x - pictures [n, height, width, channels] in [-1, 1], or points [n, dim]
 * @returns scores [n], unbounded, higher for real
 */
export function critic(plan: NetPlan, params: Tensors, x: tf.Tensor): tf.Tensor1D {
  return tf.reshape(inward("critic", plan, params, x, { training: false }).out, [x.shape[0]!]) as tf.Tensor1D;
}
