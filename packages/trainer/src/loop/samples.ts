/** Sample grids of a run: a column per cluster, a row per fixed noise. */

import { type ImageBatch, type PlainTensor, Rng, tileImages } from "@mmgan/core";
import type { TrainConfig } from "../config.js";
import type { Engine } from "../engines/engine.js";
import { modelOf } from "../models/index.js";
import { oneHot } from "./batches.js";

/** Rows of a grid. */
const ROWS = 10;
/** Shorter sides are enlarged to about this many pixels, so that a person can see them. */
const SHOWN_SIDE = 32;

/** [-1, 1] -> 0..255, rounded. */
export function toBytes(values: Float32Array): Uint8Array {
  return Uint8Array.from(values, (v) => Math.min(255, Math.max(0, Math.round((v + 1) * 127.5))));
}

/** Tiles pictures into one, `columns` to a row, small ones enlarged by a whole factor. */
export function gridImage(images: ImageBatch, columns: number): ImageBatch {
  const scale = Math.max(1, Math.round(SHOWN_SIDE / images.width));
  return tileImages(images, { columns, scale, gap: 2 });
}

/** The grid of a training at this moment: the same latent noise every time. */
export async function sampleGrid(config: TrainConfig, engine: Engine): Promise<ImageBatch | undefined> {
  const { input, clusters, seed } = config;
  if (input.kind !== "image") return undefined;
  const count = clusters * ROWS;
  const program = modelOf(config).samplingProgram(config, count);
  const { dims } = program.batch.noise!;
  const noise: PlainTensor = {
    ...{ dims, type: "float32" },
    data: new Rng({ seed, stream: "samples" }).normal(count * dims[1]!),
  };
  const labels = oneHot(
    Int32Array.from({ length: count }, (_, i) => i % clusters),
    clusters,
  );
  const { samples } = await engine.run(program, { labels, noise });
  const { height, width, channels } = input;
  return gridImage(
    { count, height, width, channels, data: toBytes(samples!.data as Float32Array) },
    clusters,
  );
}
