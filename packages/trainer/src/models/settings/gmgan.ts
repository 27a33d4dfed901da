/** GM-GAN's fields and recipes. */

import {
  INFORMATION,
  LIKE_FOR_LIKE,
  type ModelSettings,
  mustHaveNoCriticNorm,
  PLAIN,
  POINTS,
  SHARED,
} from "./model-settings.js";

export const GMGAN = {
  title: "GM-GAN",
  source: { text: "Ben-Yosef & Weinshall 2018", url: "https://arxiv.org/abs/1808.10356" },
  objective: "sgan",
  codes: false,
  about: {
    paper: "`paper` has 100 latent dimensions, batches of 128 and one rate of 2e-4.",
    default: "`default` has MMGAN's nets, Adam, batch and number of steps.",
  },
  fields: [
    ...SHARED,
    ...INFORMATION,
    ...(["criticRate", "mixtureRate", "mixture", "sigma", "meanRange", "criticLogits", "alpha"] as const),
    ...(["criticBatchNorm", "r1", "r1Every"] as const),
  ] as const,
  recipes: {
    default: {
      ...LIKE_FOR_LIKE,
      ...{ criticRate: 1e-3, mixtureRate: 1e-3, mixture: "dynamic", sigma: 0.5, meanRange: 1 },
      ...{ criticLogits: "one", alpha: 1, criticBatchNorm: false, r1: 0, r1Every: 4 },
    },
    paper: {
      ...LIKE_FOR_LIKE,
      ...PLAIN,
      ...{ steps: 5000, batch: 128, latentDim: 100, beta1: 0.5, beta2: 0.999 },
      ...{ encoderRate: 2e-4, generatorRate: 2e-4, criticRate: 2e-4, mixtureRate: 2e-4 },
      ...{ mixture: "dynamic", sigma: 0.15, meanRange: 0.1, criticLogits: "one", alpha: 1 },
      ...{ criticBatchNorm: true, r1: 0, r1Every: 4 },
    },
  },
  points: { ...POINTS },
  check(config) {
    mustHaveNoCriticNorm(config, "r1", config.r1);
  },
} as const satisfies ModelSettings;
