/** Fields of the rivals' recipes that MMGAN has not: their types, ranges and choices, once. */

import type { NumberRule, Settings } from "../../config.js";

/** How pictures are taken to come from what the decoder says. */
export const LIKELIHOODS = ["bernoulli", "gaussian"] as const;
/** What a code is read out by: its nearest centre of k-means, or the softmax of its cluster part. */
export const READ_OUTS = ["k-means", "softmax"] as const;
/** Whether the Gaussians of the latent space learn. */
export const MIXTURES = ["static", "dynamic"] as const;
/** What the critic of GM-GAN says: real or generated alone, or also which Gaussian a picture is of. */
export const CRITIC_LOGITS = ["one", "clusters"] as const;

export interface RivalSettings {
  /** M of GMVAE: draws of code and context for each picture. */
  draws: number;
  /** Dimension of GMVAE's w, from which the clusters' means and deviations are made. */
  contextDim: number;
  /** Hidden units of GMVAE's net from w to the clusters. */
  priorWidth: number;
  likelihood: (typeof LIKELIHOODS)[number];
  /** Standard deviation of a value about its reconstruction, in units of the net's pictures ([-1, 1]) or points. */
  dataSigma: number;
  /** alpha of GMVAE: weight of the entropy of p(cluster | code, context), the consistency violation. */
  consistency: number;
  /** lambda of GMVAE: the cluster's own information costs nothing up to this many nats. */
  freeBits: number;
  /** Share of the steps over which the weight of all of GMVAE's terms but the likelihood grows from 0 to 1. */
  warmUp: number;
  /** Hidden units of both layers of AAE's critics. */
  criticWidth: number;
  /** Weight of AAE's regularisation phase: E's rate there, as a share of `encoderRate`. */
  regularisation: number;
  /** Standard deviation of the noise on the pictures that AAE's E sees. */
  inputNoise: number;
  /** Critic's steps for each step of G and E. */
  criticSteps: number;
  /** lambda of the gradient penalty. */
  penalty: number;
  /** sigma of ClusterGAN's z_n. */
  noiseSigma: number;
  /** beta_n of ClusterGAN: weight of the squared error of z_n. */
  codeWeight: number;
  /** beta_c of ClusterGAN: weight of the cross-entropy of z_c. */
  clusterWeight: number;
  readOut: (typeof READ_OUTS)[number];
  /** Number of InfoGAN's continuous codes, uniform in [-1, 1]. */
  continuous: number;
  /** Weight of their log-likelihood under Q, a Gaussian of deviation 1. */
  continuousWeight: number;
  /** Batch normalisation in D. */
  criticBatchNorm: boolean;
  /** lambda of DeLiGAN: weight of mean (1 - sigma)^2. */
  sigmaPenalty: number;
  /** Means start uniform in -meanRange .. meanRange. */
  meanRange: number;
  mixture: (typeof MIXTURES)[number];
  criticLogits: (typeof CRITIC_LOGITS)[number];
}

/** Every field that some model has. */
export type AllSettings = Settings & RivalSettings;

type Numeric = {
  [F in keyof RivalSettings]: RivalSettings[F] extends number ? F : never;
}[keyof RivalSettings];

export const RIVAL_RANGES: Readonly<Record<Numeric, NumberRule>> = {
  draws: { min: 1, max: 100, integer: true, help: "draws of code and context for each picture" },
  contextDim: { min: 1, max: 1024, integer: true, help: "dimension of the context w" },
  priorWidth: { min: 1, max: 4096, integer: true, help: "hidden units from w to the clusters" },
  dataSigma: { min: 0.01, max: 10, help: "deviation of a value about its reconstruction" },
  consistency: { min: 0, max: 100, help: "weight of the entropy of p(cluster | code, context)" },
  freeBits: { min: 0, max: 10, help: "nats of the cluster that cost nothing" },
  warmUp: {
    min: 0,
    max: 1,
    help: "share of the steps over which all terms but the likelihood grow to their weight",
  },
  criticWidth: { min: 1, max: 4096, integer: true, help: "hidden units of the critics of codes" },
  regularisation: { min: 0, max: 100, help: "E's rate in the regularisation phase, share of encoderRate" },
  inputNoise: { min: 0, max: 2, help: "deviation of the noise on what E sees" },
  criticSteps: { min: 1, max: 100, integer: true, help: "steps of the critic for each of G and E" },
  penalty: { min: 0, max: 1000, help: "weight lambda of the gradient penalty" },
  noiseSigma: { min: 0.01, max: 10, help: "sigma of z_n" },
  codeWeight: { min: 0, max: 1000, help: "weight of the squared error of z_n" },
  clusterWeight: { min: 0, max: 1000, help: "weight of the cross-entropy of z_c" },
  continuous: { min: 0, max: 64, integer: true, help: "continuous codes" },
  continuousWeight: { min: 0, max: 1000, help: "weight of the continuous codes' likelihood" },
  sigmaPenalty: { min: 0, max: 1000, help: "weight of (1 - sigma)^2" },
  meanRange: { min: 0, max: 100, help: "means start uniform within this" },
};

export const RIVAL_CHOICES = {
  likelihood: LIKELIHOODS,
  readOut: READ_OUTS,
  mixture: MIXTURES,
  criticLogits: CRITIC_LOGITS,
} as const;
