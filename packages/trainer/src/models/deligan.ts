/** DeLiGAN (Gurumurthy et al. 2017): a GAN whose noise is a learned mixture of Gaussians, reparameterised. */

import * as tf from "@tensorflow/tfjs";
import type { RivalConfig } from "../config.js";
import { weight } from "../nets/layers.js";
import { mixtureGan } from "./mixture-gan.js";

export const deligan = mixtureGan<RivalConfig<"deligan">>({
  mixture({ clusters: k, latentDim: d, meanRange, sigma }) {
    const spec = { part: "mixture", dims: [k, d], trainable: true } as const;
    return [
      { ...spec, dims: [k, d], name: "mixture/means", start: { uniform: meanRange } },
      { ...spec, dims: [k, d], name: "mixture/sigmas", start: { value: sigma } },
    ];
  },
  learns: () => true,
  /** z = mu_k + sigma_k * noise, a sigma for each coordinate. */
  latents(_, params, labels, noise) {
    const of = (name: string) =>
      tf.matMul(labels as tf.Tensor2D, weight(params, `mixture/${name}`) as tf.Tensor2D);
    return tf.add(of("means"), tf.mul(of("sigmas"), noise));
  },
  /** lambda mean (1 - sigma)^2: without it the sigmas shrink to 0. */
  penalties({ sigmaPenalty }, params) {
    const sigmas = weight(params, "mixture/sigmas");
    const penalty = tf.mean(tf.square(tf.sub(1, sigmas)));
    return {
      terms: sigmaPenalty > 0 ? [tf.mul(penalty, sigmaPenalty)] : [],
      extra: { "loss/sigma": penalty },
    };
  },
});
