/** clusters.json of a run folder: what was asked of a choice of K, how far it has come, and what it took. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CheckpointError } from "@mmgan/core";
import { errorCode, writeFileAtomic } from "@mmgan/node-io";
import * as v from "valibot";
import type { RunRecord } from "../loop/run-folder.js";
import type { ConfigRequest } from "../recipes.js";

/** Version of the layout, major.minor.patch. */
export const CHOICE_SCHEMA = "1.0.0";

/** What is asked: candidates, and the training that one of them gets. */
export interface ChoiceRequest extends Omit<ConfigRequest, "clusters" | "count"> {
  /** Candidates for K, ascending, at least 2 each; one alone to choose the seed only. */
  readonly candidates: readonly number[];
  /** Short runs, with the seeds seed, seed + 1, ...; at least 2 where there are several candidates. */
  readonly restarts: number;
  /** Steps of each. */
  readonly steps: number;
}

/** How stable one K was over all short runs. */
export interface Candidate {
  readonly clusters: number;
  /** 0..1, higher is better: the geometric mean of `betweenRuns` and `betweenViews`, times (ln K / ln of the largest K)^(1/4). */
  readonly score: number;
  /** Information that the partitions of two runs share, of the most that K clusters can hold, 0..1. Null for one run. */
  readonly betweenRuns: number | null;
  /** The same of the clusters of samples and of their other views, the mean over runs. */
  readonly betweenViews: number;
  /** Mean adjusted Rand index over pairs of runs, about 0 for independent partitions, 1 for equal ones. Null for one run. */
  readonly adjustedRand: number | null;
  /** Adjusted Rand index of samples and their other views, the mean over runs. */
  readonly viewAgreement: number;
  /** Seed of the run with the most information between views. */
  readonly seed: number;
}

/** What was taken, and why. */
export interface Choice {
  readonly clusters: number;
  readonly seed: number;
  /** Half a sentence. */
  readonly why: string;
  /** All K whose scores are within one standard error of the highest, ascending. */
  readonly alike: readonly number[];
  /** Of the highest score, by the jackknife over runs; 0 for fewer than three runs. */
  readonly standardError: number;
}

export interface ChoiceRecord {
  readonly schema: typeof CHOICE_SCHEMA;
  /** Of mmgan. */
  readonly version: string;
  readonly engine: string;
  readonly request: ChoiceRequest;
  readonly data: RunRecord["data"];
  /** Short runs that are done, in order of their seeds. */
  readonly runs: readonly { readonly seed: number; readonly seconds: number }[];
  /** Once all are done: every candidate, ascending. */
  readonly candidates?: readonly Candidate[];
  readonly chosen?: Choice;
}

const Stored = v.looseObject({
  schema: v.string(),
  engine: v.string(),
  request: v.looseObject({
    candidates: v.array(v.number()),
    restarts: v.number(),
    steps: v.number(),
    data: v.string(),
  }),
  data: v.object({ count: v.number(), sha256: v.string() }),
  runs: v.array(v.object({ seed: v.number(), seconds: v.number() })),
  candidates: v.optional(v.array(v.looseObject({ clusters: v.number(), score: v.number() }))),
  chosen: v.optional(v.looseObject({ clusters: v.number(), seed: v.number(), why: v.string() })),
});

export const choiceFile = (run: string) => join(run, "clusters.json");

/** The choice in a run folder, or undefined where there is none. @throws CheckpointError for a damaged or newer file */
export async function readChoice(run: string): Promise<ChoiceRecord | undefined> {
  const path = choiceFile(run);
  const text = await readFile(path, "utf8").catch((cause) => {
    if (errorCode(cause) === "ENOENT" || errorCode(cause) === "ENOTDIR") return undefined;
    throw new CheckpointError(`${path} cannot be read: ${(cause as Error).message}.`, { cause });
  });
  if (text === undefined) return undefined;
  try {
    const record = v.parse(Stored, JSON.parse(text));
    if (record.schema !== CHOICE_SCHEMA)
      throw new Error(`its schema is ${record.schema}, not ${CHOICE_SCHEMA}`);
    return record as unknown as ChoiceRecord;
  } catch (cause) {
    throw new CheckpointError(
      `${path} is damaged: ${(cause as Error).message.replace(/\.$/, "")}. Train again into another folder.`,
      { cause },
    );
  }
}

export async function writeChoice(run: string, record: ChoiceRecord): Promise<void> {
  await writeFileAtomic(choiceFile(run), `${JSON.stringify(record, null, 2)}\n`);
}
