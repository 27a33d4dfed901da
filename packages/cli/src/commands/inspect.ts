/** `mmgan inspect`: what a bundle is, after checking that it is whole. */

import type { BundleDescription } from "@mmgan/runtime-node";
import type { Command } from "commander";
import { modelFolder } from "../model-folder.js";
import { BUNDLE_ARGUMENT, jsonOption } from "../options.js";
import { formatBytes, printResult, textTable } from "../output.js";

export function registerInspect(program: Command): void {
  program
    .command("inspect")
    .description(
      "Check a bundle's files and show what it holds: inputs and outputs of each graph, sizes, training.",
    )
    .argument("<bundle>", BUNDLE_ARGUMENT)
    .addOption(jsonOption())
    .action(inspect);
}

async function inspect(bundle: string, options: { json?: boolean }): Promise<void> {
  const { inspectBundle } = await import("@mmgan/runtime-node");
  const description = await inspectBundle(await modelFolder(bundle));
  await printResult(options.json, { bundle, checked: true, ...description }, () =>
    describe(bundle, description),
  );
}

function describe(bundle: string, { manifest, graphs }: BundleDescription): string {
  const { input, training, files, tool } = manifest;
  const shape =
    input.kind === "image"
      ? `images ${input.height}x${input.width}x${input.channels}, fit ${input.fit}`
      : `points of ${input.dim} coordinates`;
  const facts = [
    ["bundle", bundle],
    ["name", manifest.name],
    ["kind", `${manifest.kind}, format ${manifest.format}, opset ${manifest.opset}`],
    ["clusters", `${manifest.clusters}, latent dimension ${manifest.latentDim}`],
    ["input", shape],
    [
      "training",
      `${training.data}, recipe ${training.recipe}, loss ${training.loss}, ${training.steps} steps, seed ${training.seed}`,
    ],
    ["license", manifest.license],
    ["made by", `${tool.name} ${tool.version}`],
  ];
  const ports = (["encoder", "generator", "mixture"] as const).flatMap((graph) => [
    ...graphs[graph].inputs.map((port) => [graph, "in", port.name, `${port.type} [${port.dims.join(", ")}]`]),
    ...graphs[graph].outputs.map((port) => [
      graph,
      "out",
      port.name,
      `${port.type} [${port.dims.join(", ")}]`,
    ]),
  ]);
  const sizes = Object.values(files)
    .filter((file) => file !== undefined)
    .map((file) => [file.path, formatBytes(file.bytes), file.sha256.slice(0, 16), "ok"]);
  return [
    textTable(facts),
    "",
    textTable([["graph", "", "name", "type and shape"], ...ports]),
    "",
    textTable([["file", "size", "SHA-256", "check"], ...sizes]),
  ].join("\n");
}
