/** report.json: an experiment's figures with all that is needed to check them. Tables and pages are made from it alone. */

import * as v from "valibot";
import { mustFit, parseJson } from "./fields.js";

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

export const GENERATION_NAMES = [
  "precision",
  "recall",
  "density",
  "coverage",
  "fid",
  "agreement",
  "classes",
] as const;
const GenerationSchema = v.object(v.entriesFromList(GENERATION_NAMES, v.number()));

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
  generation: v.optional(GenerationSchema),
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
  /** Over the runs that have them; `n` samples of either kind. */
  generation: v.optional(v.object({ n: v.number(), ...v.entriesFromList(GENERATION_NAMES, SummarySchema) })),
  /** Mean minutes of a run, one process of `threads` threads. */
  minutes: v.number(),
  runs: v.array(RunSchema),
  published: v.optional(PublishedSchema),
  /** What the model's own paper or authors report. */
  ownPaper: v.optional(v.string()),
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
  /** Runs that are not done yet, where the report is of those that are. */
  unfinished: v.optional(v.number()),
  failed: v.array(v.object({ name: v.string(), code: v.string(), message: v.string() })),
  code: v.array(
    v.object({
      version: v.string(),
      commit: v.nullable(v.string()),
      changed: v.nullable(v.boolean()),
      built: v.string(),
    }),
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

/** The file's text: indented, but what is a line of a table on one line, so that a change is a line. */
export function reportText(report: Report): string {
  const flat = "\u0001";
  const text = JSON.stringify(
    report,
    (key, value) => {
      if (key === "runs") return value.map((run: unknown) => flat + JSON.stringify(run));
      const isSummary = typeof value === "object" && value !== null && "worst" in value;
      return isSummary || FLAT_FIELDS.includes(key) ? flat + JSON.stringify(value) : value;
    },
    1,
  );
  const lines = text.replaceAll(/"\\u0001((?:[^"\\]|\\.)*)"/g, (_, inner) => JSON.parse(`"${inner}"`));
  return `${lines}\n`;
}

const FLAT_FIELDS = ["seeds", "published", "augmentation", "snapshots"];

/** Reads the text of a report.json. @throws ArgumentError naming the field that is wrong */
export function parseReport(source: string, where: string): Report {
  return mustFit(ReportSchema, parseJson(source, where), where);
}
