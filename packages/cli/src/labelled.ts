/** Labelled data through a model: the samples, their labels, and the cluster of each. */

import { ArgumentError, expected, type Manifest, type Model } from "@mmgan/core";
import type { Dataset } from "@mmgan/trainer";
import { startProgress } from "./progress.js";

/** What to score a model on. */
export interface LabelledOptions {
  /** A data set's name or a folder of classes. Default: the data set that the model was trained on. */
  data?: string;
  /** Default: test, all of a folder. */
  split?: "train" | "test" | "all";
  dataDir?: string;
  /** Only the first so many samples. Default: all. */
  limit?: number;
}

/** Samples in one run of the model. */
const BATCH = 256;

/**
 * Loads the labelled data of a model.
 *
 * @throws ArgumentError for data without labels, of another kind than the model's, or left out where the model's own data
 *   have no name
 */
export async function loadLabelled(
  { input, training }: Manifest,
  options: LabelledOptions,
  signal: AbortSignal,
): Promise<Dataset> {
  const { isDatasetName, loadDataset } = await import("@mmgan/trainer");
  const name = options.data ?? training.data;
  if (options.data === undefined && !isDatasetName(name))
    throw new ArgumentError(
      expected("labelled data", "--data", "nothing", `The model was trained on the folder ${name}; name one`),
    );
  const shape =
    input.kind === "image" ? { size: input.height, channels: input.channels, fit: input.fit } : {};
  const data = await loadDataset(name, {
    ...shape,
    split: options.split ?? (isDatasetName(name) ? "test" : "all"),
    dataDir: options.dataDir,
    labels: true,
    signal,
  });
  if (data.kind !== input.kind)
    throw new ArgumentError(
      expected(`data of kind ${input.kind}, as the model's`, "--data", `${name} (${data.kind})`),
    );
  if (!data.labels)
    throw new ArgumentError(
      expected("labelled data", "--data", name, "Give each class its own sub-folder to evaluate a folder"),
    );
  return options.limit === undefined ? data : firstOf(data, options.limit);
}

/** The first samples of a labelled set, or the set itself where it has no more. Sets of known data are in no order. */
export function firstOf(data: Dataset, limit: number): Dataset {
  if (data.count <= limit) return data;
  const count = limit;
  const rows = <T extends Uint8Array | Float32Array | Int32Array>(values: T | undefined) =>
    values?.subarray(0, (values.length / data.count) * count) as T | undefined;
  const { pixels, points, labels } = data;
  return { ...data, count, pixels: rows(pixels), points: rows(points), labels: rows(labels) };
}

/** The cluster of every sample, [data.count]. */
export async function clusterAll(model: Model, data: Dataset, signal: AbortSignal): Promise<Int32Array> {
  return (await encodeAll(model, data, signal)).clusters;
}

/** Figures of a clustering that are kept for every sample beside its cluster. */
export type Kept = "probabilities" | "features";

/**
 * What a model says of every sample: its cluster, [data.count], and the figures asked for, [data.count, ...]. Others are
 * empty.
 */
export async function encodeAll(
  model: Model,
  data: Dataset,
  signal: AbortSignal,
  kept: readonly Kept[] = [],
): Promise<Record<Kept, Float32Array> & { clusters: Int32Array }> {
  const clusters = new Int32Array(data.count);
  const all: Record<Kept, Float32Array> = {
    probabilities: new Float32Array(0),
    features: new Float32Array(0),
  };
  const progress = startProgress({ label: "evaluating", unit: "samples", total: data.count });
  try {
    let done = 0;
    for (const batch of batches(data)) {
      const found = await model.cluster(batch, { signal });
      clusters.set(found.clusters, done);
      for (const name of kept) {
        const width = found[name].length / batch.count;
        if (done === 0) all[name] = new Float32Array(width * data.count);
        all[name].set(found[name], done * width);
      }
      done += batch.count;
      progress.update(done);
    }
    return { ...all, clusters };
  } finally {
    progress.stop();
  }
}

/** The samples, as the model takes them. */
export function* batches(data: Dataset): Generator<ReturnType<typeof slice>, void, undefined> {
  for (let start = 0; start < data.count; start += BATCH)
    yield slice(data, start, Math.min(BATCH, data.count - start));
}

function slice(data: Dataset, start: number, count: number): Parameters<Model["cluster"]>[0] {
  if (data.image && data.pixels) {
    const { height, width, channels } = data.image;
    const size = height * width * channels;
    return {
      count,
      height,
      width,
      channels,
      data: data.pixels.subarray(start * size, (start + count) * size),
    };
  }
  const dim = data.dim!;
  return { count, dim, data: data.points!.subarray(start * dim, (start + count) * dim) };
}
