/** A results file, whatever its format, and the files beside it. */

import { extname } from "node:path";
import { ArgumentError, expected, type ResultError, type ResultRow } from "@mmgan/core";

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

export const FORMATS = ["csv", "jsonl", "parquet"] as const;
export type Format = (typeof FORMATS)[number];

/**
 * The format of a results file, by its extension in upper or lower case.
 *
 * @param name - of the argument, for the message
 * @throws ArgumentError for another extension
 */
export function formatOf(path: string, name = "the results"): Format {
  const format = FORMATS.find((known) => `.${known}` === extname(path).toLowerCase());
  if (format) return format;
  throw new ArgumentError(expected("a file name ending in .csv, .jsonl or .parquet", name, path));
}

/** "results.csv" -> "results.errors.jsonl" */
export const errorsPathFor = (path: string): string => `${withoutExtension(path)}.errors.jsonl`;

/** "results.csv" -> "results.run.jsonl" */
export const runPathFor = (path: string): string => `${withoutExtension(path)}.run.jsonl`;

/** "results.csv" -> "results.names.json" */
export const namesPathFor = (path: string): string => `${withoutExtension(path)}.names.json`;

const withoutExtension = (path: string) => path.slice(0, path.length - extname(path).length);
