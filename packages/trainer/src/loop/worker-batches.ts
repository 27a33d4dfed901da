/** Batches from a thread of their own, a few steps ahead of the loop. */

import { Worker } from "node:worker_threads";
import type { PlainTensor } from "@mmgan/core";
import {
  type Batch,
  type BatchPlan,
  type BatchSource,
  inlineBatches,
  rowsOf,
  valuesOf,
} from "./batch-source.js";
import type { BatchWorkerData, BatchWorkerMessage } from "./batch-worker.js";
import { shared, sharedBytes } from "./shared-data.js";
import { RingReader, ringMemory } from "./shared-ring.js";
import { unpackError } from "./thread-errors.js";

/** Batches made ahead: one hides the making, a second evens out a slow one. */
const SLOTS = 2;

/**
 * Starts the thread. Pixels, points and graph are copied once into memory that both threads see. A batch is copied out
 * of the ring, into the same arrays every time, because ONNX Runtime takes no shared memory. If the thread ends before its time (killed, out of memory), the rest is made inline: a batch is
 * the same wherever it is made.
 *
 * @param program - the built batch-worker.js
 */
export function workerBatches(plan: BatchPlan, program: URL): BatchSource {
  const shared = sharedPlan(plan);
  const memory = ringMemory(SLOTS, Math.max(...plan.kinds.map(valuesOf)));
  const reader = new RingReader(memory);
  const worker = new Worker(program, {
    name: "mmgan batches",
    workerData: { plan: shared, memory } satisfies BatchWorkerData,
  });
  let failure: unknown;
  let ended = false;
  let wake = () => {};
  worker.on("message", (message: BatchWorkerMessage) => {
    if (message.kind === "failed") failure = unpackError(message.error);
    wake();
  });
  // An error that nobody caught there ends the thread; so does the end of its work.
  worker.on("error", () => {});
  worker.on("exit", () => {
    ended = true;
    wake();
  });

  const batches = plan.kinds.map(emptyBatch);
  let taken = 0;
  let cursor = plan.cursor;
  let inline: BatchSource | undefined;
  return {
    kind: "worker",
    async next() {
      if (inline) return inline.next();
      const kind = plan.kindOf[taken]!;
      for (;;) {
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
        });
        const slot = reader.take(taken);
        if (slot) {
          const batch = batches[kind]!;
          copyInto(batch, slot);
          reader.release(taken++);
          cursor += rowsOf(plan.kinds[kind]!);
          return batch;
        }
        if (failure !== undefined) throw failure;
        if (ended) {
          inline = inlineBatches({
            ...plan,
            step: plan.step + taken,
            cursor,
            kindOf: plan.kindOf.subarray(taken),
          });
          return inline.next();
        }
        await woken;
      }
    },
    async close() {
      reader.stop();
      await worker.terminate();
    },
  };
}

/** A batch of zeros. */
function emptyBatch(specs: BatchPlan["kinds"][number]): Batch {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { dims }]): [string, PlainTensor] => [
      name,
      { dims, type: "float32", data: new Float32Array(dims.reduce((a, b) => a * b, 1)) },
    ]),
  );
}

/** Fills a batch from a slot, in which its entries stand in their order. */
function copyInto(batch: Batch, slot: Float32Array): void {
  let at = 0;
  for (const { data } of Object.values(batch)) {
    (data as Float32Array).set(slot.subarray(at, at + data.length));
    at += data.length;
  }
}

/** The plan with its large arrays in shared memory, so that the thread gets them without a second copy. */
function sharedPlan({ dataset, graph, ...plan }: BatchPlan): BatchPlan {
  const { count, pixels, points } = dataset;
  return {
    ...plan,
    ...shared({ dataset: { count, ...(pixels && { pixels }), ...(points && { points }) }, graph }),
    kindOf: sharedBytes(plan.kindOf),
  };
}
