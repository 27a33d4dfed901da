/** Divergences between Gaussians and between categoricals, in closed form. */

import * as tf from "@tensorflow/tfjs";

/**
 * KL(N(m, diag e^v), N(n, diag e^w)) = 1/2 sum_j (w_j - v_j + (e^{v_j} + (m_j - n_j)^2) e^{-w_j} - 1).
 *
 * @param mean - m, [..., d]
 * @param logVariance - v, [..., d]
 * @param otherMean - n, broadcast against m
 * @param otherLogVariance - w
 * @returns [...] in nats
 */
export function gaussianDivergence(
  mean: tf.Tensor,
  logVariance: tf.Tensor,
  otherMean: tf.Tensor,
  otherLogVariance: tf.Tensor,
): tf.Tensor {
  const spread = tf.add(tf.exp(logVariance), tf.square(tf.sub(mean, otherMean)));
  const scaled = tf.mul(spread, tf.exp(tf.mul(otherLogVariance, -1)));
  return tf.mul(tf.sum(tf.sub(tf.add(tf.sub(otherLogVariance, logVariance), scaled), 1), -1), 0.5);
}

/** KL(N(m, diag e^v), N(0, I)) = 1/2 sum_j (e^{v_j} + m_j^2 - 1 - v_j), [...] in nats. */
export function standardDivergence(mean: tf.Tensor, logVariance: tf.Tensor): tf.Tensor {
  const inner = tf.sub(tf.add(tf.exp(logVariance), tf.square(mean)), tf.add(logVariance, 1));
  return tf.mul(tf.sum(inner, -1), 0.5);
}

/** log N(x | m, diag e^v) = -1/2 sum_j (ln 2 pi + v_j + (x_j - m_j)^2 e^{-v_j}), [...]. */
export function gaussianLogDensity(x: tf.Tensor, mean: tf.Tensor, logVariance: tf.Tensor): tf.Tensor {
  const distance = tf.mul(tf.square(tf.sub(x, mean)), tf.exp(tf.mul(logVariance, -1)));
  return tf.mul(tf.sum(tf.add(tf.add(distance, logVariance), Math.log(2 * Math.PI)), -1), -0.5);
}

/** Entropy of softmax(logits) along the last axis, [...] in nats; from logits, so that it stays finite. */
export function entropyOf(logits: tf.Tensor2D): tf.Tensor1D {
  return tf.mul(tf.sum(tf.mul(tf.softmax(logits), tf.logSoftmax(logits)), 1), -1) as tf.Tensor1D;
}

/** KL(softmax(logits), Cat(1/K)) = ln K - entropy, [n] in nats. */
export function uniformDivergence(logits: tf.Tensor2D): tf.Tensor1D {
  return tf.sub(Math.log(logits.shape[1]), entropyOf(logits)) as tf.Tensor1D;
}

/**
 * -log p(x | logits) of a Bernoulli for every value, summed over all but the first axis: x in [0, 1],
 * softplus(l) - x l.
 *
 * @returns [n] in nats; 0 is not its least value for x strictly between 0 and 1
 */
export function bernoulliLoss(x: tf.Tensor, logits: tf.Tensor): tf.Tensor1D {
  return sumOverSample(tf.sub(tf.softplus(logits), tf.mul(x, logits)));
}

/** -log N(x | mean, sigma^2) without its constant: |x - mean|^2 / (2 sigma^2) summed over a sample, [n]. */
export function squaredLoss(x: tf.Tensor, mean: tf.Tensor, sigma: number): tf.Tensor1D {
  return tf.div(sumOverSample(tf.square(tf.sub(x, mean))), 2 * sigma * sigma) as tf.Tensor1D;
}

const sumOverSample = (x: tf.Tensor): tf.Tensor1D =>
  tf.sum(tf.reshape(x, [x.shape[0]!, -1]), 1) as tf.Tensor1D;
