/** ClusterGAN's fields and recipes. */

import {
  INFORMATION,
  LIKE_FOR_LIKE,
  type ModelSettings,
  mustHaveNoCriticNorm,
  PLAIN,
  POINTS,
  SHARED,
} from "./model-settings.js";

export const CLUSTERGAN = {
  title: "ClusterGAN",
  source: { text: "Mukherjee et al. 2019", url: "https://arxiv.org/abs/1809.03627" },
  objective: "wgan-gp",
  codes: true,
  about: {
    paper:
      "`paper` has the authors' settings for MNIST (Adam, five steps of the critic, weights of the cycle losses, wide nets), within a smaller budget of steps.",
    default:
      "`default` has MMGAN's nets without batch norm, and Adam; 3,000 steps of the critic, half as many of G and E.",
  },
  fields: [
    ...SHARED,
    ...INFORMATION,
    ...(["criticRate", "criticSteps", "penalty", "criticBatchNorm"] as const),
    ...(["noiseSigma", "codeWeight", "clusterWeight", "readOut"] as const),
  ] as const,
  recipes: {
    default: {
      ...LIKE_FOR_LIKE,
      // Without batch norm: E sees drawn pictures alone, and statistics of those mislead it on real ones.
      ...{ steps: 3000, latentDim: 10, batchNorm: false },
      ...{ criticRate: 1e-3, criticSteps: 2, penalty: 10, criticBatchNorm: false },
      ...{ noiseSigma: 0.1, codeWeight: 10, clusterWeight: 10, readOut: "k-means" },
    },
    paper: {
      ...LIKE_FOR_LIKE,
      ...PLAIN,
      ...{ steps: 10_000, filters: 64, latentDim: 30, beta1: 0.5, beta2: 0.9 },
      ...{ encoderRate: 1e-4, generatorRate: 1e-4, criticRate: 1e-4 },
      ...{ criticSteps: 5, penalty: 10, criticBatchNorm: false },
      ...{ noiseSigma: 0.1, codeWeight: 10, clusterWeight: 10, readOut: "k-means" },
    },
  },
  points: { ...POINTS },
  check(config) {
    mustHaveNoCriticNorm(config, "penalty", config.penalty);
  },
} as const satisfies ModelSettings;
