/** Short runs one after the other or a few side by side. */

import { createEngine, type EngineName, type EngineOptions } from "../engines/engine.js";
import { initialHeads } from "./heads.js";
import type { ShortRunEnd } from "./run-file.js";
import { type ShortRunPlan, shortRun } from "./short-run.js";

export interface SideBySideOptions extends Pick<EngineOptions, "device" | "fallback"> {
  readonly engine?: EngineName | undefined;
  readonly threads?: number | undefined;
  readonly jobs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onStep: (seed: number, step: number) => void;
  /** Waited for before the next run begins in its place. */
  readonly onEnd: (end: ShortRunEnd) => Promise<void>;
}

/** Does the runs of all seeds. */
export async function runSideBySide(
  plan: ShortRunPlan,
  seeds: readonly number[],
  options: SideBySideOptions,
): Promise<void> {
  for (const seed of seeds)
    await options.onEnd(await runHere(plan, seed, options, (step) => options.onStep(seed, step)));
}

/** One run, in this thread. */
export async function runHere(
  plan: ShortRunPlan,
  seed: number,
  options: Pick<SideBySideOptions, "engine" | "threads" | "device" | "fallback" | "signal">,
  onStep: (step: number) => void,
): Promise<ShortRunEnd> {
  const { engine: name = "onnx", threads = 0, device, fallback, signal } = options;
  const started = performance.now();
  const state = initialHeads({ ...plan.config, seed }, plan.heads);
  const engine = await createEngine(name, state, { threads, device, fallback });
  try {
    const readings = await shortRun(plan, engine, seed, { signal, onStep });
    return { seed, seconds: (performance.now() - started) / 1000, state: await engine.state(), readings };
  } finally {
    await engine.dispose();
  }
}
