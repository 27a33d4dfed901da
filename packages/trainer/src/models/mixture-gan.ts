/**
 * GANs whose noise comes from a mixture of Gaussians and who have no encoder of their own: DeLiGAN and GM-GAN. Clusters are
 * read out as GM-GAN's authors do: by a classifier taught on what G draws, labelled by its Gaussian.
 */

import type * as tf from "@tensorflow/tfjs";
import type { RivalConfig } from "../config.js";
import { crossEntropy } from "../losses/encoder-losses.js";
import { encoder } from "../nets/encoder.js";
import { generator } from "../nets/generator.js";
import type { NormMode, Tensors } from "../nets/layers.js";
import { generatorSpecs, inwardSpecs, type ParameterSpec, type Part } from "../nets/parameters.js";
import { lazyVariant, standardCriticLoss, standardGeneratorLoss } from "./adversary.js";
import type { TrainableModel } from "./model.js";
import { descend, health, informationLoss, joined, rivalModel, rivalPlan, total } from "./rival.js";

type Config = RivalConfig<"deligan"> | RivalConfig<"gmgan">;

/** Parts of a loss, and figures for the log. */
export interface Terms {
  terms: tf.Tensor[];
  extra: Tensors;
}

/** In what DeLiGAN and GM-GAN differ. */
export interface MixtureGan<C extends Config> {
  /** Weights of the mixture, all named `mixture/...`. */
  mixture(config: C): ParameterSpec[];
  /** Whether the mixture learns. */
  learns(config: C): boolean;
  /** Labels one-hot [n, K] and noise N(0, I) [n, d] -> draws of the mixture [n, d]. */
  latents(config: C, params: Tensors, labels: tf.Tensor, noise: tf.Tensor): tf.Tensor2D;
  /** Terms of G and the mixture beside the adversarial one. */
  penalties(config: C, params: Tensors): Terms;
  /** Outputs of D. Default: 1. */
  criticOutputs?(config: C): number;
  /** Terms of both sides from D's outputs for what G drew. */
  fakeTerms?(config: C, out: tf.Tensor2D, labels: tf.Tensor2D): Terms;
}

const NOTHING: Terms = { terms: [], extra: {} };

export function mixtureGan<C extends Config>(gan: MixtureGan<C>): TrainableModel<C> {
  const planOf = (config: C) => rivalPlan(config);
  const outputs = (config: C) => gan.criticOutputs?.(config) ?? 1;
  const draw = (config: C, params: Tensors, labels: tf.Tensor, noise: tf.Tensor, mode: NormMode) =>
    generator(planOf(config), params, gan.latents(config, params, labels, noise), mode);
  const players = (config: C): Part[] => (gan.learns(config) ? ["generator", "mixture"] : ["generator"]);

  return rivalModel<C>({
    parameters(config) {
      const plan = planOf(config);
      const learns = gan.learns(config);
      return [
        ...inwardSpecs("encoder", plan, config.clusters),
        ...generatorSpecs(plan),
        ...inwardSpecs("critic", plan, outputs(config), config.criticBatchNorm),
        ...gan.mixture(config).map((spec) => ({ ...spec, trainable: learns })),
      ];
    },
    variantAt: lazyVariant,
    largestVariant: ({ r1 }) => (r1 > 0 ? "r1" : "step"),
    trains: (config) => ["critic", ...players(config), "encoder"],
    batch: ({ batch, clusters, latentDim }) => ({
      priorLabels: [batch, clusters],
      priorNoise: [batch, latentDim],
    }),
    update(context, variant) {
      const { config, batch, state } = context;
      const plan = planOf(config);
      const { priorLabels: labels, priorNoise: noise } = batch as {
        priorLabels: tf.Tensor2D;
        priorNoise: tf.Tensor;
      };
      const drawn = draw(config, state, labels, noise, { training: true });
      const critic = descend(context, ["critic"], (params) => {
        const of = { real: batch.real!, fake: drawn };
        const { loss, extra, ofFake } = standardCriticLoss(config, plan, params, of, variant === "r1");
        const { terms } = gan.fakeTerms?.(config, ofFake.out, labels) ?? NOTHING;
        return { loss: total([loss, ...terms]), extra };
      });
      const made = descend(context, players(config), (params, statistics) => {
        const fake = draw(config, params, labels, noise, { training: true, statistics });
        const { loss, out } = standardGeneratorLoss(config, plan, params, fake);
        const more = gan.fakeTerms?.(config, out, labels) ?? NOTHING;
        const penalties = gan.penalties(config, params);
        return {
          loss: total([loss, ...more.terms, ...penalties.terms]),
          extra: { "loss/generator": loss, ...more.extra, ...penalties.extra },
        };
      });
      // The read-out: E learns from what was drawn, and nothing learns from E.
      const readOut = descend(context, ["encoder"], (params, statistics) => {
        const entropy = crossEntropy(labels, encoder(plan, params, drawn, { training: true }).logits);
        const { logits } = encoder(plan, params, batch.real!, { training: true, statistics });
        const other = () => encoder(plan, params, batch.augmented!, { training: true }).logits;
        const information = informationLoss(config, logits, other);
        return {
          loss: total([entropy, ...information.terms]),
          extra: { "loss/crossEntropy": entropy, ...information.extra, ...health(logits) },
        };
      });
      return joined(critic, made, readOut);
    },
    noiseDim: ({ latentDim }) => latentDim,
    encode: (config, params, x, mode) => encoder(planOf(config), params, x, mode),
    generate: draw,
  });
}
