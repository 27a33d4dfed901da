/** `mmgan setup`: makes an engine or a device work that npm alone does not bring. */

import type { CudaSetupStage, SetupStage } from "@mmgan/trainer";
import { type Command, Option } from "commander";
import { interruptible } from "../interrupt.js";
import { jsonOption } from "../options.js";
import { log, printResult } from "../output.js";
import { type Progress, startProgress } from "../progress.js";

interface SetupArguments {
  gpu?: boolean;
  wheel?: string;
  index?: string;
  tensorflowVersion?: string;
  out?: string;
  json?: boolean;
}

/** What a person reads when a stage begins; those with a progress bar have its label. */
const STAGES: Record<SetupStage | CudaSetupStage, string> = {
  npm: "installing tfjs-node without its install script",
  wheel: "bringing the wheel",
  unpack: "unpacking",
  build: "building the addon",
  try: "trying it",
};

export function registerSetup(program: Command): void {
  const setup = program.command("setup").description("Set up what npm alone does not bring.");
  registerTensorflow(setup);
  registerCuda(setup);
}

const indexOption = () =>
  new Option(
    "--index <url>",
    "package index to download the wheel from (default: PIP_INDEX_URL, then pip's config)",
  );

function registerCuda(setup: Command): void {
  setup
    .command("cuda")
    .description(
      "Set up the device cuda (Linux x64): ONNX Runtime's libraries out of the Python wheel onnxruntime-gpu, laid beside onnxruntime-node's. The driver, CUDA and cuDNN must be there. No Python runs.",
    )
    .addOption(
      new Option(
        "--wheel <file>",
        "a downloaded wheel of onnxruntime_gpu, of onnxruntime-node's version (default: from --index)",
      ),
    )
    .addOption(indexOption())
    .addOption(jsonOption())
    .action(async ({ json, ...options }: Pick<SetupArguments, "wheel" | "index" | "json">) => {
      const { setUpCuda } = await import("@mmgan/trainer");
      const result = await staged((reports) => setUpCuda({ ...options, ...reports }));
      await printResult(json, result, () =>
        [
          `onnxruntime-gpu ${result.version} ${result.status === "present" ? "is there already and works" : "works"}, in ${result.folder}`,
          "Next: mmgan train --device cuda ...",
        ].join("\n"),
      );
    });
}

function registerTensorflow(setup: Command): void {
  setup
    .command("tensorflow")
    .description(
      "Set up the engine tensorflow (Linux x64): tfjs-node's addon, built against the C library of a TensorFlow wheel. No Python runs.",
    )
    .addOption(
      new Option(
        "--gpu",
        "tfjs-node-gpu and the wheel for CUDA, whose libraries the machine must have (default: off)",
      ),
    )
    .addOption(
      new Option(
        "--wheel <file>",
        "a downloaded wheel of tensorflow_cpu, or with --gpu of tensorflow (default: from --index)",
      ),
    )
    .addOption(indexOption())
    .addOption(
      new Option("--tensorflow-version <v>", "version of TensorFlow (default: 2.21.0, with --wheel its own)"),
    )
    .addOption(
      new Option("--out <folder>", "folder to fill (default: MMGAN_TENSORFLOW, then the user's cache)"),
    )
    .addOption(jsonOption())
    .action(setUp);
}

async function setUp({ json, ...options }: SetupArguments): Promise<void> {
  const { setUpTensorflow } = await import("@mmgan/trainer");
  const result = await staged((reports) => setUpTensorflow({ ...options, ...reports }));
  await printResult(json, result, () =>
    [
      `${result.package} ${result.packageVersion} on TensorFlow ${result.tensorflowVersion} ` +
        `${result.status === "present" ? "is there already and works" : "works"}, in ${result.folder}`,
      "Next: mmgan train --engine tensorflow ...",
      ...(options.out ? [`with MMGAN_TENSORFLOW=${result.folder}`] : []),
    ].join("\n"),
  );
}

interface Reports {
  readonly signal: AbortSignal;
  readonly onStage: (stage: keyof typeof STAGES) => void;
  readonly onProgress: (stage: keyof typeof STAGES, done: number, total: number | undefined) => void;
}

/** Runs a set-up that says where it is: a line for each stage, a bar where bytes are counted. */
async function staged<T>(setUp: (reports: Reports) => Promise<T>): Promise<T> {
  let progress: Progress | undefined;
  const stop = () => {
    progress?.stop();
    progress = undefined;
  };
  try {
    return await interruptible("what came so far is kept", (signal) =>
      setUp({
        signal,
        onStage: (stage) => {
          stop();
          log(`mmgan: ${STAGES[stage]}`);
        },
        onProgress: (stage, done, total) => {
          progress ??= startProgress({
            label: STAGES[stage],
            unit: "MiB",
            total: mebibytes(total),
            from: mebibytes(done),
          });
          progress.update(mebibytes(done));
        },
      }),
    );
  } finally {
    stop();
  }
}

const mebibytes = (bytes: number | undefined) => Math.round((bytes ?? 0) / 2 ** 20);
