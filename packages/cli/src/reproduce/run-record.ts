/** run.json: what became of a run, written whole when it is done. A folder that has it is not done again. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { errorCode, writeFileAtomic } from "@mmgan/node-io";
import * as v from "valibot";
import { mustFit, parseJson } from "./fields.js";
import { MODELS } from "./models.js";
import { canonical, type RunSpec } from "./plan.js";

const Scores = v.object({
  nmi: v.number(),
  ari: v.number(),
  purity: v.number(),
  /** Hungarian. */
  accuracy: v.number(),
});
/** Generated samples against real ones, in the features of a network trained with labels for scoring alone. */
const Generation = v.object({
  /** Samples of either kind. */
  n: v.number(),
  precision: v.number(),
  recall: v.number(),
  density: v.number(),
  coverage: v.number(),
  /** On this network's own scale. */
  fid: v.number(),
  /** Share of a cluster's samples that the network gives to one class. */
  agreement: v.number(),
  /** Different classes that are the most frequent of a cluster. */
  classes: v.number(),
});
export type GenerationRecord = v.InferOutput<typeof Generation>;

export type Scores = v.InferOutput<typeof Scores>;

/** Scores on the way: of the first samples of what is scored at the end. */
const CurvePoint = v.object({ step: v.number(), seconds: v.number(), n: v.number(), ...Scores.entries });
export type CurvePoint = v.InferOutput<typeof CurvePoint>;

const Record = v.object({
  format: v.literal(1),
  spec: v.looseObject({ kind: v.string() }),
  code: v.object({
    version: v.string(),
    commit: v.nullable(v.string()),
    changed: v.nullable(v.boolean()),
    built: v.string(),
  }),
  machine: v.object({
    processor: v.string(),
    cores: v.number(),
    memoryBytes: v.number(),
    platform: v.string(),
    node: v.string(),
  }),
  /** Of the training, or of the fit. */
  threads: v.number(),
  /** Of the training (the neighbour graph and scoring left out), or of a baseline's fit. */
  seconds: v.number(),
  /** Times that the run was taken up again after it had been stopped or killed. */
  resumed: v.number(),
  /** What was scored. */
  n: v.number(),
  /** Clusters that are not empty. */
  clusters: v.number(),
  scores: Scores,
  curve: v.array(CurvePoint),
  /** Where it was asked for, and the model generates. */
  generation: v.optional(Generation),
});
export type RunRecord = Omit<v.InferOutput<typeof Record>, "spec"> & { spec: RunSpec };

const pathOf = (folder: string) => join(folder, "run.json");

/**
 * The record of a run that is done. Undefined where it is not.
 *
 * @throws ArgumentError for a damaged record, or one of another run
 */
export async function readRunRecord(folder: string, spec: RunSpec): Promise<RunRecord | undefined> {
  const path = pathOf(folder);
  const text = await readFile(path, "utf8").catch((cause) => {
    // A file in the folder's place is for the run to complain of.
    if (["ENOENT", "ENOTDIR"].includes(errorCode(cause) ?? "")) return undefined;
    throw cause;
  });
  if (text === undefined) return undefined;
  const record = mustFit(Record, parseJson(text, path), path) as unknown as RunRecord;
  // A folder copied or renamed by hand.
  return canonical(record.spec) === canonical(spec) ? record : undefined;
}

export function writeRunRecord(folder: string, record: RunRecord): Promise<void> {
  return writeFileAtomic(pathOf(folder), `${JSON.stringify(record, null, 2)}\n`);
}

/** Whether a record has all that is asked for; one made for another experiment may lack the scores of samples. */
export function isWhole({ spec, generation }: RunRecord, withGeneration: boolean): boolean {
  if (!withGeneration || spec.kind === "baseline" || !MODELS[spec.model].generates) return true;
  return generation !== undefined;
}
