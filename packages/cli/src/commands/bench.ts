/** `mmgan bench`: how fast training, encoding, generating and starting are on this machine. */

import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type ImageBatch, InterruptedError, type Model } from "@mmgan/core";
import { type Command, Option } from "commander";
import { interruptible } from "../interrupt.js";
import {
  deviceOption,
  engineOption,
  jsonOption,
  numberOption,
  recipeOption,
  settingOption,
  sizeOption,
  threadsOption,
} from "../options.js";
import { printResult, textTable } from "../output.js";
import { settle } from "./train.js";

const RUNS = { min: 1, max: 100_000, integer: true };
/** Side of the pictures unless asked otherwise: MNIST's. */
const SIZE = 28;

/** Milliseconds of repeated runs of one thing. */
export interface Timing {
  name: string;
  runs: number;
  minMs: number;
  medianMs: number;
  /** Images a run, over the median. Not for `start`. */
  perSecond?: number;
}

interface BenchResult {
  bench: string;
  /** What was measured, for the record. */
  settings: Record<string, string | number>;
  timings: Timing[];
}

interface BenchOptions {
  model?: string;
  runs?: number;
  size?: number;
  filters?: number;
  batch?: number;
  recipe?: "paper" | "default";
  engine?: "onnx" | "reference";
  device?: "auto" | "cpu" | "webgpu" | "cuda";
  threads?: number;
  json?: boolean;
}

export function registerBench(program: Command): void {
  const bench = program
    .command("bench")
    .description("Measure speed on this machine, on the embedded digits.");
  const size = () => sizeOption(`${SIZE}`);
  const runs = (fallback: number) =>
    numberOption("--runs <n>", "how often each is timed", RUNS, `${fallback}`);
  const model = () =>
    new Option("--model <bundle>", "bundle to time (default: an untrained one, made first)");
  bench
    .command("step")
    .description("Time training steps, each kind by itself, without the first of its kind.")
    .addOption(recipeOption())
    .addOption(settingOption("batch", "m"))
    .addOption(size())
    .addOption(settingOption("filters", "f"))
    .addOption(runs(40))
    .addOption(engineOption())
    .addOption(threadsOption())
    .addOption(jsonOption())
    .action((options: BenchOptions) => report(options, (signal) => benchStep(options, signal)));
  for (const [name, what] of [
    ["encode", "clustering pictures already in memory"],
    ["generate", "drawing pictures"],
  ] as const)
    bench
      .command(name)
      .description(`Time ${what}, in batches of 1, 64 and 256.`)
      .addOption(model())
      .addOption(size())
      .addOption(settingOption("filters", "f"))
      .addOption(runs(10))
      .addOption(deviceOption())
      .addOption(threadsOption())
      .addOption(jsonOption())
      .action((options: BenchOptions) => report(options, (signal) => benchModel(name, options, signal)));
  bench
    .command("start")
    .description("Time mmgan generate from the start of its process to the picture on disk.")
    .addOption(model())
    .addOption(size())
    .addOption(settingOption("filters", "f"))
    .addOption(runs(5))
    .addOption(jsonOption())
    .action((options: BenchOptions) => report(options, (signal) => benchStart(options, signal)));
}

async function report(
  options: BenchOptions,
  work: (signal: AbortSignal) => Promise<BenchResult>,
): Promise<void> {
  const result = await interruptible("nothing is written", work);
  await printResult(options.json, result, () =>
    [
      `bench ${result.bench}: ${Object.entries(result.settings)
        .map(([name, value]) => `${name} ${value}`)
        .join(", ")}`,
      textTable([
        ["", "runs", "min ms", "median ms", "images/s"],
        ...result.timings.map(({ name, runs, minMs, medianMs, perSecond }) => [
          name,
          `${runs}`,
          minMs.toFixed(2),
          medianMs.toFixed(2),
          perSecond === undefined ? "-" : perSecond.toFixed(0),
        ]),
      ]),
    ].join("\n"),
  );
}

/** Least and median of times in milliseconds, and images a second where a run handles images. */
export function timing(name: string, times: readonly number[], images?: number): Timing {
  const sorted = [...times].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const medianMs = (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
  const perSecond = images === undefined ? {} : { perSecond: (1000 * images) / medianMs };
  return { name, runs: times.length, minMs: sorted[0]!, medianMs, ...perSecond };
}

async function benchStep(options: BenchOptions, signal: AbortSignal): Promise<BenchResult> {
  return withTemporaryFolder(async (folder) => {
    const trainer = await import("@mmgan/trainer");
    const { size = SIZE, runs = 40, threads } = options;
    const { recipe } = options;
    // Steps of E alone first, where the recipe has any; then GAN steps, each kind as often as the recipe has it.
    const encoderSteps = recipe === "paper" ? 0 : runs + 1;
    const every = Math.max(trainer.RECIPES.default.informationEvery, trainer.RECIPES.default.r1Every);
    const steps = encoderSteps + (runs + 1) * every;
    const out = join(folder, "run");
    const { config, dataset, engine } = await settle(
      trainer,
      { ...options, data: "digits", clusters: 10, size, steps, set: { encoderSteps, starts: 1 }, out },
      signal,
    );
    const times = new Map<string, number[]>();
    let last = performance.now();
    const never = steps + 1;
    await trainer.train(config, {
      dataset,
      out,
      engine,
      threads,
      signal,
      checkpointEvery: never,
      logEvery: never,
      sampleEvery: never,
      onEvent: (event) => {
        const now = performance.now();
        if (event.kind === "step") times.set(event.phase, [...(times.get(event.phase) ?? []), now - last]);
        last = now;
      },
    });
    const images = (phase: string) =>
      phase.includes("gan") && !phase.includes("information") ? config.ganBatch : config.batch;
    return {
      bench: "step",
      settings: {
        engine,
        recipe: config.recipe,
        size,
        batch: config.batch,
        "gan batch": config.ganBatch,
        filters: config.filters,
        loss: config.loss,
        threads: threads ?? "all",
      },
      timings: [...times].map(([phase, [, ...rest]]) => timing(phase, rest, images(phase))),
    };
  });
}

async function benchModel(bench: "encode" | "generate", options: BenchOptions, signal: AbortSignal) {
  return withBundle(options, signal, async (bundle): Promise<BenchResult> => {
    const { loadModel } = await import("@mmgan/runtime-node");
    const { runs = 10, threads } = options;
    const model = await loadModel(bundle, { device: options.device, threads });
    try {
      const timings: Timing[] = [];
      for (const batch of [1, 64, 256]) {
        const once =
          bench === "encode" ? await encoding(model, batch) : () => model.generate({ count: batch, signal });
        await once(); // the first run plans its memory
        timings.push(timing(`batch ${batch}`, await repeat(runs, once, signal), batch));
      }
      return {
        bench,
        settings: { bundle: options.model ?? "untrained", ...settingsOf(model), threads: threads ?? "all" },
        timings,
      };
    } finally {
      await model.dispose();
    }
  });
}

async function encoding(model: Model, count: number): Promise<() => Promise<unknown>> {
  const { input } = model.manifest;
  if (input.kind === "point") {
    const points = { count, dim: input.dim, data: new Float32Array(count * input.dim) };
    return () => model.cluster(points);
  }
  const { height, width, channels } = input;
  const data = Uint8Array.from({ length: count * height * width * channels }, (_, i) => (i * 97) % 256);
  const images: ImageBatch = { count, height, width, channels, data };
  return () => model.cluster(images);
}

function settingsOf({ manifest, device }: Model): Record<string, string | number> {
  const { input } = manifest;
  return {
    device,
    ...(input.kind === "image"
      ? { size: input.height, channels: input.channels }
      : { coordinates: input.dim }),
    clusters: manifest.clusters,
  };
}

async function benchStart(options: BenchOptions, signal: AbortSignal): Promise<BenchResult> {
  return withBundle(options, signal, async (bundle, folder): Promise<BenchResult> => {
    const executable = fileURLToPath(new URL("../../bin/mmgan.js", import.meta.url));
    const args = [
      executable,
      "generate",
      "--model",
      bundle,
      "--out",
      join(folder, "grid.png"),
      "--device",
      "cpu",
    ];
    const start = () => promisify(execFile)(process.execPath, args);
    const times = await repeat(options.runs ?? 5, start, signal);
    const settings = { bundle: options.model ?? "untrained", node: process.versions.node };
    return { bench: "start", settings, timings: [timing("process start to PNG", times)] };
  });
}

/** Milliseconds of each of `runs` calls. */
async function repeat(runs: number, work: () => Promise<unknown>, signal: AbortSignal): Promise<number[]> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    if (signal.aborted) throw new InterruptedError("Stopped on request.");
    const started = performance.now();
    await work();
    times.push(performance.now() - started);
  }
  return times;
}

/** The bundle asked for, or an untrained one of the default networks. */
async function withBundle<T>(
  options: BenchOptions,
  signal: AbortSignal,
  work: (bundle: string, folder: string) => Promise<T>,
): Promise<T> {
  return withTemporaryFolder(async (folder) => {
    if (options.model !== undefined) return work(options.model, folder);
    const trainer = await import("@mmgan/trainer");
    const out = join(folder, "run");
    const wanted = {
      data: "digits",
      clusters: 10,
      size: options.size ?? SIZE,
      filters: options.filters,
      steps: 1,
      out,
    };
    const { config, dataset } = await settle(trainer, wanted, signal);
    await trainer.train(config, { dataset, out, signal });
    const bundle = join(folder, "bundle");
    await trainer.exportRun(out, bundle);
    return work(bundle, folder);
  });
}

async function withTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "mmgan-bench-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
