/** One training of an experiment: trained in stretches, scored after each, and resumable at any moment. */

import { existsSync } from "node:fs";
import { cp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type ClusteringScores, expected, type Model, ShapeError, scoreClustering } from "@mmgan/core";
import { writeFileAtomic } from "@mmgan/node-io";
import { type Dataset, loadDataset, type TrainConfig, type TrainEvent } from "@mmgan/trainer";
import { clusterAll, firstOf } from "../labelled.js";
import { startProgress } from "../progress.js";
import { MODELS } from "./models.js";
import type { TrainingSpec } from "./plan.js";
import type { CurvePoint, RunRecord } from "./run-record.js";

/** Samples that a point of the learning curve is scored on, at most; the last is scored on all. */
const CURVE_SAMPLES = 2000;

export interface RunOptions {
  readonly folder: string;
  readonly dataDir?: string | undefined;
  readonly threads: number;
  readonly signal: AbortSignal;
  /** Points of the learning curve, at least 1. */
  readonly curve: number;
}

/** What a training leaves, beside what the record says of code and machine. */
export type RunOutcome = Pick<RunRecord, "seconds" | "resumed" | "n" | "clusters" | "scores" | "curve">;

/** Files of a run's folder. */
export const runFolders = (folder: string) => ({
  training: join(folder, "training"),
  bundle: join(folder, "bundle"),
  snapshot: (step: number) => join(folder, "snapshots", `step-${String(step).padStart(8, "0")}`),
});

/** Steps after which a training is looked at: evenly spread, and all snapshots; the last is the last step. */
export function stopsOf(steps: number, curve: number, snapshots: readonly number[]): number[] {
  const even = Array.from({ length: curve }, (_, i) => Math.round((steps * (i + 1)) / curve));
  return [...new Set([...even, ...snapshots])].filter((step) => step > 0).sort((a, b) => a - b);
}

/**
 * Trains, exports and scores, from wherever the folder stands.
 *
 * @throws what the trainer throws; InterruptedError after a checkpoint
 */
export async function trainingRun(spec: TrainingSpec, options: RunOptions): Promise<RunOutcome> {
  const { folder, dataDir, threads, signal, curve } = options;
  const { config } = spec;
  const model = MODELS[spec.model];
  const { training, bundle, snapshot } = runFolders(folder);
  // Killed before the config was written: nothing in there is worth anything.
  if (!existsSync(join(training, "config.json"))) await rm(training, { recursive: true, force: true });
  const size = config.input.kind === "image" ? config.input.height : undefined;
  const common = { dataDir, size, signal };
  const dataset = await loadDataset(spec.data, { ...common, split: spec.train });
  mustMatch(config, dataset);
  const scored = await loadDataset(spec.data, { ...common, split: spec.score, labels: true });

  const diary = await openDiary(folder);
  const progress = startProgress({ label: "training", unit: "steps", total: config.steps });
  const points: CurvePoint[] = [];
  try {
    for (const stop of stopsOf(config.steps, curve, spec.snapshots)) {
      const last = stop === config.steps;
      const written = diary.points.find(({ step }) => step === stop);
      if (written && !last) {
        points.push(written);
        continue;
      }
      const onEvent = (event: TrainEvent) => {
        diary.hear(event);
        if (event.kind === "start" || event.kind === "step") progress.update(event.step);
      };
      const done = await model.step(config, {
        folder: training,
        dataset,
        until: stop,
        threads,
        signal,
        onEvent,
      });
      if (done > stop) continue; // passed before anybody asked for this point
      const opened = await model.open(training, bundle, `${spec.data}-${spec.model}`, threads);
      try {
        if (spec.snapshots.includes(stop)) await keep(bundle, snapshot(stop));
        const some = last ? scored : firstOf(scored, CURVE_SAMPLES);
        const { n, clusters, ...scores } = await score(opened, some, signal);
        points.push({ step: stop, seconds: diary.seconds, n, ...scores });
        await diary.write(points);
        if (last)
          return { seconds: diary.seconds, resumed: diary.resumed, n, clusters, scores, curve: points };
      } finally {
        await opened.dispose();
      }
    }
    throw new Error("the last step is a stop");
  } finally {
    progress.stop();
  }
}

/** @throws ShapeError where the data are not what the plan took them for */
function mustMatch({ input }: TrainConfig, { image, dim, name }: Dataset): void {
  const planned = input.kind === "image" ? [input.height, input.width, input.channels] : [input.dim];
  const loaded = image ? [image.height, image.width, image.channels] : [dim];
  if (planned.join() !== loaded.join())
    throw new ShapeError(expected(`samples of ${planned.join(" x ")}`, name, loaded.join(" x ")));
}

async function score(model: Model, data: Dataset, signal: AbortSignal): Promise<ClusteringScores> {
  return scoreClustering(data.labels!, await clusterAll(model, data, signal));
}

async function keep(bundle: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await cp(bundle, to, { recursive: true });
}

/** What a run knows of its earlier lives: points of the curve, and time spent. */
interface Diary {
  readonly points: readonly CurvePoint[];
  /** Seconds of training, all lives together. */
  readonly seconds: number;
  readonly resumed: number;
  hear(event: TrainEvent): void;
  write(points: readonly CurvePoint[]): Promise<void>;
}

interface DiaryFile {
  lives: number;
  /** Seconds spent on the first `step` steps. */
  clock: { step: number; seconds: number };
  points: CurvePoint[];
}

async function openDiary(folder: string): Promise<Diary> {
  const path = join(folder, "diary.json");
  const text = await readFile(path, "utf8").catch(() => undefined);
  const old: DiaryFile = text ? JSON.parse(text) : { lives: 0, clock: { step: 0, seconds: 0 }, points: [] };
  const lives = old.lives + 1;
  let { clock, points } = old;
  let startedAt = 0;
  let from = clock;
  let saved: Promise<void> = Promise.resolve();
  /** One write at a time, each with what is known when its turn comes. */
  const save = () => {
    saved = saved.then(() => writeFileAtomic(path, `${JSON.stringify({ lives, clock, points }, null, 2)}\n`));
    // Who waits for the next write hears of a failure; nobody may wait for this one.
    saved.catch(() => {});
    return saved;
  };
  await save();
  return {
    points: old.points,
    resumed: lives - 1,
    get seconds() {
      return clock.seconds;
    },
    hear(event) {
      if (event.kind === "start") {
        startedAt = performance.now();
        // Steps of the clock that a kill undid, or that it had no time to count, are counted at the clock's mean.
        const share = clock.step > 0 ? event.step / clock.step : 0;
        from = clock = { step: event.step, seconds: clock.seconds * share };
      } else if (event.kind === "step")
        clock = { step: event.step, seconds: from.seconds + (performance.now() - startedAt) / 1000 };
      else if (event.kind === "checkpoint") void save();
    },
    async write(now) {
      points = [...now];
      await save();
    },
  };
}
