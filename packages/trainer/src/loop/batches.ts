/** What a step is fed: data order, labels, noise and views, all from (seed, stream, step). */

import { type PlainTensor, Rng } from "@mmgan/core";
import type { TrainConfig } from "../config.js";
import type { Dataset } from "../data/index.js";
import { walkLength } from "../models/phases.js";
import type { Program } from "../models/program.js";
import type { NeighbourGraph } from "../neighbours/index.js";
import { walk } from "../neighbours/walk.js";
import { augmentImages, augmentPoints } from "./augment.js";

/** Images in the order of training: a new permutation every epoch, addressed by a cursor that only grows. */
export class DataOrder {
  private epoch = -1;
  private permutation: Int32Array = new Int32Array(0);

  constructor(
    private readonly seed: number,
    private readonly count: number,
  ) {}

  /** The `n` images from position `cursor` on, across epochs. */
  take(cursor: number, n: number): Int32Array {
    return Int32Array.from({ length: n }, (_, i) => {
      const epoch = Math.floor((cursor + i) / this.count);
      if (epoch !== this.epoch) {
        this.epoch = epoch;
        this.permutation = new Rng({ seed: this.seed, stream: "order", step: epoch }).permutation(this.count);
      }
      return this.permutation[(cursor + i) % this.count]!;
    });
  }
}

/** One-hot rows [labels.length, k]. */
export function oneHot(labels: Int32Array, k: number): PlainTensor {
  const data = new Float32Array(labels.length * k);
  labels.forEach((label, i) => {
    data[i * k + label] = 1;
  });
  return { dims: [labels.length, k], type: "float32", data };
}

/** What batches are made of. */
export type Samples = Pick<Dataset, "count" | "pixels" | "points">;

/** Images [n, height, width, channels] as floats in [-1, 1], or points as they are. */
export function gather(dataset: Samples, indices: Int32Array): Float32Array {
  const source = dataset.pixels ?? dataset.points!;
  const stride = source.length / dataset.count;
  const out = new Float32Array(indices.length * stride);
  for (let n = 0; n < indices.length; n++) {
    const from = indices[n]! * stride;
    if (dataset.pixels) for (let i = 0; i < stride; i++) out[n * stride + i] = source[from + i]! / 127.5 - 1;
    else out.set((source as Float32Array).subarray(from, from + stride), n * stride);
  }
  return out;
}

/**
 * Other views x' of images, in [-1, 1]: each the end of a random walk of at most `walk` steps on the neighbour graph,
 * augmented. Drawn from (seed, stream "<purpose>/walk" and "<purpose>/augment", step).
 */
export type OtherViews = (indices: Int32Array, walk: number, purpose: string, step: number) => Float32Array;

/** Makes views of a data set; without a graph they are the images themselves, augmented. */
export function otherViewsOf(config: TrainConfig, dataset: Samples, graph?: NeighbourGraph): OtherViews {
  const { input, augmentation, seed } = config;
  return (indices, length, purpose, step) => {
    const from = graph
      ? walk(graph, indices, length, new Rng({ seed, stream: `${purpose}/walk`, step }))
      : indices;
    const rng = new Rng({ seed, stream: `${purpose}/augment`, step });
    if (input.kind === "point") return augmentPoints(dataset.points!, input.dim, from, augmentation, rng);
    return augmentImages(dataset.pixels!, input.height, input.channels, from, augmentation, rng);
  };
}

/** The batch of step `step` (from 0) for a program: exactly the entries it declares. */
export function makeBatch(
  config: TrainConfig,
  dataset: Samples,
  order: DataOrder,
  otherViews: OtherViews,
  program: Pick<Program, "batch">,
  step: number,
  cursor: number,
): Record<string, PlainTensor> {
  const { seed } = config;
  const rows = program.batch.real!.dims[0]!;
  const indices = order.take(cursor, rows);
  const make: Record<string, (dims: number[]) => PlainTensor> = {
    real: (dims) => ({ dims, type: "float32", data: gather(dataset, indices) }),
    augmented: (dims) => ({
      dims,
      type: "float32",
      data: otherViews(indices, walkLength(config, step), "train", step),
    }),
  };
  make.criticDraws = (dims) => ({
    dims,
    type: "float32",
    data: new Rng({ seed, stream: "criticDraws", step }).uniform(dims[0]! * dims[1]!).map((u) => 2 * u - 1),
  });
  return Object.fromEntries(
    Object.entries(program.batch).map(([name, { dims }]) => [
      name,
      make[name]?.(dims) ?? drawn(name, dims, new Rng({ seed, stream: name, step })),
    ]),
  );
}

/** What the end of an entry's name says: Labels are one-hot and uniform, Noise is normal, Uniform in [0, 1). */
function drawn(name: string, dims: number[], rng: Rng): PlainTensor {
  const count = dims.reduce((a, b) => a * b, 1);
  if (name.endsWith("Labels")) return oneHot(rng.integers(dims[0]!, dims[1]!), dims[1]!);
  if (name.endsWith("Noise")) return { dims, type: "float32", data: rng.normal(count) };
  if (name.endsWith("Uniform")) return { dims, type: "float32", data: rng.uniform(count) };
  throw new Error(`no way to draw ${name}`);
}
