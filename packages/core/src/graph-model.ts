/** The runtime contract over the three graphs of a bundle: all of it but the running, which is each runtime's own. */

import { mustBeInteger } from "./check-argument.js";
import type { Clustering, Generated, GenerateOptions, Model, Posterior } from "./contract.js";
import { ArgumentError, DisposedError, expected, InterruptedError, ShapeError } from "./errors.js";
import type { FeatureCentres } from "./feature-centres.js";
import type { Graphs } from "./graphs.js";
import type { Manifest } from "./manifest.js";
import { type Mixture, posterior, sampleLatents } from "./mixture.js";
import { Rng, SEED_MAX } from "./rng.js";
import type { ImageBatch, PlainTensor, PointBatch } from "./tensor.js";

/** Rows in one run of a graph unless told: enough to keep the cores busy, few enough to bound memory and the wait for an abort. */
const CHUNK_ROWS = 256;
/** Values in one result array, the largest length a typed array surely has. */
const MAX_VALUES = 2 ** 31 - 1;

interface Stoppable {
  readonly signal?: AbortSignal;
}

export interface GraphModelOptions {
  /** Of the bundle, where it has them. */
  readonly centres?: FeatureCentres | undefined;
  /** Rows in one run of a graph, at least 1. Default 256. */
  readonly chunkRows?: number;
  /** Awaited between two runs, where the runtime must give others a turn. Default: nothing. */
  readonly pause?: () => Promise<void>;
}

/** `Model` over the graphs of one bundle. Made by each runtime's `loadModel`. */
export class GraphModel implements Model {
  readonly manifest: Manifest;
  declare readonly centres?: FeatureCentres;
  readonly #graphs: Graphs;
  readonly #chunkRows: number;
  readonly #pause: (() => Promise<void>) | undefined;
  readonly #running = new Set<Promise<unknown>>();
  #mixture: Promise<Mixture> | undefined;
  #disposed: Promise<void> | undefined;

  /** @param graphs - released by `dispose()` */
  constructor(
    manifest: Manifest,
    graphs: Graphs,
    { centres, chunkRows = CHUNK_ROWS, pause }: GraphModelOptions = {},
  ) {
    this.manifest = manifest;
    if (centres) this.centres = centres;
    this.#graphs = graphs;
    this.#chunkRows = chunkRows;
    this.#pause = pause;
  }

  get device(): string {
    return this.#graphs.device;
  }

  cluster(inputs: ImageBatch | PointBatch, options: Stoppable = {}): Promise<Clustering> {
    return this.#track(() => this.#cluster(inputs, options));
  }

  posterior(inputs: ImageBatch | PointBatch, options: Stoppable = {}): Promise<Posterior> {
    return this.#track(async () => {
      const { probabilities, count } = await this.#cluster(inputs, options);
      return posterior(await this.#parameters(), probabilities, count);
    });
  }

  generate(options: GenerateOptions = {}): Promise<Generated> {
    return this.#track(() => this.#generate(options));
  }

  dispose(): Promise<void> {
    // Runs under way end at their next chunk; a session is not freed under them.
    this.#disposed ??= Promise.allSettled([...this.#running]).then(() => this.#graphs.release());
    return this.#disposed;
  }

  async #cluster(inputs: ImageBatch | PointBatch, { signal }: Stoppable): Promise<Clustering> {
    const { name, type, dims } = this.#inputPort();
    mustFit(inputs, this.manifest);
    const rowSize = dims.reduce((product, dim) => product * dim, 1);
    const { count } = inputs;
    const clusters = new Int32Array(count);
    let probabilities: Float32Array = NOTHING;
    let logits: Float32Array = NOTHING;
    let features: Float32Array = NOTHING;
    await this.#chunks(count, signal, async (start, rows) => {
      const data = inputs.data.subarray(start * rowSize, (start + rows) * rowSize);
      const out = await this.#graphs.run("encoder", { [name]: { type, dims: [rows, ...dims], data } });
      const found = out.cluster!.data as BigInt64Array;
      for (let i = 0; i < rows; i++) clusters[start + i] = Number(found[i]);
      const gathered = (whole: Float32Array, { data, dims }: PlainTensor) =>
        gather(whole, data as Float32Array, start * dims[1]!, count * dims[1]!);
      probabilities = gathered(probabilities, out.probabilities!);
      logits = gathered(logits, out.logits!);
      features = gathered(features, out.features!);
    });
    return { count, clusters, probabilities, logits, features };
  }

  async #generate(options: GenerateOptions): Promise<Generated> {
    const { clusters: k, latentDim, input } = this.manifest;
    const { count, cluster, seed, spread } = mustBeValid(options, k);
    const { name, dims } = this.#inputPort();
    const rowSize = dims.reduce((product, dim) => product * dim, 1);
    if (count * Math.max(rowSize, latentDim) > MAX_VALUES)
      throw new ArgumentError(
        expected(
          `at most ${Math.floor(MAX_VALUES / Math.max(rowSize, latentDim))}`,
          "count",
          count,
          "Generate the rest in further calls, each with its own seed",
        ),
      );
    const clusters = Int32Array.from({ length: count }, (_, i) => cluster ?? i % k);
    // One stream for all rows: row i does not depend on how many follow it, nor on the chunks.
    const noise = new Rng({ seed, stream: "generate" }).normal(count * latentDim);
    const latents = sampleLatents(await this.#parameters(), clusters, noise, spread);
    let data = NOTHING as Uint8Array | Float32Array;
    await this.#chunks(count, options.signal, async (start, rows) => {
      const latent = latents.subarray(start * latentDim, (start + rows) * latentDim);
      const made = await this.#graphs.run("generator", {
        latent: { type: "float32", dims: [rows, latentDim], data: latent },
      });
      data = gather(data, made[name]!.data as Uint8Array | Float32Array, start * rowSize, count * rowSize);
    });
    if (input.kind === "point")
      return { count, clusters, latents, points: { count, dim: input.dim, data: data as Float32Array } };
    const { height, width, channels } = input;
    return {
      count,
      clusters,
      latents,
      images: { count, height, width, channels, data: data as Uint8Array },
    };
  }

  /** The mixture's means and sigmas, read from its graph once. */
  #parameters(): Promise<Mixture> {
    if (this.#mixture === undefined) {
      this.#mixture = this.#readParameters();
      this.#mixture.catch(() => {
        this.#mixture = undefined;
      });
    }
    return this.#mixture;
  }

  async #readParameters(): Promise<Mixture> {
    const { clusters, latentDim } = this.manifest;
    const { means, sigmas } = await this.#graphs.run("mixture", {
      cluster: { type: "int64", dims: [1], data: BigInt64Array.of(0n) },
      noise: { type: "float32", dims: [1, latentDim], data: new Float32Array(latentDim) },
    });
    return {
      clusters,
      latentDim,
      means: means!.data as Float32Array,
      sigmas: sigmas!.data as Float32Array,
    };
  }

  #inputPort(): { name: string; type: PlainTensor["type"]; dims: readonly number[] } {
    const { input } = this.manifest;
    return input.kind === "image"
      ? { name: "images", type: "uint8", dims: [input.height, input.width, input.channels] }
      : { name: "points", type: "float32", dims: [input.dim] };
  }

  /** Calls `run` for every chunk of rows, unless stopped or disposed before it. */
  async #chunks(
    count: number,
    signal: AbortSignal | undefined,
    run: (start: number, rows: number) => Promise<void>,
  ): Promise<void> {
    mustGoOn(signal);
    for (let start = 0; start < count; start += this.#chunkRows) {
      if (start > 0) await this.#pause?.();
      mustGoOn(signal);
      this.#mustBeLive();
      await run(start, Math.min(this.#chunkRows, count - start));
    }
  }

  async #track<T>(work: () => Promise<T>): Promise<T> {
    this.#mustBeLive();
    const running = work();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  #mustBeLive(): void {
    if (this.#disposed !== undefined)
      throw new DisposedError(
        `Expected a live model for ${this.manifest.name} but it was disposed. Load it again, or dispose it later.`,
      );
  }
}

/** What a result holds before its first chunk. */
const NOTHING = new Float32Array(0);

/** `whole`, of `length` values, with `part` from `start` on. A part that is all of it is taken as it is. */
function gather<T extends Uint8Array | Float32Array>(whole: T, part: T, start: number, length: number): T {
  if (part.length === length) return part;
  const all = start === 0 ? new (part.constructor as new (length: number) => T)(length) : whole;
  all.set(part, start);
  return all;
}

function mustGoOn(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new InterruptedError("Stopped on request.", { cause: signal.reason });
}

/** @throws ShapeError unless `inputs` are what the manifest says the encoder takes */
function mustFit(inputs: ImageBatch | PointBatch, { input, name }: Manifest): void {
  const { count, data } = inputs;
  const [wanted, received] =
    input.kind === "image"
      ? [[input.height, input.width, input.channels], imageDims(inputs)]
      : [[input.dim], "dim" in inputs ? [inputs.dim] : imageDims(inputs)];
  const same = wanted.length === received.length && wanted.every((dim, i) => dim === received[i]);
  if (!same)
    throw new ShapeError(
      expected(
        `${input.kind}s of shape [count, ${wanted.join(", ")}]`,
        name,
        `[count, ${received.join(", ")}]`,
        "Resize them to what this model was trained with",
      ),
    );
  const type = input.kind === "image" ? Uint8Array : Float32Array;
  const length = count * wanted.reduce((product, dim) => product * dim, 1);
  if (!Number.isInteger(count) || count < 0 || !(data instanceof type) || data.length !== length)
    throw new ShapeError(
      expected(
        `a ${type.name} of ${length} values`,
        `${count} ${input.kind}s of ${name}`,
        `a ${data?.constructor.name} of ${data?.length}`,
        "Check count and data",
      ),
    );
}

function imageDims(inputs: ImageBatch | PointBatch): number[] {
  return "dim" in inputs ? [inputs.dim] : [inputs.height, inputs.width, inputs.channels];
}

/** @throws ArgumentError for an option out of its range */
function mustBeValid(
  { cluster, count, seed = 0, spread = 1 }: GenerateOptions,
  clusters: number,
): { count: number; cluster: number | undefined; seed: number; spread: number } {
  const checked = {
    cluster,
    count: count ?? (cluster === undefined ? clusters : 1),
    seed,
    spread,
  };
  if (cluster !== undefined) mustBeInteger(cluster, "cluster", 0, clusters - 1);
  mustBeInteger(checked.count, "count", 1, MAX_VALUES);
  mustBeInteger(seed, "seed", 0, SEED_MAX);
  if (!Number.isFinite(spread) || spread < 0)
    throw new ArgumentError(expected("a number of at least 0", "spread", spread));
  return checked;
}
