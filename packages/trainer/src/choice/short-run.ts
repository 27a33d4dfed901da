/** One short training of E alone with a head for each number of clusters, and what its heads say of the same pictures. */

import { adjustedRandIndex, InterruptedError, type PlainTensor, Rng } from "@mmgan/core";
import type { MmganConfig } from "../config.js";
import type { Dataset } from "../data/index.js";
import type { Engine } from "../engines/engine.js";
import { startBatches } from "../loop/batch-source.js";
import { gather, otherViewsOf } from "../loop/batches.js";
import { informationOf, jointTable, meanTable } from "../loop/joint-table.js";
import { hyperAt } from "../loop/schedule.js";
import type { NeighbourGraph } from "../neighbours/index.js";
import { type Head, headOutput, headsEvaluation, headsProgram } from "./heads.js";

/** Samples that heads are read on; fewer where there are fewer. */
export const READ_SAMPLES = 4096;
/** Other views of each. */
const VIEWS = 2;
/** Rows of one run of E. */
const ROWS = 256;

/** What all short runs share. */
export interface ShortRunPlan {
  /** E alone for all its steps; its seed is replaced by that of the run. */
  readonly config: MmganConfig;
  readonly heads: readonly Head[];
  readonly dataset: Dataset;
  readonly graph?: NeighbourGraph | undefined;
}

/** What the best head of a K says: the one with the most mutual information. */
export interface HeadReading {
  readonly clusters: number;
  /** Its first column, which tells it from the others. */
  readonly at: number;
  /** [samples read], the most probable cluster of each, 0..clusters-1. */
  readonly partition: Int32Array;
  /** Mutual information of the clusters of samples and of their other views, in nats, at most ln K. */
  readonly information: number;
  /** Adjusted Rand index of those clusters, the mean over views. */
  readonly viewAgreement: number;
}

/** A config for short runs: E alone by the phases of the recipe, `steps` long. */
export function shortRunConfig(config: MmganConfig, steps: number): MmganConfig {
  return { ...config, starts: 1, startSteps: steps, repairs: 0, encoderSteps: steps, steps };
}

/**
 * Trains the heads that the engine holds ({@link initialHeads}) and reads them.
 *
 * @param seed - of the run: the order of the data, walks and changes of views
 * @returns a reading for each K, in their order; all runs of a plan are read on the same samples and views
 * @throws InterruptedError when `signal` aborts
 */
export async function shortRun(
  plan: ShortRunPlan,
  engine: Engine,
  seed: number,
  {
    signal,
    onStep,
  }: { signal?: AbortSignal | undefined; onStep?: ((step: number) => void) | undefined } = {},
): Promise<HeadReading[]> {
  const config = { ...plan.config, seed };
  const { dataset, graph, heads } = plan;
  const program = headsProgram(config, heads);
  const batches = await startBatches({
    ...{ config, dataset, graph, step: 0, cursor: 0 },
    ...{ kinds: [program.batch], kindOf: new Uint8Array(config.steps) },
  });
  try {
    for (let t = 0; t < config.steps; t++) {
      mustNotStop(signal);
      await engine.run(program, await batches.next(), hyperAt(config, program.hyper, t));
      onStep?.(t + 1);
    }
  } finally {
    await batches.close();
  }
  return readHeads(plan, engine, signal);
}

function mustNotStop(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new InterruptedError("Stopped on request within a short run.");
}

/** Reads the heads on samples and views drawn from the plan's own seed. */
async function readHeads(
  { config, heads, dataset, graph }: ShortRunPlan,
  engine: Engine,
  signal: AbortSignal | undefined,
): Promise<HeadReading[]> {
  const count = Math.min(READ_SAMPLES, dataset.count);
  const samples = new Rng({ seed: config.seed, stream: "choice/samples" }).choice(dataset.count, count);
  const probabilities = (rows: Float32Array) => headProbabilities(config, heads, engine, rows, count, signal);
  const first = await probabilities(gather(dataset, samples));
  const otherViews = otherViewsOf(config, dataset, graph);
  const views: Float32Array[][] = [];
  for (let view = 0; view < VIEWS; view++)
    views.push(await probabilities(otherViews(samples, config.walk, "choice", view)));
  const readings = heads.map(({ clusters, at }, h): HeadReading => {
    const partition = mostProbable(first[h]!, clusters);
    const others = views.map((view) => view[h]!);
    const tables = others.map((other) => jointTable(first[h]!, other, clusters));
    const agreements = others.map((other) => adjustedRandIndex(partition, mostProbable(other, clusters)));
    return {
      ...{ clusters, at, partition },
      // Rounded as the file of the run holds them, so that a resumed choice is the same to the last bit.
      information: Math.fround(informationOf(meanTable(tables))),
      viewAgreement: Math.fround(agreements.reduce((sum, one) => sum + one, 0) / VIEWS),
    };
  });
  return bestOfEach(readings);
}

/** Of the readings of each K the one with the most mutual information, the first of equals. */
export function bestOfEach(readings: readonly HeadReading[]): HeadReading[] {
  const best = new Map<number, HeadReading>();
  for (const reading of readings)
    if (!(reading.information <= (best.get(reading.clusters)?.information ?? Number.NEGATIVE_INFINITY)))
      best.set(reading.clusters, reading);
  return [...best.values()];
}

/** Probabilities [count, K] of each head. */
async function headProbabilities(
  config: MmganConfig,
  heads: readonly Head[],
  engine: Engine,
  rows: Float32Array,
  count: number,
  signal: AbortSignal | undefined,
): Promise<Float32Array[]> {
  const size = rows.length / count;
  const all = heads.map(({ clusters }) => new Float32Array(count * clusters));
  for (let from = 0; from < count; from += ROWS) {
    mustNotStop(signal);
    const to = Math.min(count, from + ROWS);
    const program = headsEvaluation(config, heads, to - from);
    const real: PlainTensor = { ...program.batch.real!, data: rows.slice(from * size, to * size) };
    const outputs = await engine.run(program, { real });
    heads.forEach((head, h) => {
      all[h]!.set(outputs[headOutput(head)]!.data as Float32Array, from * head.clusters);
    });
  }
  return all;
}

/** The most probable cluster of each row, the first of equals. */
export function mostProbable(probabilities: Float32Array, clusters: number): Int32Array {
  return Int32Array.from({ length: probabilities.length / clusters }, (_, row) => {
    let best = 0;
    for (let k = 1; k < clusters; k++)
      if (probabilities[row * clusters + k]! > probabilities[row * clusters + best]!) best = k;
    return best;
  });
}
