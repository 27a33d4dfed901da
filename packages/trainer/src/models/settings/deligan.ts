/** DeLiGAN's fields and recipes. */

import {
  INFORMATION,
  LIKE_FOR_LIKE,
  type ModelSettings,
  mustHaveNoCriticNorm,
  PLAIN,
  POINTS,
  SHARED,
} from "./model-settings.js";

export const DELIGAN = {
  title: "DeLiGAN",
  source: { text: "Gurumurthy et al. 2017", url: "https://arxiv.org/abs/1706.02071" },
  objective: "sgan",
  codes: false,
  about: {
    paper: "`paper` has the authors' settings for MNIST: d = 30, sigma .2 at the start, one rate of 5e-4.",
    default: "`default` has MMGAN's nets, Adam, batch and number of steps.",
  },
  fields: [
    ...SHARED,
    ...INFORMATION,
    ...(["criticRate", "mixtureRate", "sigma", "meanRange", "sigmaPenalty"] as const),
    ...(["criticBatchNorm", "r1", "r1Every"] as const),
  ] as const,
  recipes: {
    default: {
      ...LIKE_FOR_LIKE,
      ...{ criticRate: 1e-3, mixtureRate: 1e-3, sigma: 0.2, meanRange: 1, sigmaPenalty: 0.1 },
      ...{ criticBatchNorm: false, r1: 0, r1Every: 4 },
    },
    paper: {
      ...LIKE_FOR_LIKE,
      ...PLAIN,
      ...{ steps: 5000, batch: 50, latentDim: 30, beta1: 0.5, beta2: 0.999 },
      ...{ encoderRate: 5e-4, generatorRate: 5e-4, criticRate: 5e-4, mixtureRate: 5e-4 },
      ...{ sigma: 0.2, meanRange: 1, sigmaPenalty: 0.1, criticBatchNorm: true, r1: 0, r1Every: 4 },
    },
  },
  points: { ...POINTS },
  check(config) {
    mustHaveNoCriticNorm(config, "r1", config.r1);
  },
} as const satisfies ModelSettings;
