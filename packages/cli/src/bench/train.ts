/** `mmgan bench train`: minutes of training until E's clusters are pure on data it never saw. */

import { linkSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { InterruptedError, median, purity } from "@mmgan/core";
import type { Dataset, EngineName, MmganConfig } from "@mmgan/trainer";
import { withTemporaryFolder } from "./folder.js";
import { startPeer } from "./peers.js";
import type { Trainer } from "./step-problem.js";
import { type Agreement, agreeWithPeer, trainPeer } from "./train-peer.js";

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
  /** Cuts a training off after as many steps, the schedule that of all. Default: none. */
  stopAfter?: number;
  engine?: EngineName;
  threads?: number;
  /** Whether the onnx engine chooses forms by measurement first; on the clock. */
  tune: boolean;
  /** Python with PyTorch 2. */
  peer?: string;
  onSeed?: (seed: SeedResult) => void;
}

/** Purity after an evaluated step. */
export interface Evaluation {
  step: number;
  seconds: number;
  purity: number;
}

export interface SeedResult {
  seed: number;
  /** Seconds until training began: the neighbour graph, or reading it from the cache. */
  startSeconds: number;
  /** Seconds from the call to the first evaluated step at that purity, the start included; null if never reached. */
  reachedSeconds: number | null;
  reachedStep: number | null;
  /** Of all steps that were run. */
  seconds: number;
  evaluations: Evaluation[];
  /** The same seed's training by the peer; null without one. */
  peer: PeerSeedResult | null;
}

/** A training of the peer. Its clock runs during steps alone: making batches, the start and checkpoints cost it nothing. */
export interface PeerSeedResult {
  reachedSeconds: number | null;
  reachedStep: number | null;
  seconds: number;
  evaluations: Evaluation[];
  /** Ours over its, our start left out: of the way to the purity (null if one never got there), and of all steps. */
  ratio: { reached: number | null; all: number };
}

export interface TrainBenchResult {
  bench: "train";
  data: string;
  recipe: "default";
  engine: EngineName;
  threads: number;
  tuned: boolean;
  steps: number;
  /** Steps after which each was cut off; null where none was. */
  stopAfter: number | null;
  purity: number;
  seeds: SeedResult[];
  /** Over the seeds; null where one of them never got there. */
  medianReachedSeconds: number | null;
  /** null without a peer. */
  peer: (Agreement & { medianReachedSeconds: number | null; medianRatio: number | null }) | null;
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
  const configOf = (seed: number) =>
    trainer.resolveConfig({
      data,
      clusters: test.classNames!.length,
      input: { kind: "image", ...dataset.image!, channels: 1, fit: dataset.fit },
      count: dataset.count,
      seed,
      overrides: steps === undefined ? {} : { steps },
    });
  const contender =
    options.peer === undefined ? undefined : startPeer(options.peer, "train.py", threads, signal);
  try {
    const agreement =
      contender &&
      (await agreeWithPeer(trainer, contender, configOf(seeds[0]!), dataset, { engine, threads }));
    const results: SeedResult[] = [];
    for (const seed of seeds) {
      const config = configOf(seed);
      const ours = await trainOnce(trainer, config, dataset, test, { ...options, engine, threads }, signal);
      const result = { ...ours, peer: null as PeerSeedResult | null };
      if (contender) {
        const { every, stopAfter } = options;
        const place = { ...agreement!, threads, every, signal, ...(stopAfter ? { stopAfter } : {}) };
        const { kept, seconds } = await trainPeer(trainer, contender, config, dataset, place);
        const evaluations: Evaluation[] = [];
        for (const { state, ...at } of kept)
          evaluations.push({ ...at, purity: await testPurity(trainer, config, state, test, threads) });
        const theirs = { ...firstReached(evaluations, options.purity), seconds, evaluations };
        result.peer = { ...theirs, ratio: ratios(ours, theirs) };
      }
      options.onSeed?.(result);
      results.push(result);
    }
    return {
      ...{ bench: "train", data, recipe: "default", engine, threads, tuned: options.tune },
      ...{ steps: configOf(seeds[0]!).steps, stopAfter: options.stopAfter ?? null },
      ...{ purity: options.purity, seeds: results },
      medianReachedSeconds: medianOrNull(results.map(({ reachedSeconds }) => reachedSeconds)),
      peer: agreement
        ? {
            ...agreement,
            medianReachedSeconds: medianOrNull(results.map(({ peer }) => peer!.reachedSeconds)),
            medianRatio: medianOrNull(results.map(({ peer }) => peer!.ratio.reached)),
          }
        : null,
    };
  } catch (error) {
    // A peer that is told to end answers nothing any more.
    throw signal.aborted ? new InterruptedError("Stopped on request.") : error;
  } finally {
    await contender?.stop();
  }
}

/** null where one of them is. */
function medianOrNull(values: readonly (number | null)[]): number | null {
  return values.includes(null) ? null : median(values as number[]);
}

type Reached = Pick<SeedResult, "reachedSeconds" | "reachedStep">;

function firstReached(evaluations: readonly Evaluation[], wanted: number): Reached {
  const reached = evaluations.find(({ purity }) => purity >= wanted);
  return { reachedSeconds: reached?.seconds ?? null, reachedStep: reached?.step ?? null };
}

/** Ours over the peer's, without our start, which the peer is spared. */
export function ratios(
  ours: Pick<SeedResult, "startSeconds" | "reachedSeconds" | "seconds">,
  theirs: Pick<PeerSeedResult, "reachedSeconds" | "seconds">,
): PeerSeedResult["ratio"] {
  const { startSeconds, reachedSeconds, seconds } = ours;
  const both = reachedSeconds !== null && theirs.reachedSeconds !== null;
  return {
    reached: both ? (reachedSeconds - startSeconds) / theirs.reachedSeconds! : null,
    all: (seconds - startSeconds) / theirs.seconds,
  };
}

/** One training. Evaluated afterwards, from checkpoints kept on the way: evaluating costs the clock nothing. */
async function trainOnce(
  trainer: Trainer,
  config: MmganConfig,
  dataset: Dataset,
  test: Dataset,
  {
    every,
    stopAfter,
    engine,
    threads,
    tune,
    purity: wanted,
  }: TrainBenchOptions & { engine: EngineName; threads: number },
  signal: AbortSignal,
): Promise<Omit<SeedResult, "peer">> {
  return withTemporaryFolder(async (folder) => {
    const kept: { step: number; seconds: number; path: string }[] = [];
    const started = performance.now();
    const clock = () => (performance.now() - started) / 1000;
    let startSeconds = 0;
    const cut = new AbortController();
    const training = trainer.train(config, {
      ...{ dataset, out: join(folder, "run"), engine, threads, tune },
      signal: AbortSignal.any([signal, cut.signal]),
      checkpointEvery: every,
      sampleEvery: config.steps,
      onEvent: (event) => {
        if (event.kind === "start") startSeconds = clock();
        if (event.kind !== "checkpoint") return;
        // A second name keeps the file when the run drops it.
        const path = join(folder, `${event.step}.safetensors`);
        linkSync(event.path, path);
        kept.push({ step: event.step, seconds: clock(), path });
        if (stopAfter && event.step >= stopAfter) cut.abort();
      },
    });
    const seconds = await training.then(
      (summary) => summary.seconds + startSeconds,
      (error) => {
        if (!cut.signal.aborted || signal.aborted) throw error;
        return kept.at(-1)!.seconds;
      },
    );
    const evaluations: Evaluation[] = [];
    for (const { step, seconds, path } of kept) {
      if (signal.aborted) throw new InterruptedError("Stopped on request.");
      const { state } = await trainer.readCheckpoint(path);
      evaluations.push({ step, seconds, purity: await testPurity(trainer, config, state, test, threads) });
    }
    return {
      ...{ seed: config.seed, startSeconds, seconds, evaluations },
      ...firstReached(evaluations, wanted),
    };
  });
}

/** Purity of E's clusters on labelled data, by the weights that are exported. */
async function testPurity(
  trainer: Trainer,
  config: MmganConfig,
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
