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
 * balance = 1 is the mutual information itself; more pushes towards clusters of equal size.
 *
 * @param first - probabilities [n, K] of the images
 * @param second - probabilities [n, K] of their other views
 * @returns scalar in nats, to be maximised; at most (2 balance - 1) ln K for a balance of at least 1/2, else 0
 */
export function viewInformation(first: tf.Tensor2D, second: tf.Tensor2D, balance: number): tf.Scalar {
  const joint = tf.div(tf.matMul(first, second, true), first.shape[0]) as tf.Tensor2D;
  const symmetric = tf.div(tf.add(joint, tf.transpose(joint)), 2);
  const logMarginal = tf.log(tf.add(tf.sum(symmetric, 1, true), TINY));
  const marginals = tf.add(logMarginal, tf.transpose(logMarginal));
  return tf.sum(
    tf.mul(symmetric, tf.sub(tf.log(tf.add(symmetric, TINY)), tf.mul(marginals, balance))),
  ) as tf.Scalar;
}
