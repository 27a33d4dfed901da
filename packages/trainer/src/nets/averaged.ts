/** The weights that are read out and shipped: moving averages where the config keeps them. */

import type { MmganConfig } from "../config.js";
import { type Part, type PlainState, parameterSpecs } from "./parameters.js";
import { netPlan } from "./plan.js";

/** Own names of the weights of some parts, and the entries of the state they are read from. */
export function averagedNames(
  config: MmganConfig,
  parts: Part[],
  averaged = true,
): { name: string; entry: string }[] {
  const prefix = averaged && config.ema > 0 ? "ema/" : "";
  return parameterSpecs(netPlan(config))
    .filter(({ part }) => parts.includes(part))
    .map(({ name }) => ({ name, entry: prefix + name }));
}

/** Weights and running statistics of E, G and the mixture under their own names. */
export function averagedWeights(config: MmganConfig, state: PlainState): PlainState {
  const names = averagedNames(config, ["encoder", "generator", "mixture"]);
  return Object.fromEntries(names.map(({ name, entry }) => [name, state[entry]!]));
}
