/** GM-GAN (Ben-Yosef & Weinshall 2018): a GAN whose noise is a mixture of Gaussians, static or learned. */

import * as tf from "@tensorflow/tfjs";
import type { RivalConfig } from "../config.js";
import { crossEntropy } from "../losses/encoder-losses.js";
import { weight } from "../nets/layers.js";
import { mixtureGan, type Terms } from "./mixture-gan.js";

type Config = RivalConfig<"gmgan">;

export const gmgan = mixtureGan<Config>({
  /** Means uniform; a static Gaussian has covariance sigma^2 I, a dynamic one A A^T with A = sigma I at the start. */
  mixture({ clusters: k, latentDim: d, meanRange, mixture }) {
    const spec = { part: "mixture", trainable: true } as const;
    const means = { ...spec, dims: [k, d], name: "mixture/means", start: { uniform: meanRange } };
    if (mixture === "static") return [means];
    return [means, { ...spec, dims: [d, k * d], name: "mixture/shapes", start: { value: 0 } }];
  },
  learns: ({ mixture }) => mixture === "dynamic",
  /** z = mu_k + (sigma I + B_k) noise: the matrix that learns is B_k, 0 at the start. */
  latents({ clusters: k, latentDim: d, sigma, mixture }, params, labels, noise) {
    const means = tf.matMul(labels as tf.Tensor2D, weight(params, "mixture/means") as tf.Tensor2D);
    const round = tf.add(means, tf.mul(noise, sigma));
    if (mixture === "static") return round as tf.Tensor2D;
    const turned = tf.matMul(noise as tf.Tensor2D, weight(params, "mixture/shapes") as tf.Tensor2D);
    const all = tf.reshape(turned, [-1, k, d]);
    return tf.add(round, tf.sum(tf.mul(all, tf.expandDims(labels, 2)), 1)) as tf.Tensor2D;
  },
  penalties: () => ({ terms: [], extra: {} }),
  /** With `clusters` D says which Gaussian a picture is of, beside real or not: 1 + K logits. */
  criticOutputs: ({ criticLogits, clusters }) => (criticLogits === "clusters" ? 1 + clusters : 1),
  fakeTerms({ criticLogits, clusters: k, alpha }, out, labels): Terms {
    if (criticLogits === "one") return { terms: [], extra: {} };
    const entropy = crossEntropy(labels, tf.slice(out, [0, 1], [-1, k]));
    return { terms: [tf.mul(entropy, alpha)], extra: { "loss/gaussian": entropy } };
  },
});
