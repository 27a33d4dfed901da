/** When what happens in a training: starts of E, E alone, then the GAN. Steps count from 0. */

import type { MmganConfig } from "../config.js";
import type { Part } from "../nets/parameters.js";

/** MMGAN's; other models have one phase, and none of these fields. */
type Phases = Partial<
  Pick<MmganConfig, "steps" | "encoderSteps" | "starts" | "startSteps" | "repairs" | "repairSteps">
>;
type AllPhases = Required<Omit<Phases, "steps">>;

/** The fields, with what a model of one phase has. */
function phasesOf(config: Phases): AllPhases {
  const { encoderSteps = 0, starts = 1, startSteps = 1, repairs = 0, repairSteps = 1 } = config;
  return { encoderSteps, starts, startSteps, repairs, repairSteps };
}

/** Whether several attempts at E are judged against each other. */
const isContest = ({ starts, repairs }: AllPhases): boolean => starts > 1 || repairs > 0;

/** Steps of all starts together; 0 when there is but one and no repair. */
export function startsEnd(config: Phases): number {
  const phases = phasesOf(config);
  return isContest(phases) ? phases.starts * phases.startSteps : 0;
}

/** The first step after all starts and repairs. */
export function contestEnd(config: Phases): number {
  const { repairs, repairSteps } = phasesOf(config);
  return startsEnd(config) + repairs * repairSteps;
}

/** The first step in which G and D take part. */
export function firstGanStep(config: Phases): number {
  const { encoderSteps, startSteps } = phasesOf(config);
  return isContest(phasesOf(config)) ? contestEnd(config) + encoderSteps - startSteps : encoderSteps;
}

/** A start or a repair of E that ends before step t: which one, from 1, of how many. */
export interface Attempt {
  what: "start" | "repair";
  number: number;
  of: number;
}

/** The attempt that ends before step t, if one does. */
export function attemptEndingAt(config: Phases, t: number): Attempt | undefined {
  const { starts, startSteps, repairs, repairSteps } = phasesOf(config);
  const fresh = startsEnd(config);
  if (t <= 0 || t > contestEnd(config)) return undefined;
  if (t <= fresh)
    return t % startSteps === 0 ? { what: "start", number: t / startSteps, of: starts } : undefined;
  const within = t - fresh;
  return within % repairSteps === 0
    ? { what: "repair", number: within / repairSteps, of: repairs }
    : undefined;
}

/**
 * How many steps Adam has taken on a part by the end of step t. E counts those of its own start alone, and repairs as if
 * every one went on: by then the corrections that depend on it are near 1.
 */
export function adamSteps(config: Phases, part: Part, t: number): number {
  if (part !== "encoder") return t - firstGanStep(config) + 1;
  const end = startsEnd(config);
  const { startSteps } = phasesOf(config);
  if (t < end) return (t % startSteps) + 1;
  return end > 0 ? t - end + startSteps + 1 : t + 1;
}

/** Share of E's time alone, starts and repairs left out, with a constant rate and long walks. */
export const ALONE_HOLD = 0.6;

/**
 * Longest walk at step t: `walk` up to the last 40 % of E's time alone (of all steps where it has none), then at most
 * `walkLate`. Far neighbours join the parts of a class, near ones then sharpen the borders, while E's rate falls.
 */
export function walkLength(
  config: Phases & Pick<MmganConfig, "steps" | "walk" | "walkLate">,
  t: number,
): number {
  const from = contestEnd(config);
  const to = firstGanStep(config) || config.steps;
  return t < from + ALONE_HOLD * (to - from) ? config.walk : Math.min(config.walk, config.walkLate);
}
