/** Where the loop gets its batches: made when asked for, or ahead of time in a thread beside the graph's run. */

import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { PlainTensor } from "@mmgan/core";
import type { TrainConfig } from "../config.js";
import type { Dataset } from "../data/index.js";
import type { TensorSpec } from "../models/program.js";
import type { NeighbourGraph } from "../neighbours/index.js";
import { DataOrder, makeBatch, otherViewsOf } from "./batches.js";

export type Batch = Record<string, PlainTensor>;

/** What a step of a training is fed, for all its steps. Plain data: it goes to another thread. */
export interface BatchPlan {
  readonly config: TrainConfig;
  /** What batches are made of. */
  readonly dataset: Pick<Dataset, "count" | "pixels" | "points">;
  readonly graph?: NeighbourGraph | undefined;
  /** The first step, and the position in the data's order it begins at. */
  readonly step: number;
  readonly cursor: number;
  /** The kinds of batch there are: the entries of each. */
  readonly kinds: readonly Readonly<Record<string, TensorSpec>>[];
  /** [steps - step]: the kind of each step from the first on. */
  readonly kindOf: Uint8Array;
}

/** Gives the batches of a training in order. */
export interface BatchSource {
  /** Which it is, for reports. */
  readonly kind: "inline" | "worker";
  /** The next batch; valid until the next call. @throws what making it threw */
  next(): Promise<Batch>;
  /** Ends whatever makes batches. Call in a `finally`; a second call does nothing. */
  close(): Promise<void>;
}

/** Images of a batch. */
export const rowsOf = (specs: Readonly<Record<string, TensorSpec>>): number => specs.real!.dims[0]!;

/** Makes the batches of a plan one after the other. */
export function batchMaker(plan: BatchPlan): () => Batch {
  const { config, dataset, graph, kinds, kindOf } = plan;
  const order = new DataOrder(config.seed, dataset.count);
  const otherViews = otherViewsOf(config, dataset, graph);
  let { step, cursor } = plan;
  return () => {
    const batch = kinds[kindOf[step - plan.step]!]!;
    const made = makeBatch(config, dataset, order, otherViews, { batch }, step, cursor);
    step++;
    cursor += rowsOf(batch);
    return made;
  };
}

/** Each batch is made when it is asked for. */
export function inlineBatches(plan: BatchPlan): BatchSource {
  const make = batchMaker(plan);
  return { kind: "inline", next: async () => make(), close: async () => {} };
}

/** How batches are prepared; `auto` takes the worker where it pays. */
export const PREPARATIONS = ["auto", "worker", "inline"] as const;
export type Preparation = (typeof PREPARATIONS)[number];

/** float32 values of a step's views above which a worker pays: below, making a batch takes some tenths of a millisecond. */
const WORKER_PAYS = 16_384;

/** The thread's program: built beside this file, and absent where the TypeScript sources run. */
const WORKER = new URL("./batch-worker.js", import.meta.url);

/** Starts a source. Same bytes from each; a worker that cannot be had gives way to making batches inline. */
export async function startBatches(plan: BatchPlan, prepare: Preparation = "auto"): Promise<BatchSource> {
  const largest = Math.max(...plan.kinds.map(valuesOf));
  const pays = largest >= WORKER_PAYS && availableParallelism() > 1;
  if (prepare === "inline" || (prepare === "auto" && !pays) || plan.kindOf.length === 0)
    return inlineBatches(plan);
  if (!existsSync(fileURLToPath(WORKER))) return inlineBatches(plan);
  const { workerBatches } = await import("./worker-batches.js");
  try {
    return workerBatches(plan, WORKER);
  } catch {
    return inlineBatches(plan); // no thread or no shared memory to be had
  }
}

/** float32 values of a batch. */
export function valuesOf(specs: Readonly<Record<string, TensorSpec>>): number {
  return Object.values(specs).reduce((sum, { dims }) => sum + dims.reduce((a, b) => a * b, 1), 0);
}
