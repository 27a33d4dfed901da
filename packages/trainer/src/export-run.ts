/** A run folder as a bundle: graphs traced from the newest checkpoint, card, picture, manifest. */

import { CheckpointError, type Manifest, type PlainTensor, Rng, sampleLatents } from "@mmgan/core";
import { buildBundle, type InputSpec, type TraceOptions, traceToOnnx } from "@mmgan/export";
import { encodePng, writeFolderAtomic } from "@mmgan/node-io";
import * as tf from "@tensorflow/tfjs";
import * as ort from "onnxruntime-node";
import { bundleCard } from "./card.js";
import type { InputShape, TrainConfig } from "./config.js";
import { readNewestCheckpoint } from "./loop/checkpoint.js";
import { readMetrics } from "./loop/metrics-log.js";
import { readRun, runFiles } from "./loop/run-folder.js";
import { gridImage } from "./loop/samples.js";
import { averagedWeights } from "./nets/averaged.js";
import { encoderGraph, generatorGraph, mixtureGraph } from "./nets/graphs.js";
import type { Tensors } from "./nets/layers.js";
import type { PlainState } from "./nets/parameters.js";
import { netPlan } from "./nets/plan.js";
import { VERSION } from "./version.js";

/** Rows of the bundle's grid.png. */
const GRID_ROWS = 10;
/** Operators of this opset and older only, so that old runtimes load the graphs. */
export const BUNDLE_OPSET = 17;

export interface BundleGraphs {
  encoder: Uint8Array;
  generator: Uint8Array;
  mixture: Uint8Array;
}

/**
 * Exports a run's newest checkpoint.
 *
 * @param run - the run folder
 * @param out - the bundle's folder, written whole; an older bundle there is replaced
 * @throws CheckpointError when the run holds no checkpoint or a damaged one
 */
export async function exportRun(
  run: string,
  out: string,
  { name = "mmgan" }: { name?: string } = {},
): Promise<Manifest> {
  const { config, engine } = await readRun(run);
  const checkpoint = await readNewestCheckpoint(run, config);
  if (!checkpoint)
    throw new CheckpointError(`${run} holds no checkpoint yet. Train with --resume until it has one.`);
  const graphs = traceBundleGraphs(config, checkpoint.state);
  const grid = await generatorGrid(config, checkpoint.state, graphs.generator);
  // A run killed after its newest checkpoint has lines of later steps.
  const lines = await readMetrics(runFiles(run).metrics);
  const lastLine = lines.findLast(({ step }) => (step as number) <= checkpoint.step);
  const metrics = Object.fromEntries(
    Object.entries(lastLine ?? {}).filter(([, value]) => typeof value === "number"),
  ) as Record<string, number>;
  const training = {
    data: config.data,
    recipe: config.recipe,
    loss: config.loss,
    steps: checkpoint.step,
    seed: config.seed,
    images: Math.max(1, checkpoint.cursor),
    metrics,
  };
  const { manifest, files } = await buildBundle({
    manifest: {
      kind: config.model,
      name,
      clusters: config.clusters,
      latentDim: config.latentDim,
      input: config.input,
      opset: BUNDLE_OPSET,
      training,
      license: "unspecified",
      tool: { name: "mmgan", version: VERSION },
    },
    ...graphs,
    card: bundleCard(name, config, engine, training),
    ...(grid ? { grid } : {}),
  });
  await writeFolderAtomic(out, files);
  return manifest;
}

const dataSpec = (input: InputShape): Record<string, InputSpec> =>
  input.kind === "image"
    ? { images: { dims: ["batch", input.height, input.width, input.channels], type: "uint8" } }
    : { points: { dims: ["batch", input.dim], type: "float32" } };

/** encoder.onnx, generator.onnx and mixture.onnx of a state. */
export function traceBundleGraphs(config: TrainConfig, state: PlainState): BundleGraphs {
  tf.enableProdMode(); // silences tfjs's advice to install tfjs-node
  const plan = netPlan(config);
  const plain = averagedWeights(config, state); // the tracer folds constant batch norms into the layers before them
  const metadata = {
    kind: config.model,
    clusters: String(config.clusters),
    latentDim: String(config.latentDim),
    tool: `mmgan ${VERSION}`,
  };
  const trace = (
    name: string,
    f: (weights: Tensors, inputs: Tensors) => Tensors,
    inputs: Record<string, InputSpec>,
    outputTypes: TraceOptions["outputTypes"] = {},
  ) => {
    const weights: Tensors = {};
    for (const [key, { data, dims }] of Object.entries(plain))
      weights[key] = tf.tensor(data as Float32Array, [...dims]);
    try {
      return traceToOnnx((tensors) => f(weights, tensors), inputs, {
        name,
        opset: BUNDLE_OPSET,
        metadata,
        outputTypes,
      }).onnx;
    } finally {
      tf.dispose(weights);
    }
  };
  const latentDims: InputSpec["dims"] = ["batch", config.latentDim];
  return {
    encoder: trace("encoder", (w, x) => encoderGraph(plan, w, x), dataSpec(config.input), {
      cluster: "int64",
    }),
    generator: trace(
      "generator",
      (w, x) => generatorGraph(plan, w, x),
      { latent: { dims: latentDims, type: "float32" } },
      config.input.kind === "image" ? { images: "uint8" } : {},
    ),
    mixture: trace("mixture", mixtureGraph, {
      cluster: { dims: ["batch"], type: "int64" },
      noise: { dims: latentDims, type: "float32" },
    }),
  };
}

/** grid.png: a column per cluster, drawn by the exported generator itself. Undefined for points. */
async function generatorGrid(
  config: TrainConfig,
  state: PlainState,
  graph: Uint8Array,
): Promise<Uint8Array | undefined> {
  const { input, clusters, latentDim, seed } = config;
  if (input.kind !== "image") return undefined;
  const weights = averagedWeights(config, state);
  const values = (name: string): PlainTensor["data"] => weights[name]!.data;
  const mixture = {
    clusters,
    latentDim,
    means: values("mixture/means") as Float32Array,
    sigmas: values("mixture/sigmas") as Float32Array,
  };
  const count = clusters * GRID_ROWS;
  const columns = Int32Array.from({ length: count }, (_, i) => i % clusters);
  const noise = new Rng({ seed, stream: "grid" }).normal(count * latentDim);
  const session = await ort.InferenceSession.create(graph, { logSeverityLevel: 3 });
  try {
    const latent = new ort.Tensor("float32", sampleLatents(mixture, columns, noise), [count, latentDim]);
    const { images } = await session.run({ latent });
    const { height, width, channels } = input;
    return await encodePng(
      gridImage({ count, height, width, channels, data: images!.data as Uint8Array }, clusters),
    );
  } finally {
    await session.release();
  }
}
