/** Short runs one after the other, or a few side by side, each in a thread of its own. */

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { InterruptedError } from "@mmgan/core";
import { createEngine, type EngineName, type EngineOptions } from "../engines/engine.js";
import { shared } from "../loop/shared-data.js";
import { unpackError } from "../loop/thread-errors.js";
import { initialHeads } from "./heads.js";
import type { ShortRunEnd } from "./run-file.js";
import { type ShortRunPlan, shortRun } from "./short-run.js";
import type { ShortRunMessage, ShortRunTask } from "./short-run-worker.js";

/** What runs a short run. */
export interface ShortRunEngine extends Pick<EngineOptions, "device" | "fallback"> {
  readonly engine?: EngineName | undefined;
  readonly threads?: number | undefined;
}

export interface SideBySideOptions extends ShortRunEngine {
  /** Runs at a time. Default 1. Only the onnx engine has more than one. */
  readonly jobs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onStep: (seed: number, step: number) => void;
  /** Waited for before the next run begins in its place. */
  readonly onEnd: (end: ShortRunEnd) => Promise<void>;
}

/** A thread's program: built beside this file, and absent where the TypeScript sources run. */
const WORKER = new URL("./short-run-worker.js", import.meta.url);

/** Does the runs of all seeds. The same bytes however many are done at a time. @throws InterruptedError, or what a run threw */
export async function runSideBySide(
  plan: ShortRunPlan,
  seeds: readonly number[],
  options: SideBySideOptions,
): Promise<void> {
  const { jobs = 1, engine = "onnx", onStep, onEnd } = options;
  const parallel = engine === "onnx" && existsSync(fileURLToPath(WORKER)) ? Math.min(jobs, seeds.length) : 1;
  const common = parallel > 1 ? { ...plan, ...shared(plan) } : plan;
  // The first that fails stops the others.
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(options.signal ? [options.signal] : [])]);
  let next = 0;
  const work = async () => {
    while (next < seeds.length) {
      const seed = seeds[next++]!;
      const run = parallel > 1 ? runInThread : runHere;
      await onEnd(await run(common, seed, { ...options, signal }, (step) => onStep(seed, step)));
    }
  };
  await Promise.all(
    Array.from({ length: parallel }, () =>
      work().catch((error) => {
        stop.abort();
        throw error;
      }),
    ),
  );
}

type Run = (
  plan: ShortRunPlan,
  seed: number,
  options: ShortRunEngine & { signal?: AbortSignal | undefined },
  onStep: (step: number) => void,
) => Promise<ShortRunEnd>;

/** One run, in this thread. */
export const runHere: Run = async (plan, seed, options, onStep) => {
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
};

/** One run, in a thread of its own. */
const runInThread: Run = (plan, seed, { engine, threads, device, fallback, signal }, onStep) => {
  const task: ShortRunTask = { plan, seed, options: { engine, threads, device, fallback } };
  const worker = new Worker(WORKER, { name: `mmgan short run ${seed}`, workerData: task });
  return new Promise<ShortRunEnd>((resolve, reject) => {
    const stop = () => reject(new InterruptedError("Stopped on request within a short run."));
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop);
    worker.on("message", (message: ShortRunMessage) => {
      if (message.kind === "step") onStep(message.step);
      else if (message.kind === "end") resolve(message.end);
      else reject(unpackError(message.error));
    });
    worker.on("error", reject);
    worker.on("exit", (code) => reject(new Error(`The thread of a short run ended with ${code}.`)));
  }).finally(() => worker.terminate());
};
