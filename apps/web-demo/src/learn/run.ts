/** One run of the page: a training, and everything the page shows of it. */

import { type ClusteringScores, kMeans, nearestCentres, scoreClustering } from "@mmgan/core";
import {
  type Dataset,
  type EncodePng,
  firstGanStep,
  type OnnxRuntime,
  type StepReport,
  startTraining,
  type Training,
} from "@mmgan/trainer/browser";
import { gridOver } from "../draw/square-range.js";
import { dataRange } from "./data-range.js";
import type { HeldOut, LearnDevice, RunFacts, StepFigures, Surfaces, View } from "./messages.js";
import { type LearnData, valuesOf } from "./sets.js";
import { configOf, type LearnSettings } from "./settings.js";

/** Cells of a surface along each side: 2304 in all, nine runs of 256. */
const SURFACE = 48;
/** Generated points shown, and pictures of each cluster. */
const POINTS = 512;
const PICTURES = 8;

export interface RunOptions {
  readonly runtime: OnnxRuntime;
  readonly device: LearnDevice;
  readonly threads: number;
  readonly signal?: AbortSignal;
}

export class LearnRun {
  readonly #settings: LearnSettings;
  readonly #data: LearnData;
  readonly #training: Training;
  readonly #grid: Dataset | undefined;
  #figures: StepFigures[] = [];
  #last: StepReport | undefined;

  static async start(settings: LearnSettings, data: LearnData, options: RunOptions): Promise<LearnRun> {
    const { runtime, device, threads, signal } = options;
    const training = await startTraining(configOf(settings), {
      ...{ runtime, threads, dataset: data.train, device: device === "wasm" ? "cpu" : device },
      ...(signal && { signal }),
    });
    return new LearnRun(settings, data, training);
  }

  private constructor(settings: LearnSettings, data: LearnData, training: Training) {
    this.#settings = settings;
    this.#data = data;
    this.#training = training;
    const { train } = data;
    this.#grid = train.points && {
      ...train,
      count: SURFACE * SURFACE,
      points: gridOver(dataRange(train.points), SURFACE),
    };
  }

  get isDone(): boolean {
    return this.#training.isDone;
  }

  /** Steps done. */
  get steps(): number {
    return this.#training.stepsDone;
  }

  /** What does not change from step to step. */
  facts(device: LearnDevice, threads: number): RunFacts {
    const { heldOut, train } = this.#data;
    return {
      firstGanStep: firstGanStep(this.#training.config),
      heldOut: valuesOf(heldOut),
      labels: heldOut.labels!,
      kMeans: kMeansScores(train, heldOut, this.#settings.clusters),
      ...{ device, threads },
    };
  }

  async step(): Promise<void> {
    const report = await this.#training.step();
    if (!report) return;
    this.#last = report;
    this.#figures.push({ step: report.step, scalars: report.metrics.scalars });
  }

  /** The run as it is now, with the figures of the steps since the last call. */
  async view(rate?: number): Promise<View> {
    const training = this.#training;
    const { clusters, steps, latentDim } = training.config;
    const count = this.#data.train.kind === "point" ? POINTS : clusters * PICTURES;
    const view: View = {
      ...{ step: training.stepsDone, steps, latentDim, rate },
      phase: this.#last?.phase,
      drawn: await training.sample(count),
      heldOut: await this.#heldOut(),
      surfaces: await this.#surfaces(),
      shares: this.#last?.metrics.shares ?? [],
      figures: this.#figures,
    };
    this.#figures = [];
    return view;
  }

  /** The files of the bundle by name. */
  bundle(encodePng: EncodePng, device: string): Promise<Map<string, Uint8Array>> {
    const { data, clusters } = this.#settings;
    return this.#training.bundle({
      name: `${data}-k${clusters}`,
      note: `Learned in a web page, by onnxruntime-web on ${device}.`,
      encodePng,
    });
  }

  dispose(): Promise<void> {
    return this.#training.dispose();
  }

  async #heldOut(): Promise<HeldOut> {
    const { heldOut } = this.#data;
    const likeliest = likeliestOf(await this.#training.posteriors(heldOut), heldOut.count);
    const { purity, accuracy, nmi } = scoreClustering(heldOut.labels!, likeliest.clusters);
    return { ...likeliest, purity, accuracy, nmi };
  }

  async #surfaces(): Promise<Surfaces | undefined> {
    const grid = this.#grid;
    if (!grid) return undefined;
    return {
      side: SURFACE,
      critic: await this.#training.criticScores(grid.points!, grid.count),
      ...likeliestOf(await this.#training.posteriors(grid), grid.count),
    };
  }
}

/** @param posteriors - [count, K] */
function likeliestOf(posteriors: Float32Array, count: number): Pick<HeldOut, "clusters" | "confidence"> {
  const k = posteriors.length / count;
  const clusters = new Int32Array(count);
  const confidence = new Float32Array(count);
  for (let i = 0; i < count; i++)
    for (let cluster = 0; cluster < k; cluster++) {
      const p = posteriors[i * k + cluster]!;
      if (p <= confidence[i]!) continue;
      confidence[i] = p;
      clusters[i] = cluster;
    }
  return { clusters, confidence };
}

/** Fitted on what is trained on, scored on what is held out: the yardstick of the run. */
function kMeansScores(train: Dataset, heldOut: Dataset, k: number): ClusteringScores {
  const values = valuesOf(train);
  const dim = values.length / train.count;
  const { centres } = kMeans(values, train.count, dim, k, { seed: 0 });
  return scoreClustering(heldOut.labels!, nearestCentres(valuesOf(heldOut), dim, centres));
}
