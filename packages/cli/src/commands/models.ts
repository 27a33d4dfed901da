/** `mmgan models`: the models that ship with mmgan, with their scores and sizes. */

import type { ShippedModel } from "@mmgan/models";
import type { Command } from "commander";
import { jsonOption } from "../options.js";
import { formatBytes, printResult, textTable } from "../output.js";

export function registerModels(program: Command): void {
  program
    .command("models")
    .description("List the models that ship with mmgan, with their scores on held-out data and their sizes.")
    .addOption(jsonOption())
    .action(models);
}

async function models(options: { json?: boolean }): Promise<void> {
  const { listModels } = await import("@mmgan/models");
  const shipped = await listModels();
  await printResult(options.json, { models: shipped.map(record) }, () => modelsText(shipped));
}

/** What `--json` prints of each. */
function record({ name, path, bytes, manifest }: ShippedModel) {
  const { kind, clusters, latentDim, input, training, scores, license } = manifest;
  const { metrics: _, ...settings } = training;
  return {
    name,
    path,
    bytes,
    kind,
    clusters,
    latentDim,
    input,
    license,
    training: settings,
    scores: scores ?? null,
  };
}

/** A line for each model, scores of the whole held-out split. */
function modelsText(shipped: readonly ShippedModel[]): string {
  const rows = shipped.map(({ name, bytes, manifest: { clusters, training, scores } }) => {
    const { purity, accuracy, nmi, ari } = scores?.whole ?? {};
    const shown = [purity, accuracy, nmi, ari].map((score) => score?.toFixed(3) ?? "-");
    return [name, training.recipe, `${training.seed}`, `${clusters}`, ...shown, formatBytes(bytes)];
  });
  return [
    textTable([["model", "recipe", "seed", "clusters", "purity", "accuracy", "NMI", "ARI", "size"], ...rows]),
    "Use one by its name, e.g. mmgan generate --model digits --out grid.png",
  ].join("\n");
}
