/** `mmgan centres`: gives a bundle the centres of its training samples, by which outliers are told. */

import { type Command, Option } from "commander";
import { interruptible } from "../interrupt.js";
import { modelFolder } from "../model-folder.js";
import { BUNDLE_ARGUMENT, dataDirOption, jsonOption, splitOption, threadsOption } from "../options.js";
import { printResult, textTable } from "../output.js";
import { type TrainingData, trainingCentres } from "../training-centres.js";

interface CentresOptions extends TrainingData {
  json?: boolean;
}

export function registerCentres(program: Command): void {
  program
    .command("centres")
    .description(
      "Measure where a bundle's training samples lie, by which mmgan cluster tells distances and outliers. Rewrites the bundle; labels are never read.",
    )
    .argument("<bundle>", BUNDLE_ARGUMENT)
    .addOption(
      new Option(
        "--data <name|folder>",
        "the samples, as the model was trained on them (default: those that its manifest names)",
      ),
    )
    .addOption(splitOption("train, all of a folder"))
    .addOption(dataDirOption())
    .addOption(threadsOption())
    .addOption(jsonOption())
    .action(centres);
}

async function centres(bundle: string, options: CentresOptions): Promise<void> {
  const { addCentres } = await import("@mmgan/trainer");
  const folder = await modelFolder(bundle);
  const { found, manifest } = await interruptible("nothing is written", async (signal) => {
    const found = await trainingCentres(folder, options, signal);
    return { found, manifest: await addCentres(folder, found) };
  });
  const { data, samples, dim } = found;
  const clusters = found.clusters.map((cluster, k) => ({
    cluster: k,
    samples: cluster?.n ?? 0,
    median: cluster?.quantiles[50] ?? null,
    outlier: cluster?.outlier ?? null,
  }));
  const result = { bundle: folder, data, samples, dim, clusters, file: manifest.files.centres };
  await printResult(options.json, result, () =>
    [
      textTable([
        ["cluster", "samples", "median distance", "outlier beyond"],
        ...clusters.map(({ cluster, samples, median, outlier }) => [
          `${cluster}`,
          `${samples}`,
          median?.toFixed(3) ?? "-",
          outlier?.toFixed(3) ?? "-",
        ]),
      ]),
      `${folder}: centres of ${samples} samples of ${data}, ${dim} features`,
    ].join("\n"),
  );
}
