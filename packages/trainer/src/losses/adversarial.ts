/** Adversarial losses V of the paper, as functions of critic scores. s is the sigmoid; -log s(x) = softplus(-x). */

import * as tf from "@tensorflow/tfjs";
import type { Loss } from "../config.js";
import { stopGradient } from "../nets/layers.js";

export interface Scores {
  /** C(x_r), [m]. */
  real: tf.Tensor1D;
  /** C(x_f) on B1, each fake paired with the real sample of the same row, [m]. */
  paired: tf.Tensor1D;
  /** C(x_f^p) on B2, fakes with y ~ Cat(K, 1/K), [m]. */
  prior: tf.Tensor1D;
  /** One-hot cluster of each real sample (delta of cRaSGAN), [m, K], no gradient. */
  realClusters: tf.Tensor2D;
  /** One-hot cluster of each paired fake, [m, K], no gradient. */
  pairedClusters: tf.Tensor2D;
  /** One-hot cluster of each prior fake, [m, K]. */
  priorClusters: tf.Tensor2D;
}

export interface AdversarialLosses {
  /** Scalar, minimised by D. */
  critic: tf.Scalar;
  /** Scalar, minimised by G, the mixture and E. */
  generator: tf.Scalar;
}

/** mean softplus(x). */
const meanSoftplus = (x: tf.Tensor) => tf.mean(tf.softplus(x)) as tf.Scalar;
const negative = (x: tf.Tensor) => tf.mul(x, -1);

/** SGAN, D: -E log D(x_r) - E log(1 - D(x_f)). G: -E log D(x_f), or E log(1 - D(x_f)) in the minimax form. */
function sgan({ real, paired }: Scores, minimax: boolean): AdversarialLosses {
  const critic = tf.add(meanSoftplus(negative(real)), meanSoftplus(paired)) as tf.Scalar;
  const generator = minimax ? negative(meanSoftplus(paired)) : meanSoftplus(negative(paired));
  return { critic, generator: generator as tf.Scalar };
}

/** RSGAN, Algorithm 1 steps 7 and 8: -1/m sum log s(C(x_r) - C(x_f)), and with the roles exchanged. */
function rsgan({ real, paired }: Scores): AdversarialLosses {
  const lead = tf.sub(real, paired);
  return { critic: meanSoftplus(negative(lead)), generator: meanSoftplus(lead) };
}

/**
 * For each row of `of` [n, K] (one-hot) the mean of `scores` over the members of its cluster in `members` [m, K].
 * A cluster without members in the batch falls back to the mean of all scores. Reads E[delta C] of the paper as the mean
 * over the cluster's members: taken literally it is not divided by the cluster's mass and shrinks with K.
 */
export function clusterMeans(scores: tf.Tensor1D, members: tf.Tensor2D, of: tf.Tensor2D): tf.Tensor1D {
  const column = tf.reshape(scores, [-1, 1]) as tf.Tensor2D;
  const sums = tf.matMul(members, column, true);
  const counts = tf.reshape(tf.sum(members, 0), [-1, 1]);
  const absent = tf.sub(1, tf.minimum(counts, 1));
  const means = tf.div(tf.add(sums, tf.mul(absent, tf.mean(scores))), tf.add(counts, absent)) as tf.Tensor2D;
  return tf.reshape(tf.matMul(of, means), [-1]) as tf.Tensor1D;
}

/**
 * cRaSGAN, the paper's conditional relativistic average GAN:
 * D^(x_r) = s(C(x_r) - E_z C(G(z, E(x_r)))), D^(x_f) = s(C(x_f) - E_{x_r}[delta C(x_r)]).
 * E_z is the mean over the paired fakes of the same cluster; the fakes of the second terms are the prior ones.
 */
function crasgan(scores: Scores): AdversarialLosses {
  const { real, paired, prior, realClusters, pairedClusters, priorClusters } = scores;
  const realLead = tf.sub(real, clusterMeans(paired, pairedClusters, realClusters));
  const fakeLead = tf.sub(prior, clusterMeans(real, realClusters, priorClusters));
  return {
    critic: tf.add(meanSoftplus(negative(realLead)), meanSoftplus(fakeLead)),
    generator: tf.add(meanSoftplus(negative(fakeLead)), meanSoftplus(realLead)),
  };
}

/** Both sides of the adversarial loss, scalars. */
export function adversarialLosses(loss: Loss, scores: Scores): AdversarialLosses {
  if (loss === "rsgan") return rsgan(scores);
  if (loss === "crasgan") return crasgan(scores);
  return sgan(scores, loss === "sgan-minimax");
}

/** One-hot of the largest entry of each row [n, K], without gradient. */
export function hardAssignment(probabilities: tf.Tensor2D): tf.Tensor2D {
  return tf.customGrad((input) => {
    const p = input as tf.Tensor2D;
    const hard = tf.cast(tf.oneHot(tf.argMax(p, 1), p.shape[1]), "float32");
    return { value: hard, gradFunc: () => tf.zeros(p.shape) };
  })(probabilities) as tf.Tensor2D;
}

/** Hard in value, soft in gradient: hard + soft - stop(soft). */
export function straightThrough(probabilities: tf.Tensor2D): tf.Tensor2D {
  return tf.add(hardAssignment(probabilities), tf.sub(probabilities, stopGradient(probabilities)));
}
