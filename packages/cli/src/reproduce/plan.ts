/** From an experiment to its runs: every cell and seed with its whole config, and the folder that it is done in. */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { MmganError } from "@mmgan/core";
import { type BaselineName, type DatasetName, datasetInfo, type TrainConfig } from "@mmgan/trainer";
import { BASELINE_LABELS } from "./baselines.js";
import type { Experiment, ExperimentColumn, ExperimentRow } from "./experiment.js";
import { MODELS, type ModelName } from "./models.js";

/** What a run is, whole: two runs of equal specs are the same run. */
export type RunSpec = TrainingSpec | BaselineSpec;

interface Scored {
  readonly data: DatasetName;
  /** What it learns from, and what it is scored on. */
  readonly train: "train" | "all";
  readonly score: "test" | "all";
  readonly seed: number;
}

export interface TrainingSpec extends Scored {
  readonly kind: "training";
  readonly model: ModelName;
  readonly config: TrainConfig;
  /** Steps after which a bundle is kept, ascending. */
  readonly snapshots: readonly number[];
}

export interface BaselineSpec extends Scored {
  readonly kind: "baseline";
  readonly baseline: BaselineName;
  readonly clusters: number;
}

/** A place in the table. */
export interface PlannedCell {
  readonly row: string;
  readonly column: string;
  /** Undefined for a baseline. */
  readonly from?: ExperimentRow;
  /** One a seed. */
  readonly runs: readonly PlannedRun[];
}

export interface PlannedRun {
  readonly spec: RunSpec;
  readonly folder: string;
  /** For people: "MNIST, MMGAN (RSGAN), seed 11". */
  readonly name: string;
}

export interface Plan {
  readonly experiment: Experiment;
  readonly quick: boolean;
  readonly seeds: readonly number[];
  readonly columns: readonly ExperimentColumn[];
  /** By column, then by row. */
  readonly cells: readonly PlannedCell[];
  /** Whether generated samples are scored. */
  readonly generation: boolean;
}

export interface PlanOptions {
  /** Folder of all runs. */
  readonly out: string;
  readonly quick: boolean;
  /** Default: the experiment's. */
  readonly seeds?: readonly number[] | undefined;
  /** Data sets left out, those whose files are not there. */
  readonly without?: ReadonlySet<DatasetName>;
}

/** Hexadecimal digits of a spec's hash in its folder's name. */
const HASH_DIGITS = 12;

/** The data sets of an experiment, those of `--quick` alone where it is. */
export function dataOf({ columns, quick: { steps } }: Experiment, quick: boolean): DatasetName[] {
  const all = [...new Set(columns.map(({ data }) => data))];
  return quick ? all.filter((data) => steps[data] !== undefined) : all;
}

/**
 * Plans all runs.
 *
 * @throws ArgumentError, UnknownNameError for overrides that the recipe does not take, naming row and column
 */
export function planRuns(experiment: Experiment, options: PlanOptions): Plan {
  const { quick, without = new Set() } = options;
  const seeds = options.seeds ?? (quick ? experiment.quick.seeds : experiment.seeds);
  const data = dataOf(experiment, quick).filter((name) => !without.has(name));
  const columns = experiment.columns.filter((column) => data.includes(column.data));
  const rows = experiment.rows.filter(
    ({ label }) => !quick || (experiment.quick.rows?.includes(label) ?? true),
  );
  const cells = columns.flatMap((column) => [
    ...rows
      .filter(({ only }) => only?.includes(column.data) ?? true)
      .map((row): PlannedCell => {
        const specs = seeds.map((seed) => trainingSpec(experiment, row, column, seed, quick));
        const runs = specs.map((spec) => planned(spec, column.label, row.label, options.out));
        return { row: row.label, column: column.label, from: row, runs };
      }),
    ...(experiment.baselines ?? []).map((baseline): PlannedCell => {
      const row = BASELINE_LABELS[baseline];
      const specs = seeds.map((seed) => baselineSpec(baseline, column, seed));
      const runs = specs.map((spec) => planned(spec, column.label, row, options.out));
      return { row, column: column.label, runs };
    }),
  ]);
  const generation = !quick && (experiment.generation ?? false);
  return { experiment, quick, seeds, columns, cells, generation };
}

function planned(spec: RunSpec, column: string, row: string, out: string): PlannedRun {
  return {
    spec,
    folder: join(out, specName(spec), `seed-${spec.seed}`),
    name: `${column}, ${row}, seed ${spec.seed}`,
  };
}

const scoredOf = ({ data, train = "train", score = "test" }: ExperimentColumn, seed: number): Scored => ({
  ...{ data, train, score, seed },
});

function trainingSpec(
  experiment: Experiment,
  row: ExperimentRow,
  column: ExperimentColumn,
  seed: number,
  quick: boolean,
): TrainingSpec {
  const scored = scoredOf(column, seed);
  const { data } = column;
  const steps = quick ? experiment.quick.steps[data] : row.steps?.[data];
  const { counts, image, dim, defaults } = datasetInfo(data);
  const side = defaults.size ?? image?.height ?? 0;
  const request = {
    ...{ data, seed, split: scored.train, count: counts[scored.train], recipe: row.recipe },
    clusters: defaults.clusters,
    input: image
      ? ({ kind: "image", height: side, width: side, channels: image.channels, fit: "contain" } as const)
      : ({ kind: "point", dim: dim! } as const),
    overrides: { ...row.overrides, ...(row.loss && { loss: row.loss }), ...(steps && { steps }) },
  };
  try {
    const config = MODELS[row.model].config(request);
    const snapshots = [...new Set(row.snapshots ?? [])]
      .filter((step) => step <= config.steps)
      .sort((a, b) => a - b);
    return { kind: "training", ...scored, model: row.model, config, snapshots };
  } catch (error) {
    if (error instanceof MmganError)
      error.message = `${experiment.name}, row ${row.label}, column ${column.label}: ${error.message}`;
    throw error;
  }
}

function baselineSpec(baseline: BaselineName, column: ExperimentColumn, seed: number): BaselineSpec {
  const { clusters } = datasetInfo(column.data).defaults;
  return { kind: "baseline", ...scoredOf(column, seed), baseline, clusters };
}

/** The name of a spec's folder: readable, and different for whatever differs but the seed. */
export function specName(spec: RunSpec): string {
  const { data, score } = spec;
  const what = spec.kind === "training" ? `${spec.model}-${spec.config.recipe}` : spec.baseline;
  return `${data}-${what.replaceAll(/[^a-z0-9]+/gi, "-")}-${score}-${specHash(spec)}`;
}

/** The same for every seed. */
export function specHash(spec: RunSpec): string {
  const { seed: _, ...rest } = spec;
  const text = canonical(
    rest.kind === "training" ? { ...rest, config: { ...rest.config, seed: undefined } } : rest,
  );
  return createHash("sha256").update(text).digest("hex").slice(0, HASH_DIGITS);
}

/** JSON with the keys of every object in order, so that equal values have equal texts. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, item) =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
