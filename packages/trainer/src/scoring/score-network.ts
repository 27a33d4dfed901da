/** A network trained with labels, for scoring alone: it says of samples what class they look like, and in which features. */

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ArgumentError, expected } from "@mmgan/core";
import { traceToOnnx } from "@mmgan/export";
import { writeFileAtomic } from "@mmgan/node-io";
import * as ort from "onnxruntime-node";
import type { InputShape } from "../config.js";
import type { Dataset } from "../data/dataset.js";
import { dataCacheFolder } from "../data/locate.js";
import { mustGoOn } from "../data/work.js";
import { createEngine } from "../engines/engine.js";
import { DataOrder, gather, oneHot } from "../loop/batches.js";
import { type RowWork, rowsOf } from "../neighbours/rows.js";
import type { PlainState } from "../nets/parameters.js";
import { withTensors } from "../nets/with-tensors.js";
import { adamScalars } from "../optimizer.js";
import type { Vectors } from "./manifolds.js";
import {
  SCORE_ADAM,
  SCORE_FEATURES,
  type ScoreShape,
  scoreGraph,
  scoreState,
  scoreTraining,
  scoreWeights,
} from "./score-net.js";

/** Changes whenever the same data would give another network. */
const FORMAT = "mmgan scoring network 1";
const DIGEST_BYTES = 32;
const STEPS = 1200;
const BATCH = 128;
/** Of Adam at the first step; falls in a line to 0. */
const RATE = 2e-3;
const SEED = 0;
/** Samples read at once. */
const READ_BATCH = 500;

/** Raw samples: pixels 0..255 or coordinates, [count, values of a sample]. */
export interface RawSamples {
  readonly count: number;
  readonly data: Uint8Array | Float32Array;
}

export interface ScoreNetwork {
  /** Number of classes. */
  readonly classes: number;
  /** The penultimate layer and the likeliest class of every sample. */
  read(samples: RawSamples): Promise<{ features: Vectors; classes: Int32Array }>;
  release(): Promise<void>;
}

export interface ScoreNetworkOptions extends RowWork {
  /** Where networks are kept, by the hash of their data. Default: `scoring` in the per-user cache of data. */
  readonly cacheFolder?: string;
  /** Training steps of 128 samples. Default 1200. */
  readonly steps?: number;
}

/**
 * The network of a labelled data set: three convolutions (two dense layers for points), 64 features, one output a class;
 * trained by Adam on the cross-entropy with the onnx engine, always from the same seed. Kept between calls. It is no part
 * of any model and is never shipped. Call `release` in a `finally`.
 *
 * @param training - with labels of 2 classes or more
 * @throws ArgumentError for data without labels, InterruptedError when `signal` aborts
 */
export async function scoreNetwork(
  training: Dataset,
  options: ScoreNetworkOptions = {},
): Promise<ScoreNetwork> {
  const { labels, classNames } = training;
  if (!labels || !classNames || classNames.length < 2)
    throw new ArgumentError(expected("labels of at least 2 classes", `data set ${training.name}`, "none"));
  const shape: ScoreShape = { input: inputOf(training), classes: classNames.length };
  const steps = options.steps ?? STEPS;
  const path = join(
    options.cacheFolder ?? join(dataCacheFolder(), "scoring"),
    `${keyOf(training, shape, steps)}.bin`,
  );
  const onnx = (await kept(path)) ?? (await keep(path, await trainNetwork(training, shape, steps, options)));
  return open(onnx, shape, options.threads);
}

function inputOf({ kind, image, dim, fit }: Dataset): InputShape {
  return kind === "image" ? { kind, ...image!, fit } : { kind, dim: dim! };
}

/** SHA-256 over the format, the shape, and all samples and labels. */
function keyOf(training: Dataset, shape: ScoreShape, steps: number): string {
  const hash = createHash("sha256").update(
    JSON.stringify([FORMAT, shape, { steps, BATCH, RATE, SEED }, training.count]),
  );
  for (const { buffer, byteOffset, byteLength } of [rowsOf(training).data, training.labels!])
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  return hash.digest("hex");
}

/** The network kept in a file, or undefined where there is none or it is damaged. */
async function kept(path: string): Promise<Uint8Array | undefined> {
  const bytes = await readFile(path).catch(() => undefined);
  const onnx = bytes?.subarray(DIGEST_BYTES);
  return onnx && bytes && digest(onnx).equals(bytes.subarray(0, DIGEST_BYTES)) ? onnx : undefined;
}

/** A folder that cannot be written is no error: the network is trained again next time. */
async function keep(path: string, onnx: Uint8Array): Promise<Uint8Array> {
  await writeFileAtomic(path, Buffer.concat([digest(onnx), onnx])).catch(() => {});
  return onnx;
}

const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();

async function trainNetwork(
  training: Dataset,
  shape: ScoreShape,
  steps: number,
  { threads, signal, onProgress }: ScoreNetworkOptions,
): Promise<Uint8Array> {
  const { count } = training;
  const state = scoreState(shape, SEED);
  const batch = Math.min(BATCH, count);
  const program = scoreTraining(shape, state, batch);
  const engine = await createEngine("onnx", state, { device: "cpu", ...(threads ? { threads } : {}) });
  try {
    const order = new DataOrder(SEED, count);
    for (let step = 0; step < steps; step++) {
      mustGoOn(signal, "training the network that scores");
      const rows = order.take(step * batch, batch);
      await engine.run(
        program,
        {
          x: { dims: program.batch.x!.dims, type: "float32", data: gather(training, rows) },
          labels: oneHot(
            rows.map((row) => training.labels![row]!),
            shape.classes,
          ),
        },
        adamScalars(RATE * (1 - step / steps), step + 1, SCORE_ADAM.beta1, SCORE_ADAM.beta2),
      );
      if ((step + 1) % 20 === 0 || step + 1 === steps) onProgress?.({ done: step + 1, total: steps });
    }
    return trace(shape, scoreWeights(await engine.state()));
  } finally {
    await engine.dispose();
  }
}

function trace(shape: ScoreShape, plain: PlainState): Uint8Array {
  const { input } = shape;
  return withTensors(
    plain,
    (weights) =>
      traceToOnnx(({ samples }) => scoreGraph(shape, weights, samples!), {
        samples:
          input.kind === "image"
            ? { dims: ["batch", input.height, input.width, input.channels], type: "uint8" }
            : { dims: ["batch", input.dim], type: "float32" },
      }).onnx,
  );
}

async function open(onnx: Uint8Array, { input, classes }: ScoreShape, threads = 0): Promise<ScoreNetwork> {
  const session = await ort.InferenceSession.create(onnx, {
    executionProviders: ["cpu"],
    intraOpNumThreads: threads,
    logSeverityLevel: 3,
  });
  const dims = input.kind === "image" ? [input.height, input.width, input.channels] : [input.dim];
  const size = dims.reduce((a, b) => a * b, 1);
  return {
    classes,
    async read({ count, data }) {
      const features = new Float32Array(count * SCORE_FEATURES);
      const found = new Int32Array(count);
      for (let start = 0; start < count; start += READ_BATCH) {
        const rows = Math.min(READ_BATCH, count - start);
        const part = data.subarray(start * size, (start + rows) * size);
        const samples =
          part instanceof Uint8Array
            ? new ort.Tensor("uint8", part, [rows, ...dims])
            : new ort.Tensor("float32", part, [rows, ...dims]);
        const results = await session.run({ samples });
        features.set(results.features!.data as Float32Array, start * SCORE_FEATURES);
        const logits = results.logits!.data as Float32Array;
        for (let i = 0; i < rows; i++)
          for (let c = 1; c < classes; c++)
            if (logits[i * classes + c]! > logits[i * classes + found[start + i]!]!) found[start + i] = c;
      }
      return { features: { count, dim: SCORE_FEATURES, data: features }, classes: found };
    },
    release: () => session.release(),
  };
}
