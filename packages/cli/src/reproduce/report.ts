/** report.json: an experiment's figures with all that is needed to check them. Tables and pages are made from it alone. */

import * as v from "valibot";
import { type Experiment, mustFit, type PublishedFigures, parseJson } from "./experiment.js";
import { type Plan, type PlannedCell, specHash } from "./plan.js";
import type { FailedRun, QueueResult } from "./queue.js";
import type { RunRecord, Scores } from "./run-record.js";
import { summarise } from "./statistics.js";

export const SCORE_NAMES = ["purity", "nmi", "ari", "accuracy"] as const;
export type ScoreName = (typeof SCORE_NAMES)[number];

const SummarySchema = v.object({ mean: v.number(), sd: v.nullable(v.number()), worst: v.number() });
const ScoresSchema = v.object({
  purity: v.number(),
  nmi: v.number(),
  ari: v.number(),
  accuracy: v.number(),
});
const PublishedSchema = v.record(
  v.picklist(["nmi", "ari", "purity"]),
  v.object({ mean: v.number(), sd: v.optional(v.number()) }),
);

const RunSchema = v.object({
  seed: v.number(),
  /** Index into `code` and `machines`. */
  code: v.number(),
  machine: v.number(),
  threads: v.number(),
  seconds: v.number(),
  resumed: v.number(),
  clusters: v.number(),
  ...ScoresSchema.entries,
  /** [step, purity, NMI] on the way, on a part of the samples. */
  curve: v.array(v.tuple([v.number(), v.number(), v.number()])),
});

const RowSchema = v.object({
  column: v.string(),
  row: v.string(),
  /** Hash of the run's whole spec but the seed; key of `configs`. */
  config: v.string(),
  /** Recipe and steps; null for a baseline. */
  recipe: v.nullable(v.string()),
  steps: v.nullable(v.number()),
  data: v.string(),
  train: v.string(),
  score: v.string(),
  /** Samples scored. */
  samples: v.number(),
  scores: v.object({
    purity: SummarySchema,
    nmi: SummarySchema,
    ari: SummarySchema,
    accuracy: SummarySchema,
  }),
  /** Mean minutes of a run, one process of `threads` threads. */
  minutes: v.number(),
  runs: v.array(RunSchema),
  published: v.optional(PublishedSchema),
});

export const ReportSchema = v.object({
  format: v.literal(1),
  name: v.string(),
  title: v.string(),
  note: v.optional(v.string()),
  /** Fewer seeds and steps than the experiment has: no result. */
  quick: v.boolean(),
  /** The command that made it, and that for the whole where it is quick. */
  command: v.string(),
  whole: v.optional(v.string()),
  /** Trainings side by side when the runs were made. */
  jobs: v.number(),
  seeds: v.array(v.number()),
  columns: v.array(v.object({ label: v.string(), data: v.string() })),
  rows: v.array(RowSchema),
  /** Published figures of models not trained here. */
  others: v.array(v.object({ column: v.string(), row: v.string(), published: PublishedSchema })),
  /** Data sets that were not at hand. */
  left: v.array(v.string()),
  failed: v.array(v.object({ name: v.string(), code: v.string(), message: v.string() })),
  code: v.array(
    v.object({ version: v.string(), commit: v.nullable(v.string()), changed: v.nullable(v.boolean()) }),
  ),
  machines: v.array(
    v.object({
      processor: v.string(),
      cores: v.number(),
      memoryBytes: v.number(),
      platform: v.string(),
      node: v.string(),
    }),
  ),
  /** By hash: what was run, whole. */
  configs: v.record(v.string(), v.unknown()),
});

export type Report = v.InferOutput<typeof ReportSchema>;
export type ReportRow = Report["rows"][number];

export interface ReportOptions {
  readonly command: string;
  readonly whole?: string;
  readonly jobs: number;
  readonly left: readonly string[];
}

/** The report of all runs that are done; a cell without any has no row. */
export function makeReport(plan: Plan, queue: QueueResult, options: ReportOptions): Report {
  const { experiment, quick, seeds, columns, cells } = plan;
  const code = new Table<RunRecord["code"]>();
  const machines = new Table<RunRecord["machine"]>();
  const configs: Record<string, unknown> = {};
  const rows = cells.flatMap((cell) => {
    const records = cell.runs.flatMap(({ folder }) => queue.records.get(folder) ?? []);
    if (records.length === 0) return [];
    const row = reportRow(cell, records, code, machines);
    configs[row.config] = withoutSeed(records[0]!);
    return [row];
  });
  return {
    format: 1,
    name: experiment.name,
    title: experiment.title,
    ...(experiment.note && { note: experiment.note }),
    quick,
    command: options.command,
    ...(options.whole && { whole: options.whole }),
    jobs: options.jobs,
    seeds: [...seeds],
    columns: columns.map(({ label, data }) => ({ label, data })),
    rows,
    others: otherRows(experiment, plan.columns),
    left: [...options.left],
    failed: queue.failed.map(({ name, code, message }: FailedRun) => ({ name, code, message })),
    code: code.items,
    machines: machines.items,
    configs,
  };
}

/** Distinct values, each named by its place. */
class Table<T> {
  readonly items: T[] = [];
  readonly #places = new Map<string, number>();

  placeOf(item: T): number {
    const key = JSON.stringify(item);
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    this.#places.set(key, this.items.length);
    return this.items.push(item) - 1;
  }
}

function reportRow(
  { row, column, from }: PlannedCell,
  records: readonly RunRecord[],
  code: Table<RunRecord["code"]>,
  machines: Table<RunRecord["machine"]>,
): ReportRow {
  const { spec, n } = records[0]!;
  const published = from?.published?.[spec.data];
  const over = (name: keyof Scores) => summarise(records.map(({ scores }) => scores[name]));
  return {
    column,
    row,
    config: specHash(spec),
    recipe: spec.kind === "training" ? spec.config.recipe : null,
    steps: spec.kind === "training" ? spec.config.steps : null,
    ...{ data: spec.data, train: spec.train, score: spec.score, samples: n },
    scores: { purity: over("purity"), nmi: over("nmi"), ari: over("ari"), accuracy: over("accuracy") },
    minutes: records.reduce((sum, { seconds }) => sum + seconds, 0) / records.length / 60,
    runs: records.map((record) => ({
      ...{
        seed: record.spec.seed,
        code: code.placeOf(record.code),
        machine: machines.placeOf(record.machine),
      },
      ...{ threads: record.threads, seconds: rounded(record.seconds), resumed: record.resumed },
      ...{ clusters: record.clusters, ...record.scores },
      curve: record.curve.map(({ step, purity, nmi }) => [step, rounded(purity), rounded(nmi)] as const) as [
        number,
        number,
        number,
      ][],
    })),
    ...(published && { published: published as PublishedFigures }),
  };
}

const rounded = (value: number) => Number(value.toPrecision(4));

function withoutSeed({ spec }: RunRecord): unknown {
  const { seed: _, ...rest } = spec;
  if (rest.kind === "baseline") return rest;
  const { seed: __, ...config } = rest.config;
  return { ...rest, config };
}

function otherRows({ others = [] }: Experiment, columns: Plan["columns"]): Report["others"] {
  return columns.flatMap(({ label: column, data }) =>
    others.flatMap(({ label: row, published }) => {
      const figures = published[data];
      return figures ? [{ column, row, published: figures }] : [];
    }),
  );
}

/** The file's text: indented, but a point of a curve on one line. */
export function reportText(report: Report): string {
  const text = JSON.stringify(report, null, 1);
  return `${text.replaceAll(/\[\s+(-?[\d.e-]+),\s+(-?[\d.e-]+),\s+(-?[\d.e-]+)\s+\]/g, "[$1, $2, $3]")}\n`;
}

/** Reads the text of a report.json. @throws ArgumentError naming the field that is wrong */
export function parseReport(source: string, where: string): Report {
  return mustFit(ReportSchema, parseJson(source, where), where);
}
