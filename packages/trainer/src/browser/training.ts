/** A training that a page drives step by step: the same steps, in the same order, as the loop of `train`. */

import { DisposedError, type PlainTensor, Rng } from "@mmgan/core";
import { type BundleNotes, bundleBuilder } from "../bundle/bundle-of-state.js";
import type { EncodePng } from "../bundle/draw-grid.js";
import { checkConfig, type MmganConfig } from "../config.js";
import type { Dataset, LoadProgress } from "../data/dataset.js";
import { mustGoOn } from "../data/work.js";
import type { Engine } from "../engines/engine.js";
import type { OnnxRuntime } from "../engines/onnx-runtime.js";
import { DataOrder, gather, makeBatch, type OtherViews, oneHot, otherViewsOf } from "../loop/batches.js";
import { effectiveClusters, type Window } from "../loop/health.js";
import { MetricsWindow } from "../loop/metrics-window.js";
import { hyperAt } from "../loop/schedule.js";
import { endAttempt } from "../loop/starts.js";
import { evaluationProgram, initialState, trainingPrograms } from "../models/mmgan.js";
import { type Attempt, attemptEndingAt, contestEnd } from "../models/phases.js";
import { criticProgram, drawingProgram } from "../models/read-outs.js";
import { compilerOf } from "../neighbours/compiler.js";
import { COMPONENTS, graphOfRows, NEIGHBOURS } from "../neighbours/graph-of-rows.js";
import { rowsOf } from "../neighbours/rows.js";
import { withWalkLength } from "../neighbours/walk-length.js";
import type { PlainState } from "../nets/parameters.js";
import { createPageEngine, type PageEngineOptions } from "./page-engine.js";

/** Steps between two windows of figures, as `train` has them. */
const WINDOW = 25;
/** Rows of one run of E or D. */
const ROWS = 256;

export interface TrainingOptions extends PageEngineOptions {
  /** The module onnxruntime-web, or onnxruntime-node. */
  readonly runtime: OnnxRuntime;
  /** The data of the config. Labels are never read. */
  readonly dataset: Dataset;
  /** Stops the search for neighbours, and every later call before its next run. */
  readonly signal?: AbortSignal;
  /** While the neighbour graph is built, before the first step. */
  readonly onProgress?: (progress: LoadProgress) => void;
}

/** What one step did. */
export interface StepReport {
  /** Steps done, this one included. */
  readonly step: number;
  readonly steps: number;
  /** The variant of the step, e.g. "encoder" or "gan+information". */
  readonly phase: string;
  /** Figures of this step by name, e.g. "loss/critic", and the share of each cluster. */
  readonly metrics: Window;
  /** Where a start or a repair of E ended before this step: which, its score in nats, and whether it is the best so far. */
  readonly judged?: { readonly attempt: Attempt; readonly score: number; readonly best: boolean };
}

/** Samples with what they were drawn from. */
export interface DrawnSamples {
  readonly count: number;
  /** [count], the cluster of each: i mod K. */
  readonly clusters: Int32Array;
  /** Points [count, dim], or pictures [count, height, width, channels] in [-1, 1]. */
  readonly samples: Float32Array;
  /** [count, latentDim] */
  readonly latents: Float32Array;
  /** [K, latentDim] */
  readonly means: Float32Array;
  /** [K] */
  readonly sigmas: Float32Array;
}

/**
 * Makes everything ready for the first step: the neighbour graph, where the recipe has one, and the weights.
 *
 * @throws ArgumentError, UnknownNameError (config), InterruptedError when `signal` aborts
 */
export async function startTraining(asked: MmganConfig, options: TrainingOptions): Promise<Training> {
  checkConfig(asked);
  const { runtime, dataset, threads = 0, signal, onProgress } = options;
  const graph =
    asked.walk > 0
      ? await graphOfRows(compilerOf(runtime), rowsOf(dataset), NEIGHBOURS, COMPONENTS, {
          ...{ threads, signal, onProgress },
        })
      : undefined;
  const config = graph ? withWalkLength(asked, graph) : asked;
  const engine = createPageEngine(runtime, initialState(config), options);
  return new Training(asked, config, engine, otherViewsOf(config, dataset, graph), options);
}

/** Calls are taken one after the other, in the order in which they come. All reject with DisposedError after `dispose`. */
export class Training {
  /** As the run's config.json would have it. */
  readonly config: MmganConfig;
  /** The same with the length of the walks that the graph affords. */
  readonly #config: MmganConfig;
  readonly #engine: Engine;
  readonly #otherViews: OtherViews;
  readonly #options: TrainingOptions;
  readonly #programs: ReturnType<typeof trainingPrograms>;
  readonly #order: DataOrder;
  readonly #window = new MetricsWindow();
  #latest: Window = { scalars: {}, shares: [] };
  #step = 0;
  #cursor = 0;
  #milliseconds = 0;
  #last: Promise<unknown> = Promise.resolve();
  #disposed = false;

  /** Use {@link startTraining}. */
  constructor(
    asked: MmganConfig,
    config: MmganConfig,
    engine: Engine,
    otherViews: OtherViews,
    options: TrainingOptions,
  ) {
    this.config = asked;
    this.#config = config;
    this.#engine = engine;
    this.#otherViews = otherViews;
    this.#options = options;
    this.#programs = trainingPrograms(config, 0);
    this.#order = new DataOrder(config.seed, options.dataset.count);
  }

  /** Steps done. */
  get stepsDone(): number {
    return this.#step;
  }

  /** Whether all steps of the recipe are done. */
  get isDone(): boolean {
    return this.#step >= this.#config.steps;
  }

  /**
   * Takes the next step; after the last one of the recipe it changes nothing and gives undefined.
   *
   * @throws DivergedError naming a figure that is not finite, MemoryError, InterruptedError, DisposedError
   */
  step(): Promise<StepReport | undefined> {
    return this.#inTurn(async () => {
      if (this.isDone) return undefined;
      const started = performance.now();
      const [t, config, { dataset }] = [this.#step, this.#config, this.#options];
      const attempt = attemptEndingAt(config, t);
      const judged = attempt && {
        attempt,
        ...(await endAttempt(config, dataset, this.#engine, this.#otherViews, t)),
      };
      const program = this.#programs.programs[this.#programs.programOf[t]!]!;
      const batch = makeBatch(config, dataset, this.#order, this.#otherViews, program, t, this.#cursor);
      const outputs = await this.#engine.run(program, batch, hyperAt(config, program.hyper, t));
      this.#step++;
      this.#cursor += program.batch.real!.dims[0]!;
      this.#window.add(outputs, this.#step);
      if (this.#step % WINDOW === 0 || this.isDone) this.#latest = this.#window.take();
      const only = new MetricsWindow();
      only.add(outputs, this.#step);
      this.#milliseconds += performance.now() - started;
      return {
        ...{ step: this.#step, steps: config.steps, phase: program.name, metrics: only.take() },
        ...(judged && { judged }),
      };
    });
  }

  /**
   * Draws from the mixture with the averaged weights, as the bundle would. The same noise every time: what moves is the
   * model.
   *
   * @param count - how many, row i from cluster i mod K
   */
  sample(count: number): Promise<DrawnSamples> {
    return this.#inTurn(async () => {
      const { clusters: k, latentDim, seed } = this.#config;
      const clusters = Int32Array.from({ length: count }, (_, i) => i % k);
      const noise: PlainTensor = {
        dims: [count, latentDim],
        type: "float32",
        data: new Rng({ seed, stream: "samples" }).normal(count * latentDim),
      };
      const drawn = await this.#engine.run(drawingProgram(this.#config, count), {
        labels: oneHot(clusters, k),
        noise,
      });
      const floats = (name: string) => drawn[name]!.data as Float32Array;
      return {
        ...{ count, clusters, samples: floats("samples"), latents: floats("latents") },
        ...{ means: floats("means"), sigmas: floats("sigmas") },
      };
    });
  }

  /**
   * Posteriors p(k | x) of the data, with the averaged weights: [count, K]. While E's starts and repairs last, its present
   * weights, which an average does not follow.
   *
   * @param dataset - other samples of the same shape. Default: those it learns from
   */
  posteriors(dataset: Dataset = this.#options.dataset): Promise<Float32Array> {
    return this.#inTurn(() => {
      const averaged = this.#step > contestEnd(this.#config);
      return this.#inRows(
        gather(
          dataset,
          Int32Array.from({ length: dataset.count }, (_, i) => i),
        ),
        dataset.count,
        (rows) => evaluationProgram(this.#config, rows, averaged),
        ["real", "probabilities"],
      );
    });
  }

  /**
   * D's scores, [count].
   *
   * @param samples - points [count, dim], or pictures [count, height, width, channels] in [-1, 1]
   */
  criticScores(samples: Float32Array, count: number): Promise<Float32Array> {
    return this.#inTurn(() =>
      this.#inRows(samples, count, (rows) => criticProgram(this.#config, rows), ["samples", "scores"]),
    );
  }

  /** A copy of the whole state: weights, Adam's moments, averages. */
  state(): Promise<PlainState> {
    return this.#inTurn(() => this.#engine.state());
  }

  /**
   * The model as it is now, as the files of a bundle by name.
   *
   * @param encodePng - without it the bundle has no grid.png
   */
  bundle(notes: BundleNotes & { encodePng?: EncodePng } = {}): Promise<Map<string, Uint8Array>> {
    return this.#inTurn(async () => {
      const { runtime, device = "cpu" } = this.#options;
      const { encodePng, ...said } = notes;
      const { scalars, shares } = this.#latest;
      const metrics =
        shares.length > 0 ? { effectiveClusters: effectiveClusters(shares), ...scalars } : scalars;
      const build = await bundleBuilder(
        {
          ...{ config: this.config, state: await this.#engine.state(), step: this.#step },
          ...{ cursor: this.#cursor, engine: `onnx (${device}, step by step)` },
          metrics: Object.fromEntries(
            Object.entries({ step: this.#step, ...metrics }).map(([name, x]) => [
              name,
              Number(x.toPrecision(6)),
            ]),
          ),
          minutes: Number((this.#milliseconds / 60_000).toPrecision(6)),
        },
        said,
        runtime,
        encodePng,
      );
      return (await build()).files;
    });
  }

  /** Frees the sessions and what lies on the device, after the call at work. A second call does nothing. */
  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    await this.#last;
    await this.#engine.dispose();
  }

  /** Runs a program over rows, a few at a time. */
  async #inRows(
    data: Float32Array,
    count: number,
    program: (rows: number) => ReturnType<typeof evaluationProgram>,
    [input, output]: [string, string],
  ): Promise<Float32Array> {
    const size = data.length / count;
    let all: Float32Array | undefined;
    for (let from = 0; from < count; from += ROWS) {
      mustGoOn(this.#options.signal, "reading the training out");
      const to = Math.min(count, from + ROWS);
      const { batch, ...rest } = program(to - from);
      const outputs = await this.#engine.run(
        { batch, ...rest },
        { [input]: { ...batch[input]!, data: data.slice(from * size, to * size) } as PlainTensor },
      );
      const part = outputs[output]!.data as Float32Array;
      all ??= new Float32Array((part.length / (to - from)) * count);
      all.set(part, (part.length / (to - from)) * from);
    }
    return all ?? new Float32Array(0);
  }

  /** One call after the other: a runtime takes no second run while one is at work. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#disposed)
      return Promise.reject(new DisposedError("The training was disposed of. Start another one."));
    const result = this.#last.then(() => {
      mustGoOn(this.#options.signal, "training");
      return work();
    });
    this.#last = result.catch(() => {});
    return result;
  }
}
