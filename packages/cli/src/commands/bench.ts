/** `mmgan bench`: how fast training, encoding, generating and starting are on this machine. Parses and calls. */

import { type Command, Option } from "commander";
import { SIZE } from "../bench/bundle.js";
import type { FolderOptions } from "../bench/cluster-folder.js";
import type { GrowthOptions } from "../bench/growth.js";
import type { ModelOptions } from "../bench/model.js";
import type { StepOptions } from "../bench/step.js";
import type { TrainBenchOptions } from "../bench/train.js";
import { interruptible } from "../interrupt.js";
import {
  choiceOption,
  dataDirOption,
  deviceOption,
  ENGINES,
  isTuned,
  jsonOption,
  netOption,
  numberOption,
  settingOption,
  sizeOption,
  threadsOption,
  tuneOption,
} from "../options.js";
import { log, printResult } from "../output.js";

const RUNS = { min: 1, max: 100_000, integer: true };

type Json = { json?: boolean };
/** As typed; the benches take whether. */
type Tune = { tune?: "on" | "off" };
type StepArguments = Omit<StepOptions, "engines" | "recipe" | "tune"> & {
  engine?: (typeof ENGINES)[number];
  recipe?: StepOptions["recipe"];
} & Tune &
  Json;

const runsOption = (fallback: string) =>
  numberOption("--runs <n>", "how often each is timed", RUNS, fallback);
const sideOption = () => sizeOption(`${SIZE}`);
const modelOption = () =>
  new Option(
    "--model <name|bundle>",
    "shipped model or bundle to time (default: an untrained one, made first)",
  );
const peerOption = (what: string) =>
  new Option("--peer <python>", `Python with ${what}, timed beside (default: none)`);

export function registerBench(program: Command): void {
  const bench = program.command("bench").description("Measure speed on this machine.");
  registerStep(bench);
  registerModel(bench, "encode", "clustering pictures already in memory");
  registerModel(bench, "generate", "drawing pictures");
  registerStart(bench);
  registerTrain(bench);
  registerGrowth(bench);
  registerFolder(bench);
}

function registerStep(bench: Command): void {
  bench
    .command("step")
    .description("Time training steps, and how far they are from the machine's limit and from PyTorch.")
    .addOption(netOption("both"))
    .addOption(
      choiceOption(
        "--recipe <name>",
        "Algorithm 1 alone, or every kind of step of the default recipe",
        ["bare", "default"],
        "bare",
      ),
    )
    .addOption(settingOption("batch", "m", "light: 64, heavy: 100"))
    .addOption(sideOption())
    .addOption(settingOption("filters", "f", "32"))
    .addOption(runsOption("about five seconds of each"))
    .addOption(choiceOption("--engine <name>", "what runs the step", ENGINES, "onnx"))
    .addOption(deviceOption("where the engine onnx runs; --peer runs on the same kind of device"))
    .addOption(threadsOption())
    .addOption(tuneOption())
    .addOption(
      new Option(
        "--forms",
        "also without each of the fastest forms of convolutions, and without all (default: off)",
      ),
    )
    .addOption(peerOption("PyTorch 2"))
    .addOption(jsonOption())
    .action(async ({ json, engine, tune, recipe = "bare", ...options }: StepArguments) => {
      const { benchStep } = await import("../bench/step.js");
      const engines = engine ? [engine] : (["onnx"] as const);
      const result = await interruptible("nothing is written", (signal) =>
        benchStep({ ...options, recipe, engines, tune: isTuned(tune) }, signal),
      );
      const { stepText } = await import("../bench/step-text.js");
      await printResult(json, result, () => stepText(result));
    });
}

function registerModel(bench: Command, name: "encode" | "generate", what: string): void {
  bench
    .command(name)
    .description(`Time ${what}, in batches of 1, 64 and 256.`)
    .addOption(modelOption())
    .addOption(sideOption())
    .addOption(settingOption("filters", "f"))
    .addOption(runsOption("about five seconds of each"))
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(peerOption("onnxruntime and PyTorch 2"))
    .addOption(jsonOption())
    .action(async ({ json, ...options }: ModelOptions & Json) => {
      const { benchModel } = await import("../bench/model.js");
      const result = await interruptible("nothing is written", (signal) => benchModel(name, options, signal));
      const { resultText } = await import("../bench/result-text.js");
      await printResult(json, result, () => resultText(result));
    });
}

function registerStart(bench: Command): void {
  bench
    .command("start")
    .description("Time mmgan generate from the start of its process to the picture on disk.")
    .addOption(modelOption())
    .addOption(sideOption())
    .addOption(settingOption("filters", "f"))
    .addOption(runsOption("10"))
    .addOption(jsonOption())
    .action(async ({ json, ...options }: ModelOptions & Json) => {
      const { benchStart } = await import("../bench/start.js");
      const result = await interruptible("nothing is written", (signal) => benchStart(options, signal));
      const { resultText } = await import("../bench/result-text.js");
      await printResult(json, result, () => resultText(result));
    });
}

function registerTrain(bench: Command): void {
  bench
    .command("train")
    .description("Train with the default recipe, and time the way to a purity on the test split.")
    .addOption(new Option("--data <name>", "a labelled data set of pictures (default: mnist)"))
    .addOption(dataDirOption())
    .addOption(
      numberOption("--seeds <n>", "trainings, of seed 1, 2, ...", { min: 1, max: 100, integer: true }, "1"),
    )
    .addOption(numberOption("--purity <p>", "purity to be reached", { min: 0, max: 1 }, "0.97"))
    .addOption(settingOption("steps", "n", "the recipe's"))
    .addOption(
      numberOption("--every <n>", "steps between evaluations", { min: 1, max: 10_000, integer: true }, "50"),
    )
    .addOption(
      numberOption(
        "--stop-after <n>",
        "cut each training off at the first evaluation after as many steps; the schedule stays that of all",
        { min: 1, max: 1_000_000, integer: true },
        "none",
      ),
    )
    .addOption(choiceOption("--engine <name>", "what runs the step", ENGINES, "onnx"))
    .addOption(threadsOption())
    .addOption(tuneOption())
    .addOption(peerOption("PyTorch 2"))
    .addOption(jsonOption())
    .action(runTrain);
}

interface TrainBenchArguments
  extends Partial<Omit<TrainBenchOptions, "seeds" | "onSeed" | "tune">>,
    Tune,
    Json {
  seeds?: number;
}

const reachedText = (seconds: number | null) =>
  seconds === null ? "not reached" : `reached after ${seconds.toFixed(1)} s`;

async function runTrain(options: TrainBenchArguments): Promise<void> {
  const { json, data = "mnist", seeds = 1, purity = 0.97, every = 50, tune, ...rest } = options;
  const { benchTrain } = await import("../bench/train.js");
  const result = await interruptible("nothing is written", (signal) =>
    benchTrain(
      {
        ...{ ...rest, data, purity, every, tune: isTuned(tune) },
        seeds: Array.from({ length: seeds }, (_, i) => i + 1),
        onSeed: ({ seed, reachedSeconds, peer }) =>
          log(
            `seed ${seed}: ${reachedText(reachedSeconds)}${peer ? `; peer ${reachedText(peer.reachedSeconds)}` : ""}`,
          ),
      },
      signal,
    ),
  );
  const { trainText } = await import("../bench/train-text.js");
  await printResult(json, result, () => trainText(result));
}

function registerGrowth(bench: Command): void {
  bench
    .command("growth")
    .description("Time a step as its batch, filters, pictures and clusters grow, one at a time.")
    .addOption(netOption("light"))
    .addOption(
      numberOption("--max-batch <m>", "largest batch", { min: 16, max: 1024, integer: true }, "1024"),
    )
    .addOption(numberOption("--max-filters <f>", "most filters", { min: 16, max: 128, integer: true }, "128"))
    .addOption(numberOption("--max-size <px>", "largest side", { min: 16, max: 128, integer: true }, "128"))
    .addOption(
      numberOption("--max-clusters <k>", "most clusters", { min: 2, max: 100, integer: true }, "100"),
    )
    .addOption(runsOption("10"))
    .addOption(choiceOption("--engine <name>", "what runs the step", ENGINES, "onnx"))
    .addOption(threadsOption())
    .addOption(tuneOption())
    .addOption(new Option("--out <file>", "plot to write, .svg (default: none)"))
    .addOption(jsonOption())
    .action(runGrowth);
}

interface GrowthArguments extends Omit<GrowthOptions, "most" | "onPoint" | "tune">, Tune, Json {
  maxBatch?: number;
  maxFilters?: number;
  maxSize?: number;
  maxClusters?: number;
  out?: string;
}

async function runGrowth(options: GrowthArguments): Promise<void> {
  const { json, out, tune, maxBatch, maxFilters, maxSize, maxClusters, ...rest } = options;
  const { benchGrowth } = await import("../bench/growth.js");
  const most = Object.fromEntries(
    Object.entries({ batch: maxBatch, filters: maxFilters, size: maxSize, clusters: maxClusters }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  const onPoint: GrowthOptions["onPoint"] = ({ growing, value, medianMs }) =>
    log(`${growing} ${value}: ${medianMs.toFixed(1)} ms`);
  const result = await interruptible("nothing is written", (signal) =>
    benchGrowth({ ...rest, tune: isTuned(tune), most, onPoint }, signal),
  );
  if (out !== undefined) {
    const { growthSvg } = await import("../bench/growth-plot.js");
    const { writeFileAtomic } = await import("@mmgan/node-io");
    await writeFileAtomic(out, await growthSvg(result));
  }
  const { growthText } = await import("../bench/growth-text.js");
  await printResult(json, result, () => growthText(result));
}

function registerFolder(bench: Command): void {
  bench
    .command("folder")
    .description(
      "Time mmgan cluster on folders of files, beside decoding alone: 640x480 JPEG and 28x28 PNG files, made first.",
    )
    .addOption(modelOption())
    .addOption(sideOption())
    .addOption(settingOption("filters", "f"))
    .addOption(
      new Option("--folder <folder>", "pictures of your own, all in one folder (default: made ones)"),
    )
    .addOption(
      numberOption("--count <n>", "files of each kind", { min: 1, max: 1_000_000, integer: true }, "20000"),
    )
    .addOption(runsOption("3"))
    .addOption(threadsOption())
    .addOption(peerOption("Pillow and onnxruntime, and PyTorch for its DataLoader"))
    .addOption(jsonOption())
    .action(async ({ json, ...options }: FolderOptions & Json) => {
      const { benchFolder, folderText } = await import("../bench/cluster-folder.js");
      const result = await interruptible("nothing is written", (signal) => benchFolder(options, signal));
      await printResult(json, result, () => folderText(result));
    });
}
