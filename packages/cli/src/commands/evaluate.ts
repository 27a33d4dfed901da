/** `mmgan evaluate`: a model's clusters against labels, k-means on the same values beside it. */

import {
  ArgumentError,
  type ClusteringScores,
  exemplarAccuracy,
  expected,
  type Manifest,
  type Model,
  scoreClustering,
} from "@mmgan/core";
import type { BaselineName, Dataset } from "@mmgan/trainer";
import { type Command, Option } from "commander";
import { GENERATION_SAMPLES, type Generation, generationText, scoreGeneration } from "../generation.js";
import { interruptible } from "../interrupt.js";
import { type BaselineScores, kMeansBaseline, type Samples } from "../k-means-baseline.js";
import { encodeAll, type LabelledOptions, loadLabelled } from "../labelled.js";
import { modelFolder } from "../model-folder.js";
import {
  BUNDLE_ARGUMENT,
  choiceOption,
  dataDirOption,
  deviceOption,
  jsonOption,
  numberOption,
  splitOption,
  threadsOption,
} from "../options.js";
import { printResult, textTable } from "../output.js";
import { BASELINE_LABELS } from "../reproduce/baselines.js";

interface EvaluateOptions extends LabelledOptions {
  device?: "auto" | "cpu" | "webgpu" | "cuda";
  threads?: number;
  generation?: boolean;
  samples?: number;
  baselines?: boolean;
  readOut?: ReadOut;
  exemplars?: boolean;
  json?: boolean;
}

/** How a bundle's clusters are read: as its encoder says, or by k-means on the codes of what is scored. */
export const READ_OUTS = ["cluster", "k-means"] as const;
type ReadOut = (typeof READ_OUTS)[number];

/** What `mmgan evaluate --json` prints. */
export type Evaluation = ClusteringScores & {
  /** The model's kind, as its manifest has it. */
  kind: string;
  /** With --read-out. */
  readOut?: ReadOut;
  /** With --exemplars: the share of samples of the class of their cluster's surest sample. */
  exemplars?: number;
  kmeans: BaselineScores;
  /** With --baselines: the other clusterings of the same values. */
  baselines?: Record<Exclude<BaselineName, "k-means">, BaselineScores>;
  /** With --generation. */
  generation?: Generation;
  /** Where the model ran. */
  device: string;
};

export function registerEvaluate(program: Command): void {
  program
    .command("evaluate")
    .description("Score a bundle's clusters against labels, with k-means on the same pixels beside it.")
    .argument("<bundle>", BUNDLE_ARGUMENT)
    .addOption(
      new Option(
        "--data <name|folder>",
        "labelled data: a data set's name, or a folder with one sub-folder a class (default: the data set that the model was trained on)",
      ),
    )
    .addOption(splitOption("test, all of a folder"))
    .option(
      "--generation",
      "score generated samples too, by a network trained with labels for this alone (default: off)",
    )
    .addOption(
      numberOption(
        "--samples <number>",
        "most samples scored with --generation",
        { min: 10, max: 100_000, integer: true },
        `${GENERATION_SAMPLES}`,
      ),
    )
    .option("--baselines", "score PCA + k-means and a Gaussian mixture too, up to a minute (default: off)")
    .addOption(
      choiceOption(
        "--read-out <name>",
        "how clusters are read: as the encoder says, or k-means on the codes of what is scored, for models whose features are codes",
        READ_OUTS,
        "cluster",
      ),
    )
    .option(
      "--exemplars",
      "also score as Makhzani et al. 2015: the class of a cluster's surest sample is that of all its samples (default: off)",
    )
    .addOption(
      numberOption(
        "--limit <n>",
        "score the first so many samples alone",
        { min: 1, max: 1_000_000_000, integer: true },
        "all",
      ),
    )
    .addOption(dataDirOption())
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(jsonOption())
    .action(evaluate);
}

async function evaluate(bundle: string, options: EvaluateOptions): Promise<void> {
  if (options.samples !== undefined && !options.generation)
    throw new ArgumentError(
      expected("--generation", "--samples", "nothing", "It limits what --generation scores"),
    );
  const result = await interruptible("nothing is written", (signal) =>
    evaluateBundle(bundle, options, signal),
  );
  await printResult(options.json, result, () => evaluationText(result));
}

/** "purity accuracy NMI ARI" of the model and of k-means, as a table. */
function evaluationText(evaluation: Evaluation): string {
  const { n, clusters, kmeans, baselines, generation, device, kind, readOut, exemplars, ...scores } =
    evaluation;
  const part = kmeans.fitted < n ? ` (k-means fitted on ${kmeans.fitted} of them)` : "";
  return [
    scoresTable({
      [readOut === "k-means" ? `${kind}, k-means on its codes` : kind]: scores,
      [BASELINE_LABELS["k-means"]]: kmeans,
      ...(baselines && {
        [BASELINE_LABELS["pca-k-means"]]: baselines["pca-k-means"],
        [BASELINE_LABELS["gaussian-mixture"]]: baselines["gaussian-mixture"],
      }),
    }),
    `${n} samples in ${clusters} clusters${part}, on ${device}; accuracy is one-to-one (Hungarian)`,
    ...(exemplars === undefined ? [] : [`${exemplars.toFixed(3)} accuracy by each cluster's surest sample`]),
    ...(generation ? ["", generationText(generation)] : []),
  ].join("\n");
}

/** One row of purity, accuracy, NMI and ARI for each name. */
export function scoresTable(rows: Record<string, Omit<BaselineScores, "fitted">>): string {
  return textTable([
    ["", "purity", "accuracy", "NMI", "ARI"],
    ...Object.entries(rows).map(([name, { purity, accuracy, nmi, ari }]) => [
      name,
      ...[purity, accuracy, nmi, ari].map((score) => score.toFixed(3)),
    ]),
  ]);
}

/** What k-means sees of a data set. */
export function samplesOf({ pixels, points, count }: Dataset): Samples {
  return { values: pixels ?? points!, count };
}

async function otherBaselines(
  data: Dataset,
  k: number,
  { threads }: EvaluateOptions,
  signal: AbortSignal,
): Promise<NonNullable<Evaluation["baselines"]>> {
  const { clusterBaseline, rowsOf } = await import("@mmgan/trainer");
  const score = async (name: BaselineName): Promise<BaselineScores> => {
    const { clusters, fitted } = await clusterBaseline(name, rowsOf(data), k, { threads, signal });
    const { nmi, ari, purity, accuracy } = scoreClustering(data.labels!, clusters);
    return { nmi, ari, purity, accuracy, fitted };
  };
  return {
    "pca-k-means": await score("pca-k-means"),
    "gaussian-mixture": await score("gaussian-mixture"),
  };
}

async function generationOf(
  model: Model,
  data: Dataset,
  options: EvaluateOptions,
  signal: AbortSignal,
): Promise<Generation> {
  const training = await loadLabelled(
    model.manifest,
    { ...options, split: "train", limit: undefined },
    signal,
  );
  const { samples = GENERATION_SAMPLES, threads } = options;
  return scoreGeneration(model, data, training, { samples, threads, signal });
}

/** @throws ArgumentError for a bundle whose features are no codes, naming the kinds that have them */
async function mustHaveCodes({ kind, name }: Manifest): Promise<void> {
  const { RIVAL_NAMES, RIVALS } = await import("@mmgan/trainer");
  const having = RIVAL_NAMES.filter((rival) => RIVALS[rival].codes);
  if (having.some((rival) => rival === kind)) return;
  throw new ArgumentError(
    expected(
      "cluster",
      `--read-out of ${name}`,
      "k-means",
      `It is of kind ${kind}, whose features are no codes; models of kind ${having.join(", ")} have them`,
    ),
  );
}

async function codeClusters(codes: Float32Array, count: number, { clusters }: Manifest): Promise<Int32Array> {
  const { clusterCodes } = await import("@mmgan/trainer");
  return clusterCodes(codes, count, codes.length / count, clusters).clusters;
}

/** Loads model and labelled data, and scores. */
export async function evaluateBundle(
  bundle: string,
  options: Omit<EvaluateOptions, "json">,
  signal: AbortSignal,
): Promise<Evaluation> {
  const { loadModel } = await import("@mmgan/runtime-node");
  const model = await loadModel(await modelFolder(bundle), {
    device: options.device,
    threads: options.threads,
  });
  try {
    const { readOut, exemplars } = options;
    if (readOut === "k-means") await mustHaveCodes(model.manifest);
    const data = await loadLabelled(model.manifest, options, signal);
    const found = await encodeAll(model, data, signal, [
      ...(exemplars ? (["probabilities"] as const) : []),
      ...(readOut === "k-means" ? (["features"] as const) : []),
    ]);
    const clusters =
      readOut === "k-means" ? await codeClusters(found.features, data.count, model.manifest) : found.clusters;
    const samples = samplesOf(data);
    const k = Math.min(model.manifest.clusters, data.count);
    const kmeans = kMeansBaseline(samples, samples, data.labels!, k);
    return {
      ...scoreClustering(data.labels!, clusters),
      kind: model.manifest.kind,
      ...(readOut && { readOut }),
      ...(exemplars && {
        exemplars: exemplarAccuracy(data.labels!, found.probabilities, model.manifest.clusters),
      }),
      kmeans,
      ...(options.baselines ? { baselines: await otherBaselines(data, k, options, signal) } : {}),
      ...(options.generation ? { generation: await generationOf(model, data, options, signal) } : {}),
      device: model.device,
    };
  } finally {
    await model.dispose();
  }
}
