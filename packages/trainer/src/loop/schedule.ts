/** Learning rates and Adam's corrections at every step, in float64. */

import type { MmganConfig, TrainConfig } from "../config.js";
import { modelOf } from "../models/index.js";
import { ALONE_HOLD, contestEnd, firstGanStep } from "../models/phases.js";
import type { Part } from "../nets/parameters.js";
import { adamScalars } from "../optimizer.js";

/** 1 for a share `hold` of `length` steps, then down in a line to `end` at the last; t from 0. */
export function holdThenFall(length: number, hold: number, end: number, t: number): number {
  const held = hold * length;
  if (t < held || length - 1 <= held) return 1;
  return 1 - (1 - end) * ((t - held) / (length - 1 - held));
}

/** Factor on all rates beside the GAN: constant for a share `rateHold` of its steps, then in a line to `rateEnd`. */
export function ganFactor(config: TrainConfig, t: number): number {
  const first = firstGanStep(config);
  return holdThenFall(config.steps - first, config.rateHold, config.rateEnd, t - first);
}

/**
 * Factor on E's rate: 1 in its starts, its repairs and most of its time alone, then down to `encoderGanRate` where the GAN begins,
 * and from there times the factor on all rates. Without time alone it is the factor on all rates.
 */
export function encoderFactor(config: MmganConfig, t: number): number {
  const [end, first] = [contestEnd(config), firstGanStep(config)];
  if (first === 0) return ganFactor(config, t);
  if (t >= first) return config.encoderGanRate * ganFactor(config, t);
  return t < end ? 1 : holdThenFall(first - end + 1, ALONE_HOLD, config.encoderGanRate, t - end);
}

/** Adam's learning rate of a part that the config's model has, at step t. */
export function learningRate(config: TrainConfig, part: Part, t: number): number {
  const rate = (config as Pick<MmganConfig, `${Part}Rate`>)[`${part}Rate`];
  const isEncoder = part === "encoder" && config.model === "mmgan";
  return rate * (isEncoder ? encoderFactor(config, t) : ganFactor(config, t));
}

/** Adam's learning rates at step t of the parts that a step trains. */
export function ratesAt(
  config: TrainConfig,
  parts: readonly Part[],
  t: number,
): Partial<Record<Part, number>> {
  return Object.fromEntries(parts.map((part) => [part, learningRate(config, part, t)]));
}

/** The scalars a program asks for, by name: `<part>/rate`, `<part>/correction`, and those of the model. */
export function hyperAt(config: TrainConfig, names: string[], t: number): Record<string, number> {
  const hyper: Record<string, number> = {};
  const model = modelOf(config);
  const scalars = model.scalars(config, t);
  for (const name of names) {
    const own = scalars[name];
    if (own !== undefined) {
      hyper[name] = own;
      continue;
    }
    const [part, what] = name.split("/") as [Part, "rate" | "correction"];
    const rate = learningRate(config, part, t);
    hyper[name] = adamScalars(rate, model.adamSteps(config, part, t), config.beta1, config.beta2)[what];
  }
  return hyper;
}
