/** `mmgan train`: data become a run folder. */

import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
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
  Fit,
  Hint,
  MmganConfig,
  ModelName,
  TrainConfig,
  TrainEvent,
  TrainSummary,
} from "@mmgan/trainer";
import { type Command, Option } from "commander";
import type { ChoiceSummary } from "../choose.js";
import { interruptible } from "../interrupt.js";
import {
  channelsOption,
  clustersOption,
  dataDirOption,
  deviceOption,
  engineOption,
  fallbackOption,
  fitOption,
  initOption,
  isTuned,
  jobsOption,
  jsonOption,
  lossOption,
  pairingOption,
  recipeOption,
  required,
  restartStepsOption,
  restartsOption,
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
import { trainCommand } from "../train-command.js";
import { loadTrainingData, neighboursOf, tellHints } from "../training-data.js";

export type TrainerModule = typeof import("@mmgan/trainer");

/** What commander parses; everything left out is undefined. */
export interface TrainArguments extends Partial<Record<keyof typeof SETTING_OPTIONS, number>> {
  model?: ModelName;
  data?: string;
  /** One K, or the candidates among which it is chosen. */
  clusters?: number | number[];
  restarts?: number;
  restartSteps?: number;
  out: string;
  recipe?: "paper" | "default";
  size?: number;
  fit?: Fit;
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
  export?: string;
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
    .addOption(required(clustersOption(), "resume"))
    .addOption(restartsOption())
    .addOption(restartStepsOption())
    .addOption(required(new Option("--out <run>", "run folder to write")))
    .addOption(trainedModelOption())
    .addOption(recipeOption())
    .addOption(settingOption("steps", "n"))
    .addOption(settingOption("batch", "m"))
    .addOption(settingOption("latent", "d"))
    .addOption(sizeOption())
    .addOption(fitOption())
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
    .addOption(
      new Option(
        "--export <bundle>",
        "also write the trained model as a bundle, as mmgan export does (default: off)",
      ).conflicts("seeds"),
    )
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
  mustChoose(options);
  const result = await interruptible("writing a checkpoint", (signal) => trainTo(options, signal));
  await printResult(options.json, result, () =>
    [
      `${result.out}: ${result.step} steps in ${formatSeconds(result.seconds)} on ${result.device}, engine ${result.engine}, ${threadsWords(result.threads)}`,
      result.bundle
        ? `Next: mmgan cluster FOLDER --model ${result.bundle} --out results.csv`
        : `Next: mmgan export ${result.out} --out BUNDLE`,
    ].join("\n"),
  );
}

/** @throws ArgumentError for an option that says how K is chosen where none is */
function mustChoose({ model, clusters, restarts, restartSteps, jobs, resume, out }: TrainArguments): void {
  const chooses = Array.isArray(clusters) || restarts !== undefined;
  if (chooses && model !== undefined && model !== "mmgan")
    throw new ArgumentError(
      expected(
        "mmgan, the model that chooses K and the seed",
        "--model",
        model,
        "Give one number of --clusters and leave --restarts out",
      ),
    );
  if (chooses || (resume && existsSync(join(out, "clusters.json")))) return;
  for (const [name, value, others] of [
    ["--jobs", jobs, "--seeds, --restarts"],
    ["--restart-steps", restartSteps, "--restarts"],
  ] as const)
    if (value !== undefined)
      throw new ArgumentError(
        expected(
          `nothing without ${others} or several --clusters`,
          name,
          value,
          "Name what it is for, or leave it out",
        ),
      );
}

/** What `mmgan train --json` prints: the trainer's summary, hints before it, and the warnings of health met on the way. */
export type TrainResult = TrainSummary & {
  hints: Hint[];
  /** Where K was chosen: what was taken and why, the figures of every candidate, and the seconds of the short runs. */
  choice?: ChoiceSummary;
  /** Where `--export` put the model. */
  bundle?: string;
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

/** Loads the data, settles the config, chooses K where several are given, and trains, with progress on stderr. */
export async function trainTo(options: TrainArguments, signal: AbortSignal): Promise<TrainResult> {
  const device = resolveDevice(options.device);
  const trainer = await import("@mmgan/trainer");
  const { out, threads, fallback } = options;
  const stored = options.resume ? await trainer.readChoice(out) : undefined;
  const asksForChoice = stored || Array.isArray(options.clusters) || options.restarts !== undefined;
  const chosen = asksForChoice
    ? await (await import("../choose.js")).chooseTo(trainer, options, stored, signal)
    : undefined;
  const { config, dataset, engine, hints } = chosen ?? (await settle(trainer, options, signal));
  const graph = chosen?.graph ?? (await neighboursOf(trainer, config, dataset, options, signal));
  if (!chosen && !options.resume && graph && dataset.kind === "image")
    hints.push(...tellHints(trainer.graphHints(graph)));
  const warnings: TrainResult["warnings"] = [];
  let progress: Progress | undefined;
  let note = "";
  const say = (line: string) => (progress ? progress.log(line) : log(line));
  const onEvent = (event: TrainEvent) => {
    if (event.kind === "start")
      progress = startProgress({ label: "training", unit: "steps", total: event.steps, from: event.step });
    else if (event.kind === "step") progress?.update(event.step, note);
    else if (event.kind === "metrics") note = metricsNote(trainer, event.window);
    else if (event.kind === "walk")
      say(`walks on the neighbour graph of at most ${event.length} steps, as far as it affords`);
    else if (event.kind === "judged")
      say(
        `${event.attempt.what} ${event.attempt.number} of ${event.attempt.of}: ${event.score.toFixed(3)} nats of mutual information between views${event.best ? ", the best so far" : ""}`,
      );
    else if (event.kind === "warning") {
      warnings.push({ step: event.step, ...event.warning });
      say(`warning at step ${event.step}: ${event.warning.message} (${event.warning.code})`);
    }
  };
  try {
    const summary = await trainer.train(config, {
      ...{ dataset, graph, out, engine, device, fallback, threads },
      // A choice leaves a run that has its first start behind it.
      resume: chosen !== undefined || options.resume === true,
      tune: isTuned(options.tune),
      signal,
      onEvent,
    });
    const bundle = options.export;
    if (bundle !== undefined)
      await trainer.exportRun(out, bundle, {
        name: basename(resolve(bundle)),
        command: trainCommand(trainer, config, "RUN", (await trainer.readChoice(out))?.request),
      });
    return {
      ...(bundle === undefined ? {} : { bundle }),
      ...{ ...summary, hints, ...(chosen ? { choice: chosen.choice } : {}) },
      ...{ warnings, engine, device, threads: threads ?? null },
    };
  } finally {
    progress?.stop();
  }
}

/** What a training needs to know beforehand. */
export interface Settled {
  config: TrainConfig;
  dataset: Dataset;
  engine: EngineName;
  hints: Hint[];
}

/** The config of this command line: a resumed run's own where nothing is said. */
export async function settle(
  trainer: TrainerModule,
  options: TrainArguments,
  signal: AbortSignal,
): Promise<Settled> {
  const old = options.resume && options.data === undefined ? await trainer.readRun(options.out) : undefined;
  const { dataset, split, hints } = await loadTrainingData(trainer, options, old?.config, signal);
  const engine = options.engine ?? trainer.ENGINES.find((name) => name === old?.engine) ?? "onnx";
  if (old) return { config: withChanges(trainer, old.config, options, dataset), dataset, engine, hints };
  const clusters = options.clusters as number;
  if (!options.resume) hints.push(...tellHints(trainer.imageHints(dataset, clusters)));
  const config = trainer.resolveConfig({
    ...(options.model && { model: options.model }),
    ...{ data: options.data!, clusters, split, recipe: options.recipe, seed: options.seed },
    ...{ input: inputOf(dataset), count: dataset.count, overrides: overridesOf(options) },
  });
  return { config, dataset, engine, hints };
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
    clusters: (options.clusters as number | undefined) ?? config.clusters,
    seed: options.seed ?? config.seed,
    augmentation: { ...config.augmentation, ...augmentation },
  } as TrainConfig;
}

/** The recipe's fields that were given: options first, then `--set`. */
export function overridesOf(options: TrainArguments): Overrides {
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

export function inputOf({ image, dim, fit }: Dataset): TrainConfig["input"] {
  if (!image) return { kind: "point", dim: dim! };
  const { height, width, channels } = image;
  return { kind: "image", height, width, channels: channels === 1 ? 1 : 3, fit };
}

/** "8.7 of 10 clusters in use" */
function metricsNote({ effectiveClusters }: TrainerModule, { shares }: { shares: number[] }): string {
  return shares.length > 0
    ? `${effectiveClusters(shares).toFixed(1)} of ${shares.length} clusters in use`
    : "";
}
