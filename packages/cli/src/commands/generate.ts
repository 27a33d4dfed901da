/** `mmgan generate`: a picture of generated samples, a column for each cluster. */

import { extname } from "node:path";
import {
  ArgumentError,
  expected,
  type Generated,
  type ImageBatch,
  samplePicture,
  samplesShown,
} from "@mmgan/core";
import { type Command, Option } from "commander";
import { interruptible } from "../interrupt.js";
import { modelFolder } from "../model-folder.js";
import {
  deviceOption,
  jsonOption,
  modelOption,
  numberOption,
  required,
  seedOption,
  threadsOption,
} from "../options.js";
import { printResult } from "../output.js";
import { openPointTable } from "../point-table.js";

import { mark } from "../stages.js";

export interface GenerateArguments {
  model: string;
  cluster?: number;
  count?: number;
  seed?: number;
  spread?: number;
  scale?: number;
  device?: "auto" | "cpu" | "webgpu" | "cuda";
  threads?: number;
  out: string;
  json?: boolean;
}

/** Samples of one cluster when --count is left out. */
const DEFAULT_ONE_CLUSTER = 100;

export function registerGenerate(program: Command): void {
  program
    .command("generate")
    .description(
      "Draw samples: pictures as a grid (a column per cluster), points as a scatter plot or table.",
    )
    .addOption(modelOption())
    .addOption(
      numberOption(
        "--cluster <k>",
        "draw from this cluster alone",
        { min: 0, max: 1023, integer: true },
        "every cluster in turn",
      ),
    )
    .addOption(
      numberOption(
        "--count <n>",
        "samples in all",
        { min: 1, max: 1_000_000, integer: true },
        `${samplesShown("image", 1)} for each cluster, ${DEFAULT_ONE_CLUSTER} with --cluster, ${samplesShown("point", 1)} points`,
      ),
    )
    .addOption(seedOption("seed of the noise"))
    .addOption(
      numberOption("--spread <s>", "factor on sigma, 0 = the cluster's mean", { min: 0, max: 100 }, "1"),
    )
    .addOption(
      numberOption(
        "--scale <n>",
        "pixels for each pixel",
        { min: 1, max: 64, integer: true },
        "so that a cell is about 56 wide",
      ),
    )
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(
      required(new Option("--out <file>", "picture to write: .png; for point models also .csv or .jsonl")),
    )
    .addOption(jsonOption())
    .action(generate);
}

async function generate(options: GenerateArguments): Promise<void> {
  const summary = await interruptible("nothing is written", (signal) => generateTo(options, signal));
  await printResult(options.json, summary, () => {
    const shape = summary.width ? `, ${summary.width}x${summary.height} pixels` : "";
    return `${summary.count} samples from ${summary.clusters} clusters, seed ${summary.seed}, on ${summary.device}; ${summary.out}${shape}`;
  });
}

/** What `mmgan generate` reports. */
export interface GenerateSummary {
  out: string;
  count: number;
  clusters: number;
  seed: number;
  device: string;
  /** Pictures only. */
  width?: number;
  height?: number;
}

/**
 * Draws samples of a bundle into the file `options.out`.
 *
 * @throws ArgumentError for a cluster the model does not have or an extension that does not fit its data
 */
export async function generateTo(options: GenerateArguments, signal?: AbortSignal): Promise<GenerateSummary> {
  const { seed = 0, spread = 1 } = options;
  mark("parsing the command line");
  const { loadModel } = await import("@mmgan/runtime-node");
  mark("the runtime's modules");
  const model = await loadModel(await modelFolder(options.model), {
    device: options.device,
    threads: options.threads,
  });
  mark("reading the bundle, loading onnxruntime");
  try {
    const { clusters, input } = model.manifest;
    mustSuit(options.out, input.kind);
    if (options.cluster !== undefined && options.cluster >= clusters)
      throw new ArgumentError(expected(`an integer from 0 to ${clusters - 1}`, "--cluster", options.cluster));
    const one = options.cluster !== undefined;
    const shown = one && input.kind === "image" ? DEFAULT_ONE_CLUSTER : samplesShown(input.kind, clusters);
    const count = options.count ?? shown;
    const sample = await model.generate({
      cluster: options.cluster,
      count,
      seed,
      spread,
      signal,
    });
    mark("sessions of generator and mixture, and their run");
    const columns = one ? Math.ceil(Math.sqrt(count)) : clusters;
    const picture = await write(sample, columns, options);
    mark("loading sharp, the PNG on disk");
    return {
      out: options.out,
      count,
      clusters: one ? 1 : Math.min(clusters, count),
      seed,
      device: model.device,
      ...(picture ? { width: picture.width, height: picture.height } : {}),
    };
  } finally {
    await model.dispose();
  }
}

function mustSuit(out: string, kind: "image" | "point"): void {
  const valid = kind === "image" ? [".png"] : [".png", ".csv", ".jsonl"];
  if (!valid.includes(extname(out).toLowerCase()))
    throw new ArgumentError(expected(`a file name ending in ${valid.join(" or ")}`, "--out", out));
}

/** The picture written, or undefined when it is a table. */
async function write(
  sample: Generated,
  columns: number,
  options: GenerateArguments,
): Promise<ImageBatch | undefined> {
  const { writePng } = await import("@mmgan/node-io");
  if (extname(options.out).toLowerCase() === ".png") {
    const picture = samplePicture(sample, { columns, scale: options.scale });
    await writePng(options.out, picture);
    return picture;
  }
  const points = sample.points!; // mustSuit lets no pictures through
  const table = await openPointTable(options.out);
  try {
    for (let i = 0; i < points.count; i++)
      await table.row({
        cluster: sample.clusters[i]!,
        ...Object.fromEntries(
          Array.from({ length: points.dim }, (_, j) => [`x${j}`, points.data[i * points.dim + j]!]),
        ),
      });
    await table.commit();
  } finally {
    await table.abort();
  }
  return undefined;
}
