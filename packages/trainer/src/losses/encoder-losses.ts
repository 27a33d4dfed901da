/** Losses of E: cross-entropy on labelled fakes, and the information term on real images. */

import * as tf from "@tensorflow/tfjs";

/**
 * -1/m sum log p_E(y_p | x_f^p), Algorithm 1 step 8, from logits.
 *
 * @param labels - one-hot [m, K]
 * @param logits - [m, K]
 * @returns scalar in nats; ln K for equal logits
 */
export function crossEntropy(labels: tf.Tensor2D, logits: tf.Tensor2D): tf.Scalar {
  return tf.mul(tf.mean(tf.sum(tf.mul(labels, tf.logSoftmax(logits)), 1)), -1) as tf.Scalar;
}

/** Keeps log finite for pairs of clusters no image falls into; 1e-8 of the mass. */
const TINY = 1e-8;

/**
 * Mutual information of the clusters of two views of the same images (Ji et al. 2019, IIC, eq. 3), with the marginal
 * entropies weighted: P = sym(p^T p') / n, I = sum_ij P_ij (log P_ij - balance log P_i - balance log P_j).
 * balance = 1 is the mutual information itself; more pushes towards clusters of equal size, or of the sizes of a prior
 * pi: then (2 balance - 1) sum_k P_k log(K pi_k) is added, so that for certain clusters what is left to gain is
 * -(2 balance - 1) KL(P | pi).
 *
 * @param first - probabilities [n, K] of the images
 * @param second - probabilities [n, K] of their other views
 * @param sizes - pi, the expected share of each cluster, [K], positive, sums to 1; left out: all alike
 * @returns scalar in nats, to be maximised; without `sizes` at most (2 balance - 1) ln K for a balance of at least 1/2, else 0
 */
export function viewInformation(
  first: tf.Tensor2D,
  second: tf.Tensor2D,
  balance: number,
  sizes?: readonly number[],
): tf.Scalar {
  const joint = tf.div(tf.matMul(first, second, true), first.shape[0]) as tf.Tensor2D;
  const symmetric = tf.div(tf.add(joint, tf.transpose(joint)), 2);
  const logMarginal = tf.log(tf.add(tf.sum(symmetric, 1, true), TINY));
  const marginals = tf.add(logMarginal, tf.transpose(logMarginal));
  const information = tf.sum(
    tf.mul(symmetric, tf.sub(tf.log(tf.add(symmetric, TINY)), tf.mul(marginals, balance))),
  ) as tf.Scalar;
  if (!sizes) return information;
  const leaning = sizes.map((share) => (2 * balance - 1) * Math.log(share * sizes.length));
  // The sum over columns of P_ij is P_i: one weight for each row.
  return tf.add(information, tf.sum(tf.mul(symmetric, tf.tensor2d(leaning, [sizes.length, 1])))) as tf.Scalar;
}

/**
 * A prior over cluster sizes: K shares that sum to 1, the first `ratio` times the last, evenly spaced in logarithm.
 *
 * @param ratio - at least 1
 */
export function priorSizes(clusters: number, ratio: number): number[] {
  const sizes = Array.from({ length: clusters }, (_, k) => ratio ** (-k / Math.max(1, clusters - 1)));
  const total = sizes.reduce((a, b) => a + b, 0);
  return sizes.map((size) => size / total);
}
