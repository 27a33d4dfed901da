/** `mmgan train`: data become a run folder. */

import {
  ArgumentError,
  type Device,
  type DeviceName,
  expected,
  ResumeError,
  resolveDevice,
} from "@mmgan/core";
import type {
  Dataset,
  EngineName,
  MmganConfig,
  ModelName,
  TrainConfig,
  TrainEvent,
  TrainSummary,
} from "@mmgan/trainer";
import { RANGES } from "@mmgan/trainer/config";
import { type Command, Option } from "commander";
import { interruptible } from "../interrupt.js";
import {
  channelsOption,
  dataDirOption,
  deviceOption,
  engineOption,
  fallbackOption,
  initOption,
  isTuned,
  jobsOption,
  jsonOption,
  lossOption,
  numberOption,
  pairingOption,
  recipeOption,
  required,
  SETTING_OPTIONS,
  seedOption,
  seedsOption,
  settingOption,
  sizeOption,
  splitOption,
  threadsOption,
  trainedModelOption,
  tuneOption,
} from "../options.js";
import { formatSeconds, log, printResult, threadCount } from "../output.js";
import { type Progress, startProgress } from "../progress.js";
import { type Overrides, setOption } from "../set-option.js";

export type TrainerModule = typeof import("@mmgan/trainer");

/** What commander parses; everything left out is undefined. */
export interface TrainArguments extends Partial<Record<keyof typeof SETTING_OPTIONS, number>> {
  model?: ModelName;
  data?: string;
  clusters?: number;
  out: string;
  recipe?: "paper" | "default";
  size?: number;
  channels?: number;
  split?: "train" | "test" | "all";
  dataDir?: string;
  loss?: MmganConfig["loss"];
  pairing?: MmganConfig["pairing"];
  init?: MmganConfig["init"];
  set?: Overrides;
  seed?: number;
  seeds?: number[];
  jobs?: number;
  engine?: EngineName;
  device?: DeviceName;
  fallback?: "none" | "cpu";
  threads?: number;
  tune?: "on" | "off";
  resume?: boolean;
  json?: boolean;
}

export function registerTrain(program: Command): void {
  program
    .command("train")
    .description(
      "Train a clustering GAN, or one of its rivals, on a data set or a folder of pictures. Labels are never read.",
    )
    .addOption(
      required(
        new Option("--data <name|folder>", "a data set (see mmgan data list), or a folder of pictures"),
        "resume",
      ),
    )
    .addOption(
      required(numberOption("--clusters <k>", RANGES.clusters.help, RANGES.clusters, "none"), "resume"),
    )
    .addOption(required(new Option("--out <run>", "run folder to write")))
    .addOption(trainedModelOption())
    .addOption(recipeOption())
    .addOption(settingOption("steps", "n"))
    .addOption(settingOption("batch", "m"))
    .addOption(settingOption("latent", "d"))
    .addOption(sizeOption())
    .addOption(channelsOption())
    .addOption(settingOption("filters", "f"))
    .addOption(lossOption())
    .addOption(pairingOption())
    .addOption(settingOption("alpha", "a"))
    .addOption(settingOption("information", "w"))
    .addOption(settingOption("balance", "l"))
    .addOption(settingOption("r1", "w"))
    .addOption(initOption())
    .addOption(settingOption("sigma", "s"))
    .addOption(setOption())
    .addOption(seedOption())
    .addOption(seedsOption().conflicts("seed"))
    .addOption(jobsOption())
    .addOption(splitOption("train, all of a folder"))
    .addOption(dataDirOption())
    .addOption(engineOption())
    .addOption(deviceOption("where the onnx engine trains; auto takes cpu"))
    .addOption(fallbackOption())
    .addOption(tuneOption())
    .addOption(threadsOption("all cores, at most 8, shared between --jobs"))
    .addOption(new Option("--resume", "go on from the newest checkpoint in --out (default: off)"))
    .addOption(jsonOption())
    .action(runTrain);
}

async function runTrain(options: TrainArguments, command: Command): Promise<void> {
  const { storedSeeds, trainSeeds } = await import("./train-seeds.js");
  if (options.seeds || (options.resume && options.seed === undefined && (await storedSeeds(options.out)))) {
    const words = (command.parent as Command & { rawArgs: string[] }).rawArgs;
    return trainSeeds(options, words.slice(words.indexOf("train") + 1));
  }
  if (options.jobs !== undefined)
    throw new ArgumentError(
      expected(
        "nothing without --seeds",
        "--jobs",
        options.jobs,
        "Name several seeds with --seeds, or leave it out",
      ),
    );
  const result = await interruptible("writing a checkpoint", (signal) => trainTo(options, signal));
  await printResult(options.json, result, () =>
    [
      `${result.out}: ${result.step} steps in ${formatSeconds(result.seconds)} on ${result.device}, engine ${result.engine}, ${threadsWords(result.threads)}`,
      `Next: mmgan export ${result.out} --out BUNDLE`,
    ].join("\n"),
  );
}

/** What `mmgan train --json` prints: the trainer's summary, and the warnings of health met on the way. */
export type TrainResult = TrainSummary & {
  warnings: { step: number; code: string; message: string }[];
  engine: EngineName;
  /** What `auto` took. */
  device: Device;
  /** Null when the engine chose. */
  threads: number | null;
};

/** "4 threads" */
function threadsWords(threads: number | null): string {
  return threads === null ? "threads of its own choice" : threadCount(threads);
}

/** Loads the data, settles the config and trains, with progress on stderr. */
export async function trainTo(options: TrainArguments, signal: AbortSignal): Promise<TrainResult> {
  const device = resolveDevice(options.device);
  const trainer = await import("@mmgan/trainer");
  const { config, dataset, engine } = await settle(trainer, options, signal);
  const warnings: TrainResult["warnings"] = [];
  let progress: Progress | undefined;
  let neighbours: Progress | undefined;
  let note = "";
  const onEvent = (event: TrainEvent) => {
    if (event.kind === "graph") {
      neighbours ??= startProgress({ label: "finding neighbours", unit: "%", total: event.total });
      neighbours.update(event.done);
    } else if (event.kind === "start") {
      neighbours?.stop();
      progress = startProgress({ label: "training", unit: "steps", total: event.steps, from: event.step });
    } else if (event.kind === "step") progress?.update(event.step, note);
    else if (event.kind === "metrics") note = metricsNote(trainer, event.window);
    else if (event.kind === "walk")
      neighbours?.log(`walks on the neighbour graph of at most ${event.length} steps, as far as it affords`);
    else if (event.kind === "judged")
      progress?.log(
        `${event.attempt.what} ${event.attempt.number} of ${event.attempt.of}: ${event.score.toFixed(3)} nats of mutual information between views${event.best ? ", the best so far" : ""}`,
      );
    else if (event.kind === "warning") {
      warnings.push({ step: event.step, ...event.warning });
      progress?.log(`warning at step ${event.step}: ${event.warning.message} (${event.warning.code})`);
    }
  };
  try {
    const { out, resume, threads, fallback } = options;
    const summary = await trainer.train(config, {
      dataset,
      out,
      resume,
      engine,
      device,
      fallback,
      threads,
      tune: isTuned(options.tune),
      signal,
      onEvent,
    });
    return { ...summary, warnings, engine, device, threads: threads ?? null };
  } finally {
    neighbours?.stop();
    progress?.stop();
  }
}

/** The config of this command line: a resumed run's own where nothing is said. */
export async function settle(
  trainer: TrainerModule,
  options: TrainArguments,
  signal: AbortSignal,
): Promise<{ config: TrainConfig; dataset: Dataset; engine: EngineName }> {
  const old = options.resume && options.data === undefined ? await trainer.readRun(options.out) : undefined;
  const input = old?.config.input;
  const data = options.data ?? old!.config.data;
  const split = options.split ?? old?.config.split ?? (trainer.isDatasetName(data) ? "train" : "all");
  const dataset = await load(trainer, data, {
    split,
    dataDir: options.dataDir,
    size: options.size ?? (input?.kind === "image" ? input.height : undefined),
    channels: options.channels ?? (input?.kind === "image" ? input.channels : undefined),
    signal,
  });
  const engine = options.engine ?? trainer.ENGINES.find((name) => name === old?.engine) ?? "onnx";
  if (old) return { config: withChanges(trainer, old.config, options, dataset), dataset, engine };
  const config = trainer.resolveConfig({
    ...(options.model && { model: options.model }),
    data,
    clusters: options.clusters!,
    input: inputOf(dataset),
    count: dataset.count,
    recipe: options.recipe,
    split,
    seed: options.seed,
    overrides: overridesOf(options),
  });
  return { config, dataset, engine };
}

/** A stored config with what was given anyway; the trainer refuses what differs and names it. */
function withChanges(
  { mustHaveField }: TrainerModule,
  config: TrainConfig,
  options: TrainArguments,
  dataset: Dataset,
): TrainConfig {
  const { augmentation, ...overrides } = overridesOf(options);
  const { model } = options;
  if (model !== undefined && model !== config.model)
    throw new ResumeError(
      `Expected the model ${config.model} that ${options.out} was started with for --model but received ${model}. Leave it out, or train into another folder.`,
    );
  for (const field of Object.keys(overrides)) mustHaveField(config.model, field);
  return {
    ...config,
    ...(overrides as Partial<TrainConfig>),
    input: inputOf(dataset),
    recipe: options.recipe ?? config.recipe,
    split: options.split ?? config.split,
    clusters: options.clusters ?? config.clusters,
    seed: options.seed ?? config.seed,
    augmentation: { ...config.augmentation, ...augmentation },
  } as TrainConfig;
}

/** The recipe's fields that were given: options first, then `--set`. */
function overridesOf(options: TrainArguments): Overrides {
  const { loss, pairing, init } = options;
  const given = {
    ...Object.fromEntries(
      Object.entries(SETTING_OPTIONS).map(([name, field]) => [
        field,
        options[name as keyof typeof SETTING_OPTIONS],
      ]),
    ),
    loss,
    pairing,
    init,
  };
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...set, ...options.set };
}

function inputOf({ image, dim, fit }: Dataset): TrainConfig["input"] {
  if (!image) return { kind: "point", dim: dim! };
  const { height, width, channels } = image;
  return { kind: "image", height, width, channels: channels === 1 ? 1 : 3, fit };
}

async function load(
  trainer: TrainerModule,
  data: string,
  options: Parameters<TrainerModule["loadDataset"]>[1],
): Promise<Dataset> {
  let progress: Progress | undefined;
  try {
    const dataset = await trainer.loadDataset(data, {
      ...options,
      onProgress: ({ done, total }) => {
        progress ??= startProgress({ label: "loading", unit: "images", total });
        progress.update(done);
      },
    });
    progress?.stop();
    const bad = dataset.unreadable ?? [];
    for (const { path, reason } of bad.slice(0, 5)) log(`left out: ${path}: ${reason}`);
    if (bad.length > 5) log(`left out: ${bad.length - 5} more that cannot be decoded`);
    return dataset;
  } finally {
    progress?.stop();
  }
}

/** "8.7 of 10 clusters in use" */
function metricsNote({ effectiveClusters }: TrainerModule, { shares }: { shares: number[] }): string {
  return shares.length > 0
    ? `${effectiveClusters(shares).toFixed(1)} of ${shares.length} clusters in use`
    : "";
}
