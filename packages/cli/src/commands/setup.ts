/** `mmgan setup tensorflow`: makes an engine work that npm alone does not bring. */

import type { SetupStage } from "@mmgan/trainer";
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
const STAGES: Record<SetupStage, string> = {
  npm: "installing tfjs-node without its install script",
  wheel: "TensorFlow's wheel",
  unpack: "unpacking",
  build: "building the addon",
  try: "trying it",
};

export function registerSetup(program: Command): void {
  program
    .command("setup")
    .description("Set up what npm alone does not bring.")
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
    .addOption(
      new Option(
        "--index <url>",
        "package index to download the wheel from (default: PIP_INDEX_URL, then pip's config)",
      ),
    )
    .addOption(
      new Option("--tensorflow-version <v>", "version of TensorFlow (default: 2.21.0, with --wheel its own)"),
    )
    .addOption(
      new Option("--out <folder>", "folder to fill (default: MMGAN_TENSORFLOW, then the user's cache)"),
    )
    .addOption(jsonOption())
    .action(setUp);
}

async function setUp(options: SetupArguments): Promise<void> {
  const { setUpTensorflow } = await import("@mmgan/trainer");
  let progress: Progress | undefined;
  try {
    const result = await interruptible("what came so far is kept", (signal) =>
      setUpTensorflow({
        ...options,
        signal,
        onStage: (stage) => {
          progress?.stop();
          progress = undefined;
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
    progress?.stop();
    await printResult(options.json, result, () =>
      [
        `${result.package} ${result.packageVersion} on TensorFlow ${result.tensorflowVersion} ` +
          `${result.status === "present" ? "is there already and works" : "works"}, in ${result.folder}`,
        "Next: mmgan train --engine tensorflow ...",
        ...(options.out ? [`with MMGAN_TENSORFLOW=${result.folder}`] : []),
      ].join("\n"),
    );
  } finally {
    progress?.stop();
  }
}

const mebibytes = (bytes: number | undefined) => Math.round((bytes ?? 0) / 2 ** 20);
