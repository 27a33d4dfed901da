/** The training loop: data, step, log, samples, checkpoint. Reads top to bottom; everything random comes from the seed. */

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { InterruptedError } from "@mmgan/core";
import { lockFolder, writeError, writePng } from "@mmgan/node-io";
import { checkConfig, type TrainConfig } from "./config.js";
import type { Dataset } from "./data/index.js";
import { createEngine, type Engine, type EngineName } from "./engines/engine.js";
import { DataOrder, makeBatch, otherViewsOf } from "./loop/batches.js";
import { readNewestCheckpoint, writeCheckpoint } from "./loop/checkpoint.js";
import { type Warning, type Window, warnings } from "./loop/health.js";
import { appendMetrics, MetricsWindow, trimMetrics } from "./loop/metrics-log.js";
import { prepareRun, runFiles } from "./loop/run-folder.js";
import { sampleGrid } from "./loop/samples.js";
import { hyperAt } from "./loop/schedule.js";
import { endStart, isStartEnd } from "./loop/starts.js";
import { initialState, trainingProgram, variantAt, variantName } from "./models/mmgan.js";
import { startsEnd } from "./models/phases.js";
import type { Program } from "./models/program.js";
import { buildNeighbourGraph } from "./neighbours/index.js";
import { VERSION } from "./version.js";

export type TrainEvent =
  | { kind: "start"; step: number; steps: number }
  /** After every step. */
  | { kind: "step"; step: number; steps: number; phase: string; samplesPerSecond: number }
  /** After every window of steps: means over it. */
  | { kind: "metrics"; step: number; steps: number; window: Window }
  /** While the neighbour graph is built, before the first step. */
  | { kind: "graph"; done: number; total: number }
  /** At the end of each of several starts of E; start counts from 1, score is mutual information in nats. */
  | { kind: "judged"; step: number; start: number; starts: number; score: number }
  | { kind: "warning"; step: number; warning: Warning }
  | { kind: "checkpoint"; step: number; path: string };

export interface TrainOptions {
  /** The data of `config.data`, as {@link loadDataset} gives them. Labels are never read. */
  dataset: Dataset;
  /** The run folder. */
  out: string;
  /** Go on from the newest checkpoint in `out`. Default false. */
  resume?: boolean;
  /** Default "onnx". */
  engine?: EngineName;
  /** Threads of a step. Default 0: the engine's choice. */
  threads?: number;
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
 * Trains MMGAN into a run folder.
 *
 * @throws ArgumentError, UnknownNameError (config), FolderInUseError, ResumeError, CheckpointError, DivergedError,
 * InterruptedError (after a checkpoint of the steps done), DiskFullError
 */
export async function train(config: TrainConfig, options: TrainOptions): Promise<TrainSummary> {
  checkConfig(config);
  const { out, engine: engineName = "onnx", resume = false } = options;
  await mkdir(out, { recursive: true }).catch((cause) => {
    throw writeError(cause, out);
  });
  const lock = await lockFolder(out);
  try {
    await prepareRun(out, config, engineName, options.dataset, resume);
    const checkpoint = resume ? await readNewestCheckpoint(out, config) : undefined;
    await trimMetrics(runFiles(out).metrics, checkpoint?.step ?? 0);
    const engine = await createEngine(engineName, checkpoint?.state ?? initialState(config), options);
    try {
      return await loop(config, options, engine, checkpoint?.step ?? 0, checkpoint?.cursor ?? 0);
    } finally {
      await engine.dispose();
    }
  } finally {
    await lock.release();
  }
}

async function loop(
  config: TrainConfig,
  options: TrainOptions,
  engine: Engine,
  firstStep: number,
  firstCursor: number,
): Promise<TrainSummary> {
  const {
    dataset,
    out,
    threads = 0,
    signal,
    onEvent,
    checkpointEvery = 200,
    logEvery = 25,
    sampleEvery = 500,
  } = options;
  const { steps } = config;
  const programs = new Map<string, Program>();
  const programAt = (t: number): Program => {
    const variant = variantAt(config, t);
    const name = variantName(variant);
    const program = programs.get(name) ?? trainingProgram(config, variant);
    programs.set(name, program);
    return program;
  };
  const order = new DataOrder(config.seed, dataset.count);
  const graph =
    config.walk > 0 && firstStep < steps
      ? await buildNeighbourGraph(dataset, {
          threads,
          signal,
          onProgress: (p) => onEvent?.({ kind: "graph", ...p }),
        })
      : undefined;
  const otherViews = otherViewsOf(config, dataset, graph);
  const window = new MetricsWindow();
  const told = new Set<string>();
  const started = performance.now();
  let samples = 0;
  let cursor = firstCursor;
  let metrics: Window = { scalars: {}, shares: [] };

  const save = async (step: number) => {
    const path = await writeCheckpoint(out, { step, cursor, state: await engine.state() }, VERSION);
    onEvent?.({ kind: "checkpoint", step, path });
  };
  const draw = async (step: number) => {
    const grid = await sampleGrid(config, engine);
    if (grid) await writePng(join(runFiles(out).samples, `step-${String(step).padStart(8, "0")}.png`), grid);
  };

  onEvent?.({ kind: "start", step: firstStep, steps });
  for (let t = firstStep; t < steps; t++) {
    if (signal?.aborted) {
      await save(t);
      throw new InterruptedError(
        `Stopped after step ${t} of ${steps}; ${out} holds a checkpoint. Go on with --resume.`,
      );
    }
    if (isStartEnd(config, t)) {
      const score = await endStart(config, dataset, engine, otherViews, t);
      onEvent?.({ kind: "judged", step: t, start: t / config.startSteps, starts: config.starts, score });
    }
    const program = programAt(t);
    const rows = program.batch.real!.dims[0]!;
    const batch = makeBatch(config, dataset, order, otherViews, program, t, cursor);
    window.add(await engine.run(program, batch, hyperAt(config, program.hyper, t)), t + 1);
    cursor += rows;
    samples += rows;
    const step = t + 1;
    const seconds = (performance.now() - started) / 1000;
    onEvent?.({ kind: "step", step, steps, phase: program.name, samplesPerSecond: samples / seconds });
    if (step % logEvery === 0 || step === steps) {
      metrics = window.take();
      // Starts begin with all clusters alike; after them an empty cluster means something.
      const found = step > startsEnd(config) + logEvery ? warnings(metrics, config) : [];
      await appendMetrics(runFiles(out).metrics, {
        step,
        seconds,
        samplesPerSecond: samples / seconds,
        ...metrics,
        warnings: found.map(({ code }) => code),
      });
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
  }
  return { out, step: steps, seconds: (performance.now() - started) / 1000, metrics };
}
