/** The three functions a bundle ships, raw values in and out, as TensorFlow.js functions ready to be traced. */

import * as tf from "@tensorflow/tfjs";
import { encoder } from "./encoder.js";
import { generator } from "./generator.js";
import { type Tensors, weight } from "./layers.js";
import type { NetPlan } from "./plan.js";

/** images 0..255 [n, height, width, channels] (or points [n, dim]) -> logits, probabilities, cluster, features. */
export function encoderGraph(plan: NetPlan, weights: Tensors, inputs: Tensors): Tensors {
  const x =
    plan.input.kind === "image"
      ? tf.sub(tf.div(tf.cast(inputs.images!, "float32"), 127.5), 1)
      : inputs.points!;
  const { logits, features } = encoder(plan, weights, x, { training: false });
  return { logits, probabilities: tf.softmax(logits), cluster: tf.argMax(logits, 1), features };
}

/** latent [n, d] -> images 0..255 [n, height, width, channels], or points [n, dim]. */
export function generatorGraph(plan: NetPlan, weights: Tensors, inputs: Tensors): Tensors {
  const out = generator(plan, weights, inputs.latent!, { training: false });
  if (plan.input.kind === "point") return { points: out };
  const scaled = tf.clipByValue(tf.round(tf.mul(tf.add(out, 1), 127.5)), 0, 255);
  return { images: tf.cast(scaled, "int32") };
}

/** (cluster [n], noise [n, d]) -> latent = mu + sigma noise [n, d], and the mixture itself: means [K, d], sigmas [K]. */
export function mixtureGraph(weights: Tensors, inputs: Tensors): Tensors {
  const cluster = tf.cast(inputs.cluster!, "int32");
  const means = weight(weights, "mixture/means");
  const sigmas = weight(weights, "mixture/sigmas");
  const latent = tf.add(tf.gather(means, cluster), tf.mul(tf.gather(sigmas, cluster), inputs.noise!));
  return { latent, means, sigmas: tf.reshape(sigmas, [-1]) };
}
