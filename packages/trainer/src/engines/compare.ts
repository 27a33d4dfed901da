/** Runs the same steps on two engines and finds the first tensor in which they differ. */

import type { PlainTensor } from "@mmgan/core";
import type { PlainState } from "../nets/parameters.js";
import { type TensorDifference, tensorDifference } from "./difference.js";
import { createEngine, type Engine } from "./engine.js";
import type { Place } from "./place.js";
import { type ProbeRun, probeRuns, probeState } from "./probe-step.js";

/** Largest difference, relative to a tensor's largest value, that engines may have. */
export const TOLERANCE = 1e-4;

export interface Comparison {
  /** Tensors compared. */
  tensors: number;
  /** The largest difference of all, and whose it is. */
  worst: TensorDifference & { tensor: string };
  /** The first tensor beyond the tolerance, in the order of computation; absent when the engines agree. */
  first?: TensorDifference & { tensor: string };
}

/**
 * Both engines start every run from `state`, so that a difference is of that run alone. Order: outputs of the read-out
 * programs, then of each training step its losses, and per layer its gradient (Adam's moments), weight and average.
 *
 * @param a - loaded with `state`, as is `b`; both are left with other states, and not disposed of
 */
export async function compareEngines(
  a: Engine,
  b: Engine,
  {
    tolerance = TOLERANCE,
    state = probeState(),
    runs = probeRuns(),
  }: { tolerance?: number; state?: PlainState; runs?: readonly ProbeRun[] } = {},
): Promise<Comparison> {
  const result: Comparison = { tensors: 0, worst: { relative: -1, index: 0, a: 0, b: 0, tensor: "" } };
  for (const run of runs) {
    const [ours, theirs] = [await tensorsOf(a, state, run), await tensorsOf(b, state, run)];
    for (const [name, value] of Object.entries(theirs)) {
      const entry = { ...tensorDifference(name, ours[name]!, value), tensor: `${run.program.name}: ${name}` };
      result.tensors++;
      if (entry.relative > result.worst.relative) result.worst = entry;
      if (entry.relative > tolerance) result.first ??= entry;
    }
  }
  return result;
}

/**
 * {@link compareEngines} of two places.
 *
 * @throws EngineError, DeviceError when one of them is not usable here
 */
export async function comparePlaces(first: Place, second: Place): Promise<Comparison> {
  const create = ({ engine, device }: Place) => createEngine(engine, probeState(), { device });
  const a = await create(first);
  try {
    const b = await create(second);
    return await compareEngines(a, b).finally(() => b.dispose());
  } finally {
    await a.dispose();
  }
}

/** Outputs and the next state of one run, in the order of computation. */
async function tensorsOf(
  engine: Engine,
  state: PlainState,
  { program, batch, hyper }: ProbeRun,
): Promise<Record<string, PlainTensor>> {
  await engine.load(state);
  const outputs = await engine.run(program, batch, hyper);
  const next = await engine.state();
  const layers = program.reads.filter((name) => !/^(adam|ema)\//.test(name));
  const entries = layers.flatMap((layer) =>
    [`adam/m/${layer}`, `adam/v/${layer}`, layer, `ema/${layer}`].filter((name) => name in next),
  );
  const trains = program.hyper.length > 0;
  return { ...outputs, ...(trains ? Object.fromEntries(entries.map((name) => [name, next[name]!])) : {}) };
}
