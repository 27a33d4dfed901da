/** A run folder as a bundle: graphs traced from the newest checkpoint, card, picture, manifest. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type BundleFile,
  type BundleScores,
  CheckpointError,
  type Manifest,
  Rng,
  samplePicture,
  samplesShown,
  sha256Hex,
} from "@mmgan/core";
import {
  type Bundle,
  buildBundle,
  type InputSpec,
  readOnnx,
  type TraceOptions,
  traceToOnnx,
} from "@mmgan/export";
import { encodePng, writeFolderAtomic } from "@mmgan/node-io";
import * as tf from "@tensorflow/tfjs";
import * as ort from "onnxruntime-node";
import { bundleCard, GRAPHS } from "./card/card.js";
import type { InputShape, TrainConfig } from "./config.js";
import { readNewestCheckpoint } from "./loop/checkpoint.js";
import { readMetrics } from "./loop/metrics-log.js";
import { readRun, runFiles } from "./loop/run-folder.js";
import { modelOf } from "./models/index.js";
import { RIVALS } from "./models/settings/index.js";
import type { Tensors } from "./nets/layers.js";
import type { PlainState } from "./nets/parameters.js";
import { withTensors } from "./nets/with-tensors.js";
import { VERSION } from "./version.js";

/** Operators of this opset and older only, so that old runtimes load the graphs. */
export const BUNDLE_OPSET = 17;

export interface BundleGraphs {
  encoder: Uint8Array;
  generator: Uint8Array;
  mixture: Uint8Array;
}

export interface ExportOptions {
  /** The model's name. Default "mmgan". */
  name?: string;
  /** Licence of the weights. Default "unspecified": whoever trains decides. */
  license?: string;
  /** For the card: the command that trains the same. */
  command?: string;
  /** For the card: a sentence or two, e.g. on the machine and the choice of the seed. */
  note?: string;
  /** Scores the bundle, which lies whole in `folder` for so long; the result goes into manifest and card. */
  score?: (folder: string) => Promise<BundleScores>;
}

/**
 * Exports a run's newest checkpoint. The same run and options give the same bytes on a machine.
 *
 * @param run - the run folder
 * @param out - the bundle's folder, written whole; an older bundle there is replaced
 * @throws CheckpointError when the run holds no checkpoint or a damaged one
 */
export async function exportRun(run: string, out: string, options: ExportOptions = {}): Promise<Manifest> {
  const { config, engine } = await readRun(run);
  const checkpoint = await readNewestCheckpoint(run, config);
  if (!checkpoint)
    throw new CheckpointError(`${run} holds no checkpoint yet. Train with --resume until it has one.`);
  const { name = "mmgan", license = "unspecified", command, note, score } = options;
  const graphs = traceBundleGraphs(config, checkpoint.state);
  const { latentDim } = modelOf(config).bundle(config, checkpoint.state);
  const grid = await drawGrid(config, graphs, latentDim);
  // A run killed after its newest checkpoint has lines of later steps.
  const lines = (await readMetrics(runFiles(run).metrics)).filter(
    ({ step }) => (step as number) <= checkpoint.step,
  );
  const metrics = Object.fromEntries(
    Object.entries(lines.at(-1) ?? {}).filter(([, value]) => typeof value === "number"),
  ) as Record<string, number>;
  const minutes = trainedMinutes(lines);
  const common = {
    name,
    clusters: config.clusters,
    latentDim,
    input: config.input,
    training: {
      data: config.data,
      recipe: config.recipe,
      loss: config.model === "mmgan" ? config.loss : RIVALS[config.model].objective,
      steps: checkpoint.step,
      seed: config.seed,
      images: Math.max(1, checkpoint.cursor),
      metrics,
      ...(minutes === undefined ? {} : { minutes }),
      ...(command === undefined ? {} : { command }),
    },
    license,
    tool: { name: "mmgan", version: VERSION },
  };
  const build = async (scores?: BundleScores) => {
    const card = bundleCard({
      ...common,
      ...{ engine, scores, note, hasGrid: grid !== undefined },
      model: config.model,
      training: {
        ...common.training,
        split: config.split,
        ...(config.model === "mmgan" && { pairing: config.pairing }),
      },
      files: await cardFiles(graphs, grid),
      ports: {
        encoder: readOnnx(graphs.encoder),
        generator: readOnnx(graphs.generator),
        mixture: readOnnx(graphs.mixture),
      },
    });
    return buildBundle({
      manifest: { kind: config.model, ...common, opset: BUNDLE_OPSET, ...(scores ? { scores } : {}) },
      ...graphs,
      card,
      ...(grid ? { grid } : {}),
    });
  };
  const unscored = await build();
  const { manifest, files } = score ? await build(await scored(unscored.files, score)) : unscored;
  await writeFolderAtomic(out, files);
  return manifest;
}

/** Calls `score` with the files in a folder of their own. */
async function scored(
  files: Bundle["files"],
  score: (folder: string) => Promise<BundleScores>,
): Promise<BundleScores> {
  const temporary = await mkdtemp(join(tmpdir(), "mmgan-export-"));
  try {
    const folder = join(temporary, "bundle");
    await writeFolderAtomic(folder, files);
    return await score(folder);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Name, size and SHA-256 of what the card lists: everything but itself and the manifest that names its own hash. */
async function cardFiles(graphs: BundleGraphs, grid: Uint8Array | undefined): Promise<BundleFile[]> {
  const files: [string, Uint8Array][] = GRAPHS.map((graph) => [`${graph}.onnx`, graphs[graph]]);
  if (grid) files.push(["grid.png", grid]);
  return Promise.all(
    files.map(async ([path, bytes]) => ({ path, sha256: await sha256Hex(bytes), bytes: bytes.length })),
  );
}

/** Minutes of all steps; each resume counts its seconds from 0. Undefined where no line was written. */
export function trainedMinutes(lines: readonly Record<string, unknown>[]): number | undefined {
  if (lines.length === 0) return undefined;
  const seconds = lines.map((line) => line.seconds as number);
  const total = seconds.reduce(
    (sum, at, i) => (i === seconds.length - 1 || seconds[i + 1]! < at ? sum + at : sum),
    0,
  );
  return Number((total / 60).toPrecision(6));
}

const dataSpec = (input: InputShape): Record<string, InputSpec> =>
  input.kind === "image"
    ? { images: { dims: ["batch", input.height, input.width, input.channels], type: "uint8" } }
    : { points: { dims: ["batch", input.dim], type: "float32" } };

/** encoder.onnx, generator.onnx and mixture.onnx of a state. */
export function traceBundleGraphs(config: TrainConfig, state: PlainState): BundleGraphs {
  tf.enableProdMode(); // silences tfjs's advice to install tfjs-node
  const model = modelOf(config).bundle(config, state);
  const metadata = {
    kind: config.model,
    clusters: String(config.clusters),
    latentDim: String(model.latentDim),
    tool: `mmgan ${VERSION}`,
  };
  const trace = (
    name: string,
    f: (weights: Tensors, inputs: Tensors) => Tensors,
    inputs: Record<string, InputSpec>,
    outputTypes: TraceOptions["outputTypes"] = {},
  ) =>
    withTensors(model.weights, (weights) => {
      const options = { name, opset: BUNDLE_OPSET, metadata, outputTypes };
      return traceToOnnx((tensors) => f(weights, tensors), inputs, options).onnx;
    });
  const latentDims: InputSpec["dims"] = ["batch", model.latentDim];
  return {
    encoder: trace("encoder", model.encoder, dataSpec(config.input), { cluster: "int64" }),
    generator: trace(
      "generator",
      model.generator,
      { latent: { dims: latentDims, type: "float32" } },
      config.input.kind === "image" ? { images: "uint8" } : {},
    ),
    mixture: trace("mixture", model.mixture, {
      cluster: { dims: ["batch"], type: "int64" },
      noise: { dims: latentDims, type: "float32" },
    }),
  };
}

/**
 * grid.png: what `mmgan generate` draws of the bundle with the run's seed. Undefined for points of one coordinate, which
 * have no picture.
 */
async function drawGrid(
  { input, clusters, seed }: TrainConfig,
  graphs: BundleGraphs,
  latentDim: number,
): Promise<Uint8Array | undefined> {
  if (input.kind === "point" && input.dim < 2) return undefined;
  const count = samplesShown(input.kind, clusters);
  const columns = Int32Array.from({ length: count }, (_, i) => i % clusters);
  const noise = new Rng({ seed, stream: "generate" }).normal(count * latentDim);
  const { latent } = await runGraph(graphs.mixture, {
    cluster: new ort.Tensor("int64", BigInt64Array.from(columns, BigInt), [count]),
    noise: new ort.Tensor("float32", noise, [count, latentDim]),
  });
  const { images, points } = await runGraph(graphs.generator, { latent: latent! });
  const data = (images ?? points)!.data;
  const sample =
    input.kind === "image"
      ? { images: { count, ...input, data: data as Uint8Array }, clusters: columns }
      : { points: { count, dim: input.dim, data: data as Float32Array }, clusters: columns };
  return encodePng(samplePicture(sample, { columns: clusters }));
}

async function runGraph(
  graph: Uint8Array,
  feeds: Record<string, ort.Tensor>,
): Promise<ort.InferenceSession.OnnxValueMapType> {
  const session = await ort.InferenceSession.create(graph, { logSeverityLevel: 3 });
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}
