/** grid.png of a bundle, drawn by its own graphs. */

import { type ImageBatch, Rng, samplePicture, samplesShown } from "@mmgan/core";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import type { TrainConfig } from "../config.js";
import type { OnnxRuntime } from "../engines/onnx-runtime.js";
import type { BundleGraphs } from "./trace-bundle.js";

/** Writes one picture as PNG. */
export type EncodePng = (picture: ImageBatch) => Promise<Uint8Array>;

/**
 * grid.png: what `mmgan generate` draws of the bundle with the run's seed. Undefined for points of one coordinate, which
 * have no picture.
 */
export async function drawGrid(
  runtime: OnnxRuntime,
  encodePng: EncodePng,
  { input, clusters, seed }: TrainConfig,
  graphs: BundleGraphs,
  latentDim: number,
): Promise<Uint8Array | undefined> {
  if (input.kind === "point" && input.dim < 2) return undefined;
  const count = samplesShown(input.kind, clusters);
  const columns = Int32Array.from({ length: count }, (_, i) => i % clusters);
  const noise = new Rng({ seed, stream: "generate" }).normal(count * latentDim);
  const { latent } = await runGraph(runtime, graphs.mixture, {
    cluster: new runtime.Tensor("int64", BigInt64Array.from(columns, BigInt), [count]),
    noise: new runtime.Tensor("float32", noise, [count, latentDim]),
  });
  const { images, points } = await runGraph(runtime, graphs.generator, { latent: latent! });
  const data = (images ?? points)!.data;
  const sample =
    input.kind === "image"
      ? { images: { count, ...input, data: data as Uint8Array }, clusters: columns }
      : { points: { count, dim: input.dim, data: data as Float32Array }, clusters: columns };
  return encodePng(samplePicture(sample, { columns: clusters }));
}

async function runGraph(
  runtime: OnnxRuntime,
  graph: Uint8Array,
  feeds: Record<string, Tensor>,
): Promise<InferenceSession.OnnxValueMapType> {
  const session = await runtime.InferenceSession.create(graph, { logSeverityLevel: 3 });
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}
