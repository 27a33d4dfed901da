/** When what happens in a training: starts of E, E alone, then the GAN. Steps count from 0. */

import type { TrainConfig } from "../config.js";
import type { Part } from "../nets/parameters.js";

type Phases = Pick<TrainConfig, "encoderSteps" | "starts" | "startSteps">;

/** Steps of all starts together; 0 when there is but one. */
export function startsEnd({ starts, startSteps }: Phases): number {
  return starts > 1 ? starts * startSteps : 0;
}

/** The first step in which G and D take part. */
export function firstGanStep(config: Phases): number {
  const { encoderSteps, startSteps, starts } = config;
  return starts > 1 ? startsEnd(config) + encoderSteps - startSteps : encoderSteps;
}

/** How many steps Adam has taken on a part by the end of step t. E counts those of its own start alone. */
export function adamSteps(config: Phases, part: Part, t: number): number {
  if (part !== "encoder") return t - firstGanStep(config) + 1;
  const end = startsEnd(config);
  if (t < end) return (t % config.startSteps) + 1;
  return end > 0 ? t - end + config.startSteps + 1 : t + 1;
}

/** Share of E's time alone, starts left out, with a constant rate and long walks. */
export const ALONE_HOLD = 0.6;

/**
 * Longest walk at step t: `walk` up to the last 40 % of E's time alone (of all steps where it has none), then at most
 * `walkLate`. Far neighbours join the parts of a class, near ones then sharpen the borders, while E's rate falls.
 */
export function walkLength(
  config: Phases & Pick<TrainConfig, "steps" | "walk" | "walkLate">,
  t: number,
): number {
  const from = startsEnd(config);
  const to = firstGanStep(config) || config.steps;
  return t < from + ALONE_HOLD * (to - from) ? config.walk : Math.min(config.walk, config.walkLate);
}
