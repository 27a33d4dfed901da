/** What a picture of a training is made of, read out of the state: samples with their codes, the mixture, scores of D. */

import * as tf from "@tensorflow/tfjs";
import type { MmganConfig } from "../config.js";
import { averagedNames } from "../nets/averaged.js";
import { critic } from "../nets/encoder.js";
import { generator, latents } from "../nets/generator.js";
import { type Tensors, weight } from "../nets/layers.js";
import { parameterSpecs } from "../nets/parameters.js";
import { netPlan } from "../nets/plan.js";
import type { Program } from "./program.js";

/**
 * G and the mixture as they would ship. Labels one-hot [n, K] and noise [n, d] -> samples [n, ...] in [-1, 1] (points as
 * they are), latents [n, d], means [K, d] and sigmas [K].
 */
export function drawingProgram(config: MmganConfig, count: number): Program {
  const plan = netPlan(config);
  const names = averagedNames(config, ["generator", "mixture"]);
  const { clusters, latentDim } = config;
  return {
    name: `draw-${count}`,
    reads: names.map(({ entry }) => entry),
    batch: {
      labels: { dims: [count, clusters], type: "float32" },
      noise: { dims: [count, latentDim], type: "float32" },
    },
    hyper: [],
    run: (state, batch) => {
      const params: Tensors = Object.fromEntries(names.map(({ name, entry }) => [name, state[entry]!]));
      const codes = latents(params, batch.labels!, batch.noise!);
      return {
        state: {},
        outputs: {
          samples: generator(plan, params, codes, { training: false }),
          latents: codes,
          means: weight(params, "mixture/means"),
          sigmas: tf.reshape(weight(params, "mixture/sigmas"), [-1]),
        },
      };
    },
  };
}

/** D's scores of samples [n, ...] in [-1, 1] (points as they are): [n], unbounded. */
export function criticProgram(config: MmganConfig, count: number): Program {
  const plan = netPlan(config);
  const { input } = config;
  const shape = input.kind === "image" ? [input.height, input.width, input.channels] : [input.dim];
  return {
    name: `criticize-${count}`,
    reads: parameterSpecs(plan)
      .filter(({ part }) => part === "critic")
      .map(({ name }) => name),
    batch: { samples: { dims: [count, ...shape], type: "float32" } },
    hyper: [],
    run: (state, batch) => ({ state: {}, outputs: { scores: critic(plan, state, batch.samples!) } }),
  };
}
