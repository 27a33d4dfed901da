/** `mmgan export`: a run folder's weights become a bundle. */

import { basename, resolve } from "node:path";
import type { BundleScores, FeatureCentres } from "@mmgan/core";
import { type Command, Option } from "commander";
import { interruptible } from "../interrupt.js";
import { dataDirOption, jsonOption, required } from "../options.js";
import { formatBytes, log, printResult, textTable } from "../output.js";
import { trainCommand } from "../train-command.js";
import { maybeTrainingCentres } from "../training-centres.js";

interface ExportArguments {
  out: string;
  name?: string;
  score?: boolean;
  centres: boolean;
  data?: string;
  dataDir?: string;
  license?: string;
  note?: string;
  json?: boolean;
}

export function registerExport(program: Command): void {
  program
    .command("export")
    .description(
      "Turn a run into a bundle: encoder, generator and mixture as ONNX, with manifest, card and grid.",
    )
    .argument("<run>", "folder written by mmgan train")
    .addOption(required(new Option("--out <bundle>", "folder to write; an older bundle there is replaced")))
    .addOption(new Option("--name <name>", "the model's name (default: that of the bundle's folder)"))
    .addOption(
      new Option(
        "--score",
        "score the bundle on labelled data, as mmgan evaluate does, for its card and manifest (default: off)",
      ),
    )
    .addOption(
      new Option(
        "--data <name|folder>",
        "labelled data for --score (default: the held-out part of the data that the run was trained on)",
      ),
    )
    .option(
      "--no-centres",
      "leave out the centres of the training samples, by which mmgan cluster tells outliers (default: with them, where the data are there)",
    )
    .addOption(dataDirOption())
    .addOption(
      new Option("--license <text>", "licence of the weights, for card and manifest (default: unspecified)"),
    )
    .addOption(
      new Option(
        "--note <text>",
        "a sentence for the card, e.g. on what machine it was trained and how its seed was chosen (default: none)",
      ),
    )
    .addOption(jsonOption())
    .action(exportBundle);
}

async function exportBundle(run: string, options: ExportArguments): Promise<void> {
  const trainer = await import("@mmgan/trainer");
  const { out, name = basename(resolve(out)), score, data, dataDir, license, note } = options;
  const { config } = await trainer.readRun(run);
  const scoring = async (bundle: string, signal: AbortSignal): Promise<BundleScores> => {
    const { scoreBundle } = await import("../score-bundle.js");
    return scoreBundle(bundle, { data, dataDir }, signal);
  };
  const measuring = async (bundle: string, signal: AbortSignal): Promise<FeatureCentres | undefined> =>
    maybeTrainingCentres(bundle, { data: config.data, split: config.split, dataDir }, signal, (reason) =>
      log(
        `no centres of the training samples: ${reason} mmgan centres ${out} --data ${config.data} adds them.`,
      ),
    );
  const manifest = await interruptible("nothing is written", async (signal) =>
    trainer.exportRun(run, out, {
      name,
      license,
      note,
      command: trainCommand(trainer, config, "RUN", (await trainer.readChoice(run))?.request),
      score: score ? (bundle) => scoring(bundle, signal) : undefined,
      centres: options.centres ? (bundle) => measuring(bundle, signal) : undefined,
    }),
  );
  const files = Object.values(manifest.files).filter((file) => file !== undefined);
  await printResult(options.json, { out, manifest }, () =>
    [
      `${out}: ${manifest.kind} bundle, ${manifest.clusters} clusters, latent dimension ${manifest.latentDim}`,
      textTable([["file", "size"], ...files.map((file) => [file.path, formatBytes(file.bytes)])]),
    ].join("\n"),
  );
}
