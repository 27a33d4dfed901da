/** GMVAE's fields and recipes. */

import { ArgumentError, expected } from "@mmgan/core";
import { INFORMATION, LIKE_FOR_LIKE, type ModelSettings, PLAIN, POINTS, SHARED } from "./model-settings.js";

export const GMVAE = {
  title: "GMVAE",
  source: { text: "Dilokthanakul et al. 2016", url: "https://arxiv.org/abs/1611.02648" },
  objective: "elbo",
  codes: true,
  about: {
    paper:
      "`paper` has the sizes, rate and likelihood of the authors' own settings, within a smaller budget of steps.",
    default: "`default` has MMGAN's nets, batch and number of steps.",
  },
  fields: [
    ...SHARED,
    ...INFORMATION,
    ...(["mixtureRate", "draws", "contextDim", "priorWidth"] as const),
    ...(["likelihood", "dataSigma", "consistency", "freeBits", "warmUp"] as const),
  ] as const,
  recipes: {
    default: {
      ...LIKE_FOR_LIKE,
      ...{ latentDim: 16, mixtureRate: 1e-3, draws: 1, contextDim: 8, priorWidth: 64 },
      ...{ likelihood: "bernoulli", dataSigma: 0.3, consistency: 0.4, freeBits: 0, warmUp: 0.2 },
    },
    paper: {
      ...LIKE_FOR_LIKE,
      ...PLAIN,
      ...{
        steps: 5000,
        batch: 50,
        latentDim: 200,
        encoderRate: 1e-4,
        generatorRate: 1e-4,
        mixtureRate: 1e-4,
      },
      ...{ beta1: 0.9, beta2: 0.999, draws: 1, contextDim: 150, priorWidth: 500 },
      ...{ likelihood: "bernoulli", dataSigma: 0.3, consistency: 0.4, freeBits: 0, warmUp: 0 },
    },
  },
  points: { ...POINTS, contextDim: 2, likelihood: "gaussian", dataSigma: 0.1, draws: 1 },
  check({ likelihood, input }) {
    if (likelihood === "bernoulli" && input.kind === "point")
      throw new ArgumentError(
        expected("gaussian for points", "likelihood", likelihood, "Bernoulli is for values in [0, 1]"),
      );
  },
} as const satisfies ModelSettings;
