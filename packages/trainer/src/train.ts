/** The training loop: data, step, log, samples, checkpoint. Reads top to bottom; everything random comes from the seed. */

import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { InterruptedError } from "@mmgan/core";
import { lockFolder, writeError, writePng } from "@mmgan/node-io";
import { checkConfig, type TrainConfig } from "./config.js";
import type { Dataset } from "./data/index.js";
import {
  createEngine,
  type Engine,
  type EngineName,
  type EngineOptions,
  mustRunHere,
} from "./engines/engine.js";
import { mustFitMemory, withFittingBatch } from "./engines/memory.js";
import { type BatchSource, type Preparation, rowsOf, startBatches } from "./loop/batch-source.js";
import { type OtherViews, otherViewsOf } from "./loop/batches.js";
import { readNewestCheckpoint, writeCheckpoint } from "./loop/checkpoint.js";
import { type Warning, type Window, warnings } from "./loop/health.js";
import { appendMetrics, MetricsWindow, trimMetrics } from "./loop/metrics-log.js";
import { prepareRun, runFiles } from "./loop/run-folder.js";
import { sampleGrid } from "./loop/samples.js";
import { hyperAt } from "./loop/schedule.js";
import { endAttempt } from "./loop/starts.js";
import { WriteBehind } from "./loop/write-behind.js";
import { modelOf } from "./models/index.js";
import { type Attempt, attemptEndingAt, contestEnd } from "./models/phases.js";
import type { Program } from "./models/program.js";
import { buildNeighbourGraph, type NeighbourGraph, withWalkLength } from "./neighbours/index.js";
import { VERSION } from "./version.js";

export type TrainEvent =
  | { kind: "start"; step: number; steps: number }
  /** After every step. */
  | { kind: "step"; step: number; steps: number; phase: string; samplesPerSecond: number }
  /** After every window of steps: means over it. */
  | { kind: "metrics"; step: number; steps: number; window: Window }
  /** While the neighbour graph is built, before the first step. */
  | { kind: "graph"; done: number; total: number }
  /** How long walks on the graph are, where the config leaves it to the graph. */
  | { kind: "walk"; length: number }
  /** At the end of each of several starts and repairs of E: mutual information in nats, and whether it is the best. */
  | { kind: "judged"; step: number; attempt: Attempt; score: number; best: boolean }
  | { kind: "warning"; step: number; warning: Warning }
  | { kind: "checkpoint"; step: number; path: string };

export interface TrainOptions {
  /** The data of `config.data`, as {@link loadDataset} gives them. Labels are never read. */
  dataset: Dataset;
  /** The run folder. */
  out: string;
  /** Neighbours of the data, where they are known already. Default: looked for before the first step. */
  graph?: NeighbourGraph | undefined;
  /** Go on from the newest checkpoint in `out`. Default false. */
  resume?: boolean;
  /** Default "onnx". */
  engine?: EngineName;
  /** Threads of a step. Default 0: the engine's choice. */
  threads?: number;
  /**
   * Where the next batch is prepared: in a thread of its own while the graph runs, or in the loop. Default "auto": a
   * thread where batches are large enough to pay for one and there is a second core. The bytes are the same.
   */
  prepare?: Preparation;
  /** Where the onnx engine runs. Default "auto", the CPU. */
  device?: EngineOptions["device"];
  /** An operator the device lacks: "none" refuses, "cpu" runs it there. Default "none". */
  fallback?: EngineOptions["fallback"];
  /** Time the forms of convolutions on the device first, a few seconds. Default false. A resumed run keeps its own. */
  tune?: boolean;
  /** Steps between checkpoints. Default 200. */
  checkpointEvery?: number;
  /** Steps between lines of metrics.jsonl. Default 25. */
  logEvery?: number;
  /** Steps between sample grids; also after the last. Default 500. */
  sampleEvery?: number;
  signal?: AbortSignal;
  onEvent?: (event: TrainEvent) => void;
}

export interface TrainSummary {
  out: string;
  step: number;
  /** Of this call, without the time before a resume. */
  seconds: number;
  metrics: Window;
}

/**
 * Trains a model into a run folder.
 *
 * @throws ArgumentError, UnknownNameError (config), DeviceError, MemoryError, FolderInUseError, ResumeError, CheckpointError, DivergedError,
 * InterruptedError (after a checkpoint of the steps done), DiskFullError
 */
export async function train(config: TrainConfig, options: TrainOptions): Promise<TrainSummary> {
  checkConfig(config);
  const { out, engine: engineName = "onnx", resume = false } = options;
  await mustRunHere(engineName, options);
  mustFitMemory(config);
  await mkdir(out, { recursive: true }).catch((cause) => {
    throw writeError(cause, out);
  });
  const lock = await lockFolder(out);
  try {
    await prepareRun(out, config, engineName, options.dataset, resume);
    const checkpoint = resume ? await readNewestCheckpoint(out, config) : undefined;
    await trimMetrics(runFiles(out).metrics, checkpoint?.step ?? 0);
    // A training goes on with the forms it began with.
    const record = runFiles(out).forms;
    const tune = (checkpoint ? existsSync(record) : options.tune) ? { record } : false;
    const engine = await createEngine(engineName, checkpoint?.state ?? modelOf(config).initialState(config), {
      ...options,
      tune,
    });
    try {
      return await loop(config, options, engine, checkpoint?.step ?? 0, checkpoint?.cursor ?? 0);
    } catch (error) {
      throw withFittingBatch(error, config);
    } finally {
      await engine.dispose();
    }
  } finally {
    await lock.release();
  }
}

async function loop(
  asked: TrainConfig,
  options: TrainOptions,
  engine: Engine,
  firstStep: number,
  firstCursor: number,
): Promise<TrainSummary> {
  const { dataset, threads = 0, signal, onEvent, prepare } = options;
  const graph =
    asked.walk > 0 && firstStep < asked.steps
      ? (options.graph ??
        (await buildNeighbourGraph(dataset, {
          threads,
          signal,
          onProgress: (p) => onEvent?.({ kind: "graph", ...p }),
        })))
      : undefined;
  const config = graph ? withWalkLength(asked, graph) : asked;
  if (asked.walkSpread > 0) onEvent?.({ kind: "walk", length: config.walk });
  const { programs, programOf } = modelOf(config).trainingPrograms(config, firstStep);
  const batches = await startBatches(
    {
      ...{ config, dataset, graph, step: firstStep, cursor: firstCursor },
      ...{ kinds: programs.map(({ batch }) => batch), kindOf: programOf },
    },
    prepare,
  );
  const writes = new WriteBehind();
  try {
    const otherViews = otherViewsOf(config, dataset, graph);
    const programAt = (t: number) => programs[programOf[t - firstStep]!]!;
    return await steps(config, options, engine, {
      ...{ firstStep, firstCursor, batches, programAt, otherViews, writes },
    });
  } finally {
    // Nothing is written, and no thread is left, once the folder is free for others.
    await writes.settle();
    await batches.close();
  }
}

/** What the steps need beside config and engine. */
interface Around {
  firstStep: number;
  firstCursor: number;
  batches: BatchSource;
  programAt: (t: number) => Program;
  otherViews: OtherViews;
  writes: WriteBehind;
}

async function steps(
  config: TrainConfig,
  options: TrainOptions,
  engine: Engine,
  { firstStep, firstCursor, batches, programAt, otherViews, writes }: Around,
): Promise<TrainSummary> {
  const { dataset, out, signal, onEvent, checkpointEvery = 200, logEvery = 25, sampleEvery = 500 } = options;
  const { steps } = config;
  const window = new MetricsWindow();
  const told = new Set<string>();
  const started = performance.now();
  let samples = 0;
  let cursor = firstCursor;
  let metrics: Window = { scalars: {}, shares: [] };

  const save = async (step: number) => {
    // One at a time: a copy of the state waits for the disk, never two.
    await writes.done();
    const readOut = await modelOf(config).readOut?.(config, dataset, engine);
    const checkpoint = { step, cursor, state: { ...(await engine.state()), ...readOut } };
    writes.add(async () => {
      const path = await writeCheckpoint(out, checkpoint, VERSION);
      onEvent?.({ kind: "checkpoint", step, path });
    });
  };
  const draw = async (step: number) => {
    const grid = await sampleGrid(config, engine);
    const path = join(runFiles(out).samples, `step-${String(step).padStart(8, "0")}.png`);
    if (grid) writes.add(() => writePng(path, grid));
  };

  onEvent?.({ kind: "start", step: firstStep, steps });
  for (let t = firstStep; t < steps; t++) {
    if (signal?.aborted) {
      await save(t);
      await writes.done();
      throw new InterruptedError(
        `Stopped after step ${t} of ${steps}; ${out} holds a checkpoint. Go on with --resume.`,
      );
    }
    const attempt = attemptEndingAt(config, t);
    if (attempt && config.model === "mmgan") {
      const judged = await endAttempt(config, dataset, engine, otherViews, t);
      onEvent?.({ kind: "judged", step: t, attempt, ...judged });
    }
    const program = programAt(t);
    const rows = rowsOf(program.batch);
    const batch = await batches.next();
    window.add(await engine.run(program, batch, hyperAt(config, program.hyper, t)), t + 1);
    cursor += rows;
    samples += rows;
    const step = t + 1;
    const seconds = (performance.now() - started) / 1000;
    onEvent?.({ kind: "step", step, steps, phase: program.name, samplesPerSecond: samples / seconds });
    if (step % logEvery === 0 || step === steps) {
      metrics = window.take();
      // Starts begin with all clusters alike, repairs with two; after them an empty cluster means something.
      const found = step > contestEnd(config) + logEvery ? warnings(metrics, config) : [];
      const line = {
        ...{ step, seconds, samplesPerSecond: samples / seconds, ...metrics },
        warnings: found.map(({ code }) => code),
      };
      writes.add(() => appendMetrics(runFiles(out).metrics, line));
      onEvent?.({ kind: "metrics", step, steps, window: metrics });
      for (const warning of found) {
        // To tell each again and again would flicker: a kind is told once, metrics.jsonl has them all.
        if (!told.has(warning.code)) {
          told.add(warning.code);
          onEvent?.({ kind: "warning", step, warning });
        }
      }
    }
    if (step % sampleEvery === 0 || step === steps) await draw(step);
    if (step % checkpointEvery === 0 || step === steps) await save(step);
    await writes.turn();
  }
  await writes.done();
  return { out, step: steps, seconds: (performance.now() - started) / 1000, metrics };
}
