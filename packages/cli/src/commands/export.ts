/** `mmgan export`: a run folder's weights become a bundle. */

import { basename, resolve } from "node:path";
import { type Command, Option } from "commander";
import { jsonOption, required } from "../options.js";
import { formatBytes, printResult, textTable } from "../output.js";

interface ExportOptions {
  out: string;
  name?: string;
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
    .addOption(jsonOption())
    .action(exportBundle);
}

async function exportBundle(run: string, options: ExportOptions): Promise<void> {
  const { exportRun } = await import("@mmgan/trainer");
  const manifest = await exportRun(run, options.out, {
    name: options.name ?? basename(resolve(options.out)),
  });
  const files = Object.values(manifest.files).filter((file) => file !== undefined);
  await printResult(options.json, { out: options.out, manifest }, () =>
    [
      `${options.out}: ${manifest.kind} bundle, ${manifest.clusters} clusters, latent dimension ${manifest.latentDim}`,
      textTable([["file", "size"], ...files.map((file) => [file.path, formatBytes(file.bytes)])]),
    ].join("\n"),
  );
}
