/** InfoGAN's fields and recipes. */

import {
  INFORMATION,
  LIKE_FOR_LIKE,
  type ModelSettings,
  mustHaveNoCriticNorm,
  PLAIN,
  POINTS,
  SHARED,
} from "./model-settings.js";

export const INFOGAN = {
  title: "InfoGAN",
  source: { text: "Chen et al. 2016", url: "https://arxiv.org/abs/1606.03657" },
  objective: "sgan+codes",
  codes: false,
  about: {
    paper:
      "`paper` has the authors' settings for MNIST: 62 noise values, two continuous codes, a slow D and a fast G, batch norm in D.",
    default: "`default` has MMGAN's nets, Adam, batch and number of steps.",
  },
  fields: [
    ...SHARED,
    ...INFORMATION,
    ...([
      "criticRate",
      "alpha",
      "continuous",
      "continuousWeight",
      "criticBatchNorm",
      "r1",
      "r1Every",
    ] as const),
  ] as const,
  recipes: {
    default: {
      ...LIKE_FOR_LIKE,
      ...{ latentDim: 16, criticRate: 1e-3, alpha: 1, continuous: 2, continuousWeight: 0.1 },
      ...{ criticBatchNorm: false, r1: 0, r1Every: 4 },
    },
    paper: {
      ...LIKE_FOR_LIKE,
      ...PLAIN,
      ...{ steps: 5000, batch: 128, latentDim: 62, filters: 64, beta1: 0.5, beta2: 0.999 },
      ...{ encoderRate: 2e-4, generatorRate: 1e-3, criticRate: 2e-4 },
      ...{ alpha: 1, continuous: 2, continuousWeight: 1, criticBatchNorm: true, r1: 0, r1Every: 4 },
    },
  },
  points: { ...POINTS, continuous: 0 },
  check(config) {
    mustHaveNoCriticNorm(config, "r1", config.r1);
  },
} as const satisfies ModelSettings;
