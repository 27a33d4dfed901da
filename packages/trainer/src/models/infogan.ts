/** InfoGAN (Chen et al. 2016): a GAN whose cluster and continuous codes can be read off what it draws. */

import * as tf from "@tensorflow/tfjs";
import type { RivalConfig } from "../config.js";
import { crossEntropy } from "../losses/encoder-losses.js";
import { denseNet, denseSpecs } from "../nets/dense.js";
import { generator } from "../nets/generator.js";
import type { NormMode, Tensors } from "../nets/layers.js";
import { generatorSpecs, inwardSpecs, PARTS } from "../nets/parameters.js";
import { adversary, lazyVariant, standardCriticLoss, standardGeneratorLoss } from "./adversary.js";
import {
  after,
  type Descent,
  descend,
  health,
  informationLoss,
  rivalModel,
  rivalPlan,
  total,
} from "./rival.js";

type Config = RivalConfig<"infogan">;

/** Hidden units of Q's head. */
const HEAD = 128;

const planOf = (config: Config) => rivalPlan(config, config.clusters + config.continuous + config.latentDim);

/** The first `continuous` numbers of a noise, uniform in [-1, 1]: 2 Phi(n) - 1 = erf(n / sqrt 2). */
const codesOf = ({ continuous }: Config, noise: tf.Tensor): tf.Tensor2D =>
  tf.erf(tf.mul(tf.slice(noise as tf.Tensor2D, [0, 0], [-1, continuous]), Math.SQRT1_2));

/** G on [one-hot, continuous codes, noise]. */
function draw(config: Config, params: Tensors, labels: tf.Tensor, noise: tf.Tensor, mode: NormMode) {
  const { continuous, latentDim } = config;
  const rest = tf.slice(noise as tf.Tensor2D, [0, continuous], [-1, latentDim]);
  const parts = continuous > 0 ? [labels, codesOf(config, noise), rest] : [labels, rest];
  return generator(planOf(config), params, tf.concat(parts as tf.Tensor2D[], 1), mode);
}

/** Q on D's features: logits of the cluster [n, K], and means of the continuous codes [n, continuous]. */
function read({ clusters: k, continuous }: Config, params: Tensors, features: tf.Tensor2D) {
  const out = denseNet(params, "encoder/head", features, 2);
  if (continuous === 0) return { logits: out };
  const [logits, means] = tf.split(out, [k, continuous], 1) as [tf.Tensor2D, tf.Tensor2D];
  return { logits, means };
}

/** -E log Q(c | G(c, z)), by parts: the cross-entropy of the cluster, and |c - mean|^2 / 2 summed over continuous codes. */
function codeLoss(
  config: Config,
  params: Tensors,
  features: tf.Tensor2D,
  labels: tf.Tensor2D,
  noise: tf.Tensor,
) {
  const { logits, means } = read(config, params, features);
  const entropy = crossEntropy(labels, logits);
  const terms: tf.Tensor[] = [tf.mul(entropy, config.alpha)];
  const extra: Tensors = { "loss/crossEntropy": entropy };
  if (means) {
    const error = tf.mean(tf.sum(tf.square(tf.sub(means, codesOf(config, noise))), 1));
    terms.push(tf.mul(error, config.continuousWeight / 2));
    extra["loss/continuous"] = error;
  }
  return { terms, extra };
}

export const infogan = rivalModel<Config>({
  parameters(config) {
    const plan = planOf(config);
    return [
      ...denseSpecs("encoder", "head", [plan.features, HEAD, config.clusters + config.continuous]),
      ...generatorSpecs(plan),
      ...inwardSpecs("critic", plan, 1, config.criticBatchNorm),
    ];
  },
  // The trunk that Q shares with D is read out with it.
  averaged: PARTS,
  variantAt: lazyVariant,
  largestVariant: ({ r1 }) => (r1 > 0 ? "r1" : "step"),
  trains: () => ["critic", "encoder", "generator"],
  batch: ({ batch, clusters, continuous, latentDim }) => ({
    priorLabels: [batch, clusters],
    priorNoise: [batch, continuous + latentDim],
  }),
  update(context, variant): Descent {
    const { config, batch, state } = context;
    const plan = planOf(config);
    const { priorLabels: labels, priorNoise: noise } = batch as {
      priorLabels: tf.Tensor2D;
      priorNoise: tf.Tensor;
    };
    const drawn = draw(config, state, labels, noise, { training: true });
    // D, Q and the trunk they share: the codes teach the trunk as well.
    const critic = descend(context, ["critic", "encoder"], (params, statistics) => {
      const of = { real: batch.real!, fake: drawn, statistics };
      const { loss, extra, ofReal, ofFake } = standardCriticLoss(config, plan, params, of, variant === "r1");
      const codes = codeLoss(config, params, ofFake.features, labels, noise);
      const { logits } = read(config, params, ofReal.features);
      const other = () => {
        const { features } = adversary(
          plan,
          params,
          batch.augmented!,
          { training: true },
          config.criticBatchNorm,
        );
        return read(config, params, features).logits;
      };
      const information = informationLoss(config, logits, other);
      return {
        loss: total([loss, ...codes.terms, ...information.terms]),
        extra: { ...extra, ...information.extra, ...health(logits) },
      };
    });
    const players = descend(after(context, critic), ["generator"], (params, statistics) => {
      const fake = draw(config, params, labels, noise, { training: true, statistics });
      const { loss, features } = standardGeneratorLoss(config, plan, params, fake);
      const codes = codeLoss(config, params, features, labels, noise);
      return { loss: total([loss, ...codes.terms]), extra: { "loss/generator": loss, ...codes.extra } };
    });
    return {
      next: { ...critic.next, ...players.next },
      outputs: { ...critic.outputs, ...players.outputs },
      statistics: { ...critic.statistics, ...players.statistics },
    };
  },
  noiseDim: ({ continuous, latentDim }) => continuous + latentDim,
  encode(config, params, x, mode) {
    const { features } = adversary(planOf(config), params, x, mode, config.criticBatchNorm);
    return { logits: read(config, params, features).logits, features };
  },
  generate: draw,
});
