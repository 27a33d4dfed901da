/** The thread that makes batches ahead of time: fills a ring until it is full, told to stop, or done. */

import { parentPort, workerData } from "node:worker_threads";
import { type BatchPlan, batchMaker } from "./batch-source.js";
import { type RingMemory, RingWriter } from "./shared-ring.js";
import { packError } from "./thread-errors.js";

/** What the thread is started with. */
export interface BatchWorkerData {
  readonly plan: BatchPlan;
  readonly memory: RingMemory;
}

/** What it says: a batch the reader waits for is there, or why there is none. */
export type BatchWorkerMessage = { kind: "ready" } | { kind: "failed"; error: unknown };

function fill({ plan, memory }: BatchWorkerData, say: (message: BatchWorkerMessage) => void): void {
  const ring = new RingWriter(memory);
  const make = batchMaker(plan);
  for (let n = 0; n < plan.kindOf.length; n++) {
    const slot = ring.claim(n);
    if (!slot) return;
    try {
      let at = 0;
      for (const { data } of Object.values(make())) {
        slot.set(data as Float32Array, at);
        at += data.length;
      }
    } catch (error) {
      ring.fail(n);
      say({ kind: "failed", error: packError(error) });
      return;
    }
    if (ring.publish(n)) say({ kind: "ready" });
  }
}

fill(workerData as BatchWorkerData, (message) => parentPort!.postMessage(message));
