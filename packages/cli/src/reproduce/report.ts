/** From the runs that are done to their report. */

import type { Experiment, PublishedFigures } from "./experiment.js";
import { type Plan, type PlannedCell, specHash } from "./plan.js";
import type { FailedRun, QueueResult } from "./queue.js";
import { GENERATION_NAMES, type Report, type ReportRow } from "./report-file.js";
import type { GenerationRecord, RunRecord, Scores } from "./run-record.js";
import { summarise } from "./statistics.js";

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
    ...(queue.unfinished > 0 && { unfinished: queue.unfinished }),
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
  const ownPaper = from?.ownPaper?.[spec.data];
  const generation = generationOf(records);
  const over = (name: keyof Scores) => summarise(records.map(({ scores }) => scores[name]));
  return {
    column,
    row,
    config: specHash(spec),
    recipe: spec.kind === "training" ? spec.config.recipe : null,
    steps: spec.kind === "training" ? spec.config.steps : null,
    ...{ data: spec.data, train: spec.train, score: spec.score, samples: n },
    scores: { purity: over("purity"), nmi: over("nmi"), ari: over("ari"), accuracy: over("accuracy") },
    ...(generation && { generation }),
    minutes: records.reduce((sum, { seconds }) => sum + seconds, 0) / records.length / 60,
    runs: records.map((record) => ({
      ...{
        seed: record.spec.seed,
        code: code.placeOf(record.code),
        machine: machines.placeOf(record.machine),
      },
      ...{ threads: record.threads, seconds: rounded(record.seconds), resumed: record.resumed },
      ...{ clusters: record.clusters, ...record.scores },
      ...(record.generation && { generation: withoutCount(record.generation) }),
      curve: record.curve.map(({ step, purity, nmi }) => [step, rounded(purity), rounded(nmi)] as const) as [
        number,
        number,
        number,
      ][],
    })),
    ...(published && { published: published as PublishedFigures }),
    ...(ownPaper && { ownPaper }),
  };
}

const withoutCount = ({ n: _, ...scores }: GenerationRecord) => scores;

/** Undefined unless every run has its samples scored. */
function generationOf(records: readonly RunRecord[]): ReportRow["generation"] {
  const all = records.flatMap(({ generation }) => generation ?? []);
  if (all.length < records.length) return undefined;
  const summaries = GENERATION_NAMES.map((name) => [
    name,
    summarise(
      all.map((scores) => scores[name]),
      name === "fid" ? Math.max : Math.min,
    ),
  ]);
  return { n: all[0]!.n, ...Object.fromEntries(summaries) };
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
