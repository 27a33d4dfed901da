/** `mmgan bench`: how fast training, encoding, generating and starting are on this machine. Parses and calls. */

import { type Command, Option } from "commander";
import { SIZE } from "../bench/bundle.js";
import type { ModelOptions } from "../bench/model.js";
import type { StepOptions } from "../bench/step.js";
import { interruptible } from "../interrupt.js";
import {
  choiceOption,
  deviceOption,
  ENGINES,
  jsonOption,
  netOption,
  numberOption,
  settingOption,
  sizeOption,
  threadsOption,
} from "../options.js";
import { printResult } from "../output.js";

const RUNS = { min: 1, max: 100_000, integer: true };

type Json = { json?: boolean };
type StepArguments = Omit<StepOptions, "engines" | "recipe"> & {
  engine?: (typeof ENGINES)[number];
  recipe?: StepOptions["recipe"];
} & Json;

const runsOption = (fallback: string) =>
  numberOption("--runs <n>", "how often each is timed", RUNS, fallback);
const sideOption = () => sizeOption(`${SIZE}`);
const modelOption = () =>
  new Option("--model <bundle>", "bundle to time (default: an untrained one, made first)");
const peerOption = (what: string) =>
  new Option("--peer <python>", `Python with ${what}, timed beside (default: none)`);

export function registerBench(program: Command): void {
  const bench = program.command("bench").description("Measure speed on this machine.");
  registerStep(bench);
  registerModel(bench, "encode", "clustering pictures already in memory");
  registerModel(bench, "generate", "drawing pictures");
  registerStart(bench);
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
    .addOption(choiceOption("--engine <name>", "what runs the step", ENGINES, "every fast one here"))
    .addOption(threadsOption())
    .addOption(peerOption("PyTorch 2"))
    .addOption(jsonOption())
    .action(async ({ json, engine, recipe = "bare", ...options }: StepArguments) => {
      const { benchStep } = await import("../bench/step.js");
      const engines = engine ? [engine] : (["onnx"] as const);
      const result = await interruptible("nothing is written", (signal) =>
        benchStep({ ...options, recipe, engines }, signal),
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
