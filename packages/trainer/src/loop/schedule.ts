/** Learning rates and Adam's corrections at every step, in float64. */

import type { TrainConfig } from "../config.js";
import { adamSteps } from "../models/phases.js";
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

/** The scalars a program asks for, by name `<part>/rate` and `<part>/correction`. G, D and the mixture count from the GAN's start. */
export function hyperAt(config: TrainConfig, names: string[], t: number): Record<string, number> {
  const factor = rateFactor(config, t);
  const hyper: Record<string, number> = {};
  for (const name of names) {
    const [part, what] = name.split("/") as [Part, "rate" | "correction"];
    const rate = config[`${part}Rate`] * factor;
    hyper[name] = adamScalars(rate, adamSteps(config, part, t), config.beta1, config.beta2)[what];
  }
  return hyper;
}
