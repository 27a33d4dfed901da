/** R1, the gradient penalty on real images. */

import * as tf from "@tensorflow/tfjs";

/**
 * 1/2 E |grad_x C(x_r)|^2 (Mescheder et al. 2018, arXiv:1801.04406, eq. 9, without its gamma).
 *
 * @param score - C, from pictures or points [m, ...] to scores [m]; must treat each row alone (no batch norm)
 * @returns scalar, in squared score units; 1/2 for a linear critic of unit norm
 */
export function r1Penalty(score: (x: tf.Tensor) => tf.Tensor1D, real: tf.Tensor): tf.Scalar {
  const gradient = tf.grad((x) => tf.sum(score(x)))(real);
  return tf.div(tf.sum(tf.square(gradient)), 2 * real.shape[0]!) as tf.Scalar;
}
