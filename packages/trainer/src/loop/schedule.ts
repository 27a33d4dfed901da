/** Learning rates and Adam's corrections at every step, in float64. */

import type { TrainConfig } from "../config.js";
import { ALONE_HOLD, adamSteps, firstGanStep, startsEnd } from "../models/phases.js";
import type { Part } from "../nets/parameters.js";
import { adamScalars } from "../optimizer.js";

/** Factor on all rates at step t of `steps`, t from 0: 1 up to `rateHold`, then linear to `rateEnd` at the last step. */
export function rateFactor(
  { steps, rateHold, rateEnd }: Pick<TrainConfig, "steps" | "rateHold" | "rateEnd">,
  t: number,
) {
  const hold = rateHold * steps;
  if (t < hold || steps - 1 <= hold) return 1;
  return 1 - (1 - rateEnd) * ((t - hold) / (steps - 1 - hold));
}

/**
 * Factor on E's rate: 1 in its starts and most of its time alone, then down to `encoderGanRate` where the GAN begins,
 * and from there times the factor on all rates. Without time alone it is the factor on all rates.
 */
export function encoderFactor(config: TrainConfig, t: number): number {
  const first = firstGanStep(config);
  if (first === 0) return rateFactor(config, t);
  if (t >= first) return config.encoderGanRate * rateFactor(config, t);
  const end = startsEnd(config);
  const alone = { steps: first - end + 1, rateHold: ALONE_HOLD, rateEnd: config.encoderGanRate };
  return t < end ? 1 : rateFactor(alone, t - end);
}

/** The scalars a program asks for, by name `<part>/rate` and `<part>/correction`. */
export function hyperAt(config: TrainConfig, names: string[], t: number): Record<string, number> {
  const hyper: Record<string, number> = {};
  for (const name of names) {
    const [part, what] = name.split("/") as [Part, "rate" | "correction"];
    const factor = part === "encoder" ? encoderFactor(config, t) : rateFactor(config, t);
    const rate = config[`${part}Rate`] * factor;
    hyper[name] = adamScalars(rate, adamSteps(config, part, t), config.beta1, config.beta2)[what];
  }
  return hyper;
}
