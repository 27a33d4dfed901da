/** `mmgan bench train`: minutes of training until E's clusters are pure on data it never saw. */

import { linkSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { InterruptedError, purity } from "@mmgan/core";
import type { Dataset, EngineName, TrainConfig, TrainSummary } from "@mmgan/trainer";
import { withTemporaryFolder } from "./folder.js";
import type { Trainer } from "./step-problem.js";
import { median } from "./timing.js";

export interface TrainBenchOptions {
  /** Seeds, one training each. */
  seeds: readonly number[];
  /** Purity on the test split to be reached, 0..1. */
  purity: number;
  data: string;
  dataDir?: string;
  /** Steps in all. Default: the recipe's. */
  steps?: number;
  /** Steps between two evaluations. */
  every: number;
  engine?: EngineName;
  threads?: number;
  /** Whether the onnx engine chooses forms by measurement first; on the clock. */
  tune: boolean;
  onSeed?: (seed: SeedResult) => void;
}

export interface SeedResult {
  seed: number;
  /** Seconds until training began: the neighbour graph, or reading it from the cache. */
  startSeconds: number;
  /** Seconds from the call to the first evaluated step at that purity, the start included; null if never reached. */
  reachedSeconds: number | null;
  reachedStep: number | null;
  /** Of the whole training. */
  seconds: number;
  /** Purity after every evaluated step. */
  evaluations: { step: number; seconds: number; purity: number }[];
}

export interface TrainBenchResult {
  bench: "train";
  data: string;
  recipe: "default";
  engine: EngineName;
  threads: number;
  tuned: boolean;
  steps: number;
  purity: number;
  seeds: SeedResult[];
  /** Over the seeds; null where one of them never got there. */
  medianReachedSeconds: number | null;
}

/** Images per run of the evaluation. */
const EVALUATED = 500;

export async function benchTrain(options: TrainBenchOptions, signal: AbortSignal): Promise<TrainBenchResult> {
  const trainer = await import("@mmgan/trainer");
  const { data, dataDir, engine = "onnx", seeds, steps } = options;
  const threads = options.threads ?? availableParallelism();
  const place = dataDir === undefined ? {} : { dataDir };
  const dataset = await trainer.loadDataset(data, { ...place, split: "train", signal });
  const test = await trainer.loadDataset(data, { ...place, split: "test", labels: true, signal });
  const results: SeedResult[] = [];
  let total = 0;
  for (const seed of seeds) {
    const config = trainer.resolveConfig({
      data,
      clusters: test.classNames!.length,
      input: { kind: "image", ...dataset.image!, channels: 1, fit: dataset.fit },
      count: dataset.count,
      seed,
      overrides: steps === undefined ? {} : { steps },
    });
    total = config.steps;
    const result = await trainOnce(trainer, config, dataset, test, { ...options, engine, threads }, signal);
    options.onSeed?.(result);
    results.push(result);
  }
  const reached = results.map(({ reachedSeconds }) => reachedSeconds);
  return {
    ...{
      bench: "train",
      data,
      recipe: "default",
      engine,
      threads,
      tuned: options.tune,
      steps: total,
      purity: options.purity,
    },
    seeds: results,
    medianReachedSeconds: reached.includes(null) ? null : median(reached as number[]),
  };
}

/** One training. Evaluated afterwards, from checkpoints kept on the way: evaluating costs the clock nothing. */
async function trainOnce(
  trainer: Trainer,
  config: TrainConfig,
  dataset: Dataset,
  test: Dataset,
  {
    every,
    engine,
    threads,
    tune,
    purity: wanted,
  }: TrainBenchOptions & { engine: EngineName; threads: number },
  signal: AbortSignal,
): Promise<SeedResult> {
  return withTemporaryFolder(async (folder) => {
    const kept: { step: number; seconds: number; path: string }[] = [];
    const started = performance.now();
    const clock = () => (performance.now() - started) / 1000;
    let startSeconds = 0;
    const summary: TrainSummary = await trainer.train(config, {
      ...{ dataset, out: join(folder, "run"), engine, threads, tune, signal },
      checkpointEvery: every,
      sampleEvery: config.steps,
      onEvent: (event) => {
        if (event.kind === "start") startSeconds = clock();
        if (event.kind !== "checkpoint") return;
        // A second name keeps the file when the run drops it.
        const path = join(folder, `${event.step}.safetensors`);
        linkSync(event.path, path);
        kept.push({ step: event.step, seconds: clock(), path });
      },
    });
    const evaluations: SeedResult["evaluations"] = [];
    for (const { step, seconds, path } of kept) {
      if (signal.aborted) throw new InterruptedError("Stopped on request.");
      const { state } = await trainer.readCheckpoint(path);
      evaluations.push({ step, seconds, purity: await testPurity(trainer, config, state, test, threads) });
    }
    const reached = evaluations.find((one) => one.purity >= wanted);
    return {
      ...{ seed: config.seed, startSeconds, seconds: summary.seconds + startSeconds, evaluations },
      reachedSeconds: reached?.seconds ?? null,
      reachedStep: reached?.step ?? null,
    };
  });
}

/** Purity of E's clusters on labelled data, by the weights that are exported. */
async function testPurity(
  trainer: Trainer,
  config: TrainConfig,
  state: Parameters<Trainer["createEngine"]>[1],
  test: Dataset,
  threads: number,
): Promise<number> {
  const engine = await trainer.createEngine("onnx", state, { threads });
  try {
    const clusters: number[] = [];
    const pixels = test.pixels!;
    const stride = pixels.length / test.count;
    for (let from = 0; from < test.count; from += EVALUATED) {
      const count = Math.min(EVALUATED, test.count - from);
      const program = trainer.evaluationProgram(config, count);
      const { dims } = program.batch.real!;
      const data = Float32Array.from(
        pixels.subarray(from * stride, (from + count) * stride),
        (value) => value / 127.5 - 1,
      );
      const { probabilities } = await engine.run(program, { real: { dims, type: "float32", data } });
      const rows = probabilities!.data as Float32Array;
      for (let i = 0; i < count; i++) {
        const row = rows.subarray(i * config.clusters, (i + 1) * config.clusters);
        clusters.push(row.indexOf(Math.max(...row)));
      }
    }
    return purity(test.labels!, clusters);
  } finally {
    await engine.dispose();
  }
}
