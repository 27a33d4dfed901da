/** Reads a results file back, whatever its format, with what the run that made it knew. */

import { extname } from "node:path";
import type { ResultError, ResultRow } from "@mmgan/core";

/** What a run says of itself: the first line of "results.run.jsonl" beside "results.csv". */
export interface ResultsInfo {
  /** Of the columns, RESULTS_SCHEMA. */
  readonly schema: string;
  readonly model: { readonly name: string; readonly sha256: string; readonly clusters: number };
  /** Absolute folder that paths of rows are relative to; null where they are as given. */
  readonly root: string | null;
}

/** A results file that was opened for reading. */
export interface Results {
  readonly path: string;
  /** Null where the run's file is gone. */
  readonly info: ResultsInfo | null;
  /** Cluster -> name. */
  readonly names: Readonly<Record<number, string>>;
  /** In the file's order. Each call reads from the start. */
  rows(): AsyncGenerator<ResultRow, void, undefined>;
  /** Of "results.errors.jsonl"; none where there is no such file. */
  errors(): AsyncGenerator<ResultError, void, undefined>;
  /** Where the picture of a row lies. */
  fileOf(row: { readonly path: string }): string;
}

/** "results.csv" -> "results.errors.jsonl" */
export function errorsPathFor(path: string): string {
  return `${withoutExtension(path)}.errors.jsonl`;
}

/** "results.csv" -> "results.run.jsonl" */
export function runPathFor(path: string): string {
  return `${withoutExtension(path)}.run.jsonl`;
}

const withoutExtension = (path: string) => path.slice(0, path.length - extname(path).length);
