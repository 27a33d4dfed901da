/** The gradient penalty of WGAN-GP. */

import * as tf from "@tensorflow/tfjs";

/** Within the root of the squared norm: a gradient of exactly 0 still has a finite slope. */
const TINY = 1e-12;

/**
 * mean (|grad_x C(x)| - 1)^2 at x = u real + (1 - u) fake (Gulrajani et al. 2017, arXiv:1704.00028, eq. 3, without its
 * lambda). Differentiable once more, by the critic's weights.
 *
 * @param score - C, from samples [m, ...] to scores [m]; must treat each row alone (no batch norm)
 * @param mix - u, [m, 1] in [0, 1]
 * @returns scalar; 1 for a constant critic, 0 for a linear one of unit norm
 */
export function gradientPenalty(
  score: (x: tf.Tensor) => tf.Tensor1D,
  real: tf.Tensor,
  fake: tf.Tensor,
  mix: tf.Tensor,
): tf.Scalar {
  const share = tf.reshape(mix, [-1, ...real.shape.slice(1).map(() => 1)]);
  const mixed = tf.add(tf.mul(real, share), tf.mul(fake, tf.sub(1, share)));
  const gradient = tf.grad((x) => tf.sum(score(x)))(mixed);
  const squares = tf.sum(tf.reshape(tf.square(gradient), [real.shape[0]!, -1]), 1);
  return tf.mean(tf.square(tf.sub(tf.sqrt(tf.add(squares, TINY)), 1))) as tf.Scalar;
}
