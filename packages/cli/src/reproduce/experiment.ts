/** An experiment: rows (models) by columns (data sets), each cell trained for several seeds. Its file, checked. */

import { ArgumentError, expected } from "@mmgan/core";
import { BASELINES, DATASET_NAMES, LOSSES, RECIPE_NAMES } from "@mmgan/trainer";
import * as v from "valibot";
import { mustFit, parseJson } from "./fields.js";
import { MODEL_NAMES } from "./models.js";

const text = v.pipe(v.string("text"), v.nonEmpty("text that is not empty"));
const integer = (lowest: number) => {
  const what = `an integer of at least ${lowest}`;
  return v.pipe(v.number(what), v.integer(what), v.minValue(lowest, what));
};
const oneOf = <const T extends readonly string[]>(names: T) =>
  v.picklist(names, `one of ${names.join(", ")}`);
const unit = v.pipe(
  v.number("a number from -1 to 1"),
  v.minValue(-1, "a number from -1 to 1"),
  v.maxValue(1, "a number from -1 to 1"),
);
const list = <T extends v.GenericSchema>(item: T, what: string) =>
  v.pipe(v.array(item, what), v.nonEmpty(what));

const Data = oneOf(DATASET_NAMES);
const Seeds = v.pipe(
  list(integer(0), "a list of seeds"),
  v.check((seeds) => new Set(seeds).size === seeds.length, "different seeds"),
);
/** A published figure; a standard deviation only where the source gives one. */
const Published = v.strictObject({ mean: unit, sd: v.optional(unit) });
/** As the MMGAN paper reports them; its ACC is purity. */
const PublishedScores = v.strictObject({ nmi: Published, ari: Published, purity: Published });
const PublishedByData = v.record(Data, PublishedScores, "an object of data sets");
const StepsByData = v.record(Data, integer(1), "an object of data sets");

const Column = v.strictObject({
  label: text,
  data: Data,
  /** What is trained on, without its labels. Default "train". */
  train: v.optional(oneOf(["train", "all"])),
  /** What is scored. Default "test". */
  score: v.optional(oneOf(["test", "all"])),
});

const Row = v.strictObject({
  label: text,
  model: oneOf(MODEL_NAMES),
  recipe: oneOf(RECIPE_NAMES),
  loss: v.optional(oneOf(LOSSES)),
  /** Fields of the recipe that differ; `steps` has a field of its own. */
  overrides: v.optional(v.record(v.string(), v.union([v.number(), v.string(), v.boolean()], "a value"))),
  /** Steps by data set. Default: the recipe's. */
  steps: v.optional(StepsByData),
  /** Data sets of the columns that have this row. Default: all. */
  only: v.optional(list(Data, "a list of data sets")),
  /** Steps after which a bundle is kept beside the last. */
  snapshots: v.optional(list(integer(1), "a list of steps")),
  /** The paper's figures for the same row, by data set. */
  published: v.optional(PublishedByData),
  /** What a rival's own paper or authors report, by data set: figures with their names, as published. */
  ownPaper: v.optional(v.record(Data, text, "an object of data sets")),
});

/** What `--quick` leaves of it. */
const Quick = v.strictObject({
  seeds: Seeds,
  /** Labels of the rows kept. Default: all. */
  rows: v.optional(list(text, "a list of labels of rows")),
  /** The data sets kept, and the steps of each there; those whose files are not at hand are left out and named. */
  steps: StepsByData,
});

export const ExperimentSchema = v.strictObject({
  /** As the file and the report's folder are called. */
  name: v.pipe(text, v.regex(/^[a-z0-9-]+$/, "lower-case letters, digits and hyphens")),
  title: text,
  /** What a reader must know to read the table, sentences. */
  note: v.optional(text),
  seeds: Seeds,
  columns: list(Column, "a list of columns"),
  rows: list(Row, "a list of rows"),
  /** Yardsticks on raw values, in every column. */
  baselines: v.optional(v.array(oneOf(BASELINES), "a list of baselines")),
  /** Published figures of models that are not trained here. */
  others: v.optional(v.array(v.strictObject({ label: text, published: PublishedByData }), "a list")),
  /** Whether generated samples are scored too, except by `--quick`. Default false. */
  generation: v.optional(v.boolean("true or false")),
  /** Points of a run's learning curve, the last step among them. Default 6. */
  curve: v.optional(integer(1)),
  quick: Quick,
});

export type Experiment = v.InferOutput<typeof ExperimentSchema>;
export type ExperimentRow = Experiment["rows"][number];
export type ExperimentColumn = Experiment["columns"][number];
export type PublishedFigures = v.InferOutput<typeof PublishedScores>;

/**
 * Reads the text of an experiment's file.
 *
 * @param where - the file's path, for messages
 * @throws ArgumentError naming the field that is wrong
 */
export function parseExperiment(source: string, where: string): Experiment {
  const experiment = mustFit(ExperimentSchema, parseJson(source, where), where);
  const rows = experiment.rows.map(({ label }) => label);
  mustDiffer(rows, "rows", where);
  mustDiffer(
    experiment.columns.map(({ label }) => label),
    "columns",
    where,
  );
  for (const label of experiment.quick.rows ?? [])
    if (!rows.includes(label))
      throw new ArgumentError(expected("a row's label", `field quick.rows of ${where}`, label));
  return experiment;
}

function mustDiffer(labels: readonly string[], field: string, where: string): void {
  const twice = labels.find((label, i) => labels.indexOf(label) !== i);
  if (twice !== undefined)
    throw new ArgumentError(expected("different labels", `field ${field} of ${where}`, `${twice} twice`));
}
