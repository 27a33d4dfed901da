/** G and the mixture it is fed from. */

import * as tf from "@tensorflow/tfjs";
import { addBias, batchNorm, deconvolve, dense, type NormMode, type Tensors, weight } from "./layers.js";
import type { NetPlan } from "./plan.js";

/**
 * Latents z~ = mu(y) + sigma(y) z, paper section "Model".
 *
 * @param y - cluster weights [n, K], one-hot or soft
 * @param noise - z ~ N(0, I), [n, d]
 * @returns [n, d]
 */
export function latents(params: Tensors, y: tf.Tensor, noise: tf.Tensor): tf.Tensor2D {
  const mu = tf.matMul(y as tf.Tensor2D, weight(params, "mixture/means") as tf.Tensor2D);
  const sigma = tf.matMul(y as tf.Tensor2D, weight(params, "mixture/sigmas") as tf.Tensor2D);
  return tf.add(mu, tf.mul(sigma, noise));
}

/**
 * Generator G.
 *
 * @param latent - [n, d]
 * @returns pictures [n, height, width, channels] in [-1, 1], or points [n, dim]
 */
export function generator(plan: NetPlan, params: Tensors, latent: tf.Tensor, mode: NormMode): tf.Tensor {
  const raw = generatorRaw(plan, params, latent, mode);
  return plan.input.kind === "point" ? raw : tf.tanh(raw);
}

/** G before its last tanh: half the log-odds of a pixel in [0, 1]; for points the points themselves. */
export function generatorRaw(plan: NetPlan, params: Tensors, latent: tf.Tensor, mode: NormMode): tf.Tensor {
  const activate = (h: tf.Tensor, layer: string, i: number) =>
    tf.relu(
      plan.batchNorm
        ? batchNorm(params, `generator/norm${i}`, h, mode)
        : addBias(params, `generator/${layer}`, h),
    );
  if (plan.input.kind === "point") {
    let h: tf.Tensor = latent;
    for (const i of [0, 1]) h = activate(dense(params, `generator/dense${i}`, h), `dense${i}`, i);
    return addBias(params, "generator/out", dense(params, "generator/out", h));
  }
  const { inner, innerChannels } = plan.deconvs.at(-1)!;
  const map = [latent.shape[0]!, inner, inner, innerChannels];
  let h = dense(params, "generator/dense", latent);
  h = plan.batchNorm ? activate(tf.reshape(h, map), "dense", 0) : tf.reshape(activate(h, "dense", 0), map);
  plan.deconvs.toReversed().forEach((conv, i) => {
    const grown = deconvolve(params, `generator/conv${i}`, h, conv.stride, conv.outer);
    const last = i === plan.deconvs.length - 1;
    h = last ? addBias(params, `generator/conv${i}`, grown) : activate(grown, `conv${i}`, i + 1);
  });
  return h;
}
