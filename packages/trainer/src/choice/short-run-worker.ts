/** The thread of a short run: does it, says how far it is, and hands over how it ended. */

import { parentPort, workerData } from "node:worker_threads";
import { packError } from "../loop/thread-errors.js";
import type { ShortRunEnd } from "./run-file.js";
import type { ShortRunPlan } from "./short-run.js";
import { runHere, type ShortRunEngine } from "./side-by-side.js";

/** What the thread is started with. */
export interface ShortRunTask {
  readonly plan: ShortRunPlan;
  readonly seed: number;
  readonly options: ShortRunEngine;
}

export type ShortRunMessage =
  | { kind: "step"; step: number }
  | { kind: "end"; end: ShortRunEnd }
  | { kind: "failed"; error: unknown };

const { plan, seed, options } = workerData as ShortRunTask;
const say = (message: ShortRunMessage) => parentPort!.postMessage(message);
try {
  say({ kind: "end", end: await runHere(plan, seed, options, (step) => say({ kind: "step", step })) });
} catch (error) {
  say({ kind: "failed", error: packError(error) });
}
