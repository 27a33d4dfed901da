/** The standard adversarial loss from logits, for critics that score one kind of thing each. */

import * as tf from "@tensorflow/tfjs";

/** -E log s(C(real)) - E log(1 - s(C(fake))); 2 ln 2 where all scores are 0. */
export function criticLogLoss(real: tf.Tensor, fake: tf.Tensor): tf.Scalar {
  return tf.add(tf.mean(tf.softplus(tf.mul(real, -1))), tf.mean(tf.softplus(fake))) as tf.Scalar;
}

/** -E log s(C(fake)), the non-saturating form; ln 2 where all scores are 0. */
export function generatorLogLoss(fake: tf.Tensor): tf.Scalar {
  return tf.mean(tf.softplus(tf.mul(fake, -1))) as tf.Scalar;
}
