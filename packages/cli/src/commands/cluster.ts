/** `mmgan cluster`: a folder of pictures becomes a table of clusters. */

import { type Command, Option } from "commander";
import { interruptible } from "../interrupt.js";
import { modelFolder } from "../model-folder.js";
import { deviceOption, jsonOption, modelOption, numberOption, required, threadsOption } from "../options.js";
import { printResult } from "../output.js";
import { startProgress } from "../progress.js";
import { mustBeResultsPath, openResults } from "../results.js";

interface ClusterOptions {
  model: string;
  out: string;
  device?: "auto" | "cpu" | "webgpu" | "cuda";
  threads?: number;
  batch?: number;
  json?: boolean;
}

export function registerCluster(program: Command): void {
  program
    .command("cluster")
    .description(
      "Sort a folder of pictures into a model's clusters. Unreadable pictures go to an errors list beside.",
    )
    .argument("<folder>", "folder of pictures, sub-folders included")
    .addOption(modelOption())
    .addOption(
      required(new Option("--out <file>", "results to write, a row for each picture: .csv or .jsonl")),
    )
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(
      numberOption(
        "--batch <n>",
        "pictures per run of the model",
        { min: 1, max: 4096, integer: true },
        "64",
      ),
    )
    .addOption(jsonOption())
    .action(cluster);
}

async function cluster(folder: string, options: ClusterOptions): Promise<void> {
  mustBeResultsPath(options.out);
  const summary = await interruptible("nothing is written", (signal) => clusterTo(folder, options, signal));
  const bad = summary.errors > 0 ? `, ${summary.errors} unreadable (see ${summary.errorsPath})` : "";
  await printResult(
    options.json,
    summary,
    () =>
      `${summary.images} images in ${summary.clusters} clusters${bad} on ${summary.device}; ${options.out}`,
  );
}

/** What `mmgan cluster` reports. */
export interface ClusterSummary {
  out: string;
  images: number;
  /** Clusters that got at least one picture. */
  clusters: number;
  /** Pictures of each cluster, 0..K-1. */
  sizes: number[];
  errors: number;
  /** Null when everything could be read. */
  errorsPath: string | null;
  device: string;
}

/** Clusters `folder` into the results file `options.out`, which appears whole or not at all. */
export async function clusterTo(
  folder: string,
  options: Omit<ClusterOptions, "json">,
  signal: AbortSignal,
): Promise<ClusterSummary> {
  const { clusterFolder, loadModel } = await import("@mmgan/runtime-node");
  const { openSource } = await import("@mmgan/node-io");
  const source = openSource(folder);
  const total = (await source.count()) ?? 0;
  const model = await loadModel(await modelFolder(options.model), {
    device: options.device,
    threads: options.threads,
  });
  const results = await openResults(options.out);
  const progress = startProgress({ label: "clustering", unit: "images", total });
  const sizes = new Array<number>(model.manifest.clusters).fill(0);
  let done = 0;
  try {
    for await (const row of clusterFolder(source, { model, batch: options.batch, signal })) {
      if ("error" in row) await results.error({ path: row.path, ...row.error });
      else {
        sizes[row.cluster] = sizes[row.cluster]! + 1;
        const { path, cluster, probability, margin, entropy } = row;
        await results.row({ path, cluster, probability, margin, entropy });
      }
      progress.update(++done);
    }
    const { rows, errors } = await results.commit();
    const clusters = sizes.filter((size) => size > 0).length;
    const errorsPath = errors > 0 ? results.errorsPath : null;
    return { out: options.out, images: rows, clusters, sizes, errors, errorsPath, device: model.device };
  } finally {
    progress.stop();
    await results.abort();
    await model.dispose();
  }
}
