/** Choosing K and the seed without labels: short runs of E with a head for each K, kept on disk one by one. */

import { mkdir } from "node:fs/promises";
import { ArgumentError, expected, FolderInUseError, mustBeInteger, ResumeError, SEED_MAX } from "@mmgan/core";
import { lockFolder, writeError } from "@mmgan/node-io";
import { type MmganConfig, RANGES } from "../config.js";
import type { Dataset } from "../data/index.js";
import { type EngineName, type EngineOptions, mustRunHere } from "../engines/engine.js";
import { beginRun, describeData, differences, presentIn } from "../loop/run-folder.js";
import { type NeighbourGraph, withWalkLength } from "../neighbours/index.js";
import { RECIPES, resolveConfig } from "../recipes.js";
import { VERSION } from "../version.js";
import {
  CHOICE_SCHEMA,
  type ChoiceRecord,
  type ChoiceRequest,
  readChoice,
  writeChoice,
} from "./choice-file.js";
import { writeFirstCheckpoint } from "./first-checkpoint.js";
import { headsOf } from "./heads.js";
import { readShortRun, removeShortRuns, type ShortRunEnd, writeShortRun } from "./run-file.js";
import { type ShortRunPlan, shortRunConfig } from "./short-run.js";
import { runSideBySide } from "./side-by-side.js";
import { mostStable } from "./stability.js";

/** Steps of a short run, where nothing is asked for. */
export const DEFAULT_SHORT_STEPS = 200;
/** Short runs, where nothing is asked for. */
export const DEFAULT_RESTARTS = 3;
/** Heads for each K in a short run, of which the best counts: as many starts of the last layer at the price of a part of one. */
const HEADS_EACH = 3;
/** Most candidates of one choice, and most short runs. */
export const CANDIDATES_MAX = 64;
export const RESTARTS_MAX = 64;

export interface ChooseOptions {
  /** The data of the request, as {@link loadDataset} gives them. Labels are never read. */
  dataset: Dataset;
  /** The run folder. */
  out: string;
  /** Neighbours of the data, shared by all short runs; none where the recipe has no walks. */
  graph?: NeighbourGraph | undefined;
  /** Go on with the choice in `out`. Default false. */
  resume?: boolean | undefined;
  /** Default "onnx". */
  engine?: EngineName | undefined;
  /** Threads of each short run. Default 0: the engine's choice. */
  threads?: number | undefined;
  device?: EngineOptions["device"];
  fallback?: EngineOptions["fallback"];
  /** Short runs side by side. Default 1. */
  jobs?: number | undefined;
  signal?: AbortSignal | undefined;
  /** After every step: steps of all short runs, and how many of them are done. */
  onProgress?: ((progress: { done: number; total: number; runsDone: number }) => void) | undefined;
}

export interface ChooseResult {
  record: Required<ChoiceRecord>;
  /** Of the training that `train` goes on with, with `resume`. */
  config: MmganConfig;
}

/**
 * Chooses K among the candidates, and the seed, and leaves `out` as a run folder whose training has its first start of E
 * behind it: the best short run of that K. {@link train} with `resume` goes on from there. Short runs that are done are
 * on disk, so that a choice that was stopped or killed goes on with `resume`; one that is done is only read.
 *
 * @throws as {@link train}; ArgumentError for candidates out of range, ResumeError where `out` holds another choice
 */
export async function chooseClusters(request: ChoiceRequest, options: ChooseOptions): Promise<ChooseResult> {
  const { out, dataset, engine = "onnx", resume = false } = options;
  checkRequest(request, dataset.count);
  await mustRunHere(engine, options);
  await mkdir(out, { recursive: true }).catch((cause) => {
    throw writeError(cause, out);
  });
  const lock = await lockFolder(out);
  try {
    let record = await begin(request, dataset, out, engine, resume);
    const chosenConfig = () => configOf(request, dataset, record.chosen!.clusters, record.chosen!.seed);
    if (!(record.chosen && (await presentIn(out)).includes("config.json"))) {
      const ends = await shortRuns(request, record, options, async (changed) => {
        record = changed;
        await writeChoice(out, record);
      });
      const { candidates, chosen } = mostStable(ends, planOf(request, options).config.sizeRatio);
      await writeChoice(out, { ...record, candidates, chosen });
      record = { ...record, candidates, chosen };
      const best = ends.find(({ seed }) => seed === chosen.seed)!;
      const config = chosenConfig();
      await writeFirstCheckpoint(out, config, best, headsOf(request.candidates, HEADS_EACH));
      // Last, because it makes the folder a run that a plain --resume goes on with.
      await beginRun(out, { version: VERSION, engine, config, data: record.data });
    }
    await removeShortRuns(out);
    return { record: record as Required<ChoiceRecord>, config: chosenConfig() };
  } finally {
    await lock.release();
  }
}

/** Config of the training of one candidate: a single start of E, which is a short run. */
function configOf(request: ChoiceRequest, dataset: Dataset, clusters: number, seed: number): MmganConfig {
  const { candidates: _, restarts: __, steps: ___, overrides, ...rest } = request;
  return resolveConfig({
    ...rest,
    ...{ clusters, seed, count: dataset.count },
    overrides: { ...overrides, starts: 1 },
  });
}

/** What is common to all short runs. Walks are as long as a K in the middle of the candidates affords. */
function planOf(request: ChoiceRequest, { dataset, graph }: ChooseOptions): ShortRunPlan {
  const { candidates, seed = 0 } = request;
  const middle = Math.round(Math.sqrt(candidates[0]! * candidates.at(-1)!));
  const config = configOf(request, dataset, middle, seed);
  const short = shortRunConfig(graph ? withWalkLength(config, graph) : config, request.steps);
  return { config: short, heads: headsOf(candidates, HEADS_EACH), dataset, graph };
}

/** The record to go on with: a new one, or that of `out`. */
async function begin(
  request: ChoiceRequest,
  dataset: Dataset,
  out: string,
  engine: string,
  resume: boolean,
): Promise<ChoiceRecord> {
  const data = await describeData(dataset);
  const old = resume ? await readChoice(out) : undefined;
  if (old) {
    const fields = differences(
      { ...old.request, engine: old.engine, samples: old.data },
      // As JSON has it: what is undefined is left out.
      { ...JSON.parse(JSON.stringify(request)), engine, samples: data },
    );
    if (fields.length > 0)
      throw new ResumeError(
        `Expected the choice of clusters ${out} was started with, but these fields differ: ${fields.join("; ")}. Leave those options out, or train into another folder.`,
      );
    return old;
  }
  const present = await presentIn(out);
  if (present.length > 0)
    throw new FolderInUseError(
      present.includes("clusters.json")
        ? `${out} already holds a choice of clusters. Pass --resume to go on with it, or name another folder.`
        : `${out} is not empty and holds no choice of clusters. Name another folder.`,
    );
  const record: ChoiceRecord = { schema: CHOICE_SCHEMA, version: VERSION, engine, request, data, runs: [] };
  await writeChoice(out, record);
  return record;
}

/** Does the short runs that are not on disk, and reads the others. */
async function shortRuns(
  request: ChoiceRequest,
  record: ChoiceRecord,
  options: ChooseOptions,
  keep: (record: ChoiceRecord) => Promise<void>,
): Promise<Omit<ShortRunEnd, "seconds">[]> {
  const { out, onProgress } = options;
  const plan = planOf(request, options);
  const { steps } = plan.config;
  const seeds = seedsOf(request);
  const ends = new Map<number, Omit<ShortRunEnd, "seconds">>();
  for (const seed of seeds) {
    const end = record.runs.some((run) => run.seed === seed) ? await readShortRun(out, seed) : undefined;
    if (end) ends.set(seed, end);
  }
  const stepsOf = new Map<number, number>(seeds.map((seed) => [seed, ends.has(seed) ? steps : 0]));
  const tell = () => {
    const done = [...stepsOf.values()].reduce((a, b) => a + b, 0);
    onProgress?.({ done, total: seeds.length * steps, runsDone: ends.size });
  };
  let runs = record.runs.filter(({ seed }) => ends.has(seed));
  let writing = Promise.resolve();
  await runSideBySide(
    plan,
    seeds.filter((seed) => !ends.has(seed)),
    {
      ...options,
      onStep: (seed, step) => {
        stepsOf.set(seed, step);
        tell();
      },
      onEnd: (end) => {
        // One after the other: the record names what is on disk.
        writing = writing.then(async () => {
          await writeShortRun(out, steps, end);
          ends.set(end.seed, end);
          runs = [...runs, { seed: end.seed, seconds: Number(end.seconds.toPrecision(4)) }].sort(
            (a, b) => a.seed - b.seed,
          );
          await keep({ ...record, runs });
        });
        return writing;
      },
    },
  );
  return seeds.map((seed) => ends.get(seed)!);
}

/** Seeds of the short runs. */
function seedsOf({ seed = 0, restarts }: ChoiceRequest): number[] {
  return Array.from({ length: restarts }, (_, i) => (seed + i) % (SEED_MAX + 1));
}

function checkRequest(request: ChoiceRequest, count: number): void {
  const { candidates, restarts, steps, overrides, recipe = "default" } = request;
  const wrong = candidates.find((k, i) => !Number.isInteger(k) || k < 2 || k <= (candidates[i - 1] ?? 1));
  if (wrong !== undefined || candidates.length === 0 || candidates.length > CANDIDATES_MAX)
    throw new ArgumentError(
      expected(
        `1 to ${CANDIDATES_MAX} ascending integers of at least 2`,
        "the candidates for clusters",
        candidates.join(", ") || "none",
      ),
    );
  if (candidates.at(-1)! > count)
    throw new ArgumentError(
      expected(
        `at most the number of images, ${count}`,
        "clusters",
        candidates.at(-1),
        "Lower --clusters or add images",
      ),
    );
  mustBeInteger(steps, "steps of a short run", 1, RANGES.steps.max);
  const least = candidates.length > 1 ? 2 : 1;
  if (!Number.isInteger(restarts) || restarts < least || restarts > RESTARTS_MAX)
    throw new ArgumentError(
      expected(
        `an integer from ${least} to ${RESTARTS_MAX}`,
        "restarts",
        restarts,
        least === 2 ? "Stability is agreement between short runs, so there must be two" : undefined,
      ),
    );
  const information = overrides?.information ?? RECIPES[recipe]?.information;
  if (information === 0 || overrides?.encoderSteps === 0)
    throw new ArgumentError(
      expected(
        "an information term and steps of E alone",
        "choosing clusters",
        "none",
        "Name one number with --clusters, or leave out what switches E's time alone off",
      ),
    );
}
