/** Files of rows: CSV or JSON Lines by extension, and the errors list beside them. */

import { rm } from "node:fs/promises";
import { extname } from "node:path";
import { ArgumentError, expected } from "@mmgan/core";
import { type AtomicFile, openAtomic, writeError } from "@mmgan/node-io";
import { stringify } from "csv-stringify/sync";

/** A row: column name -> value. All rows of a file have the same columns. */
export type Row = Record<string, string | number>;

/** An input that could not be read. */
export interface ErrorRow {
  path: string;
  code: string;
  reason: string;
}

/** Rows being written; nothing is seen under the files' names before `commit`. */
export interface ResultsFile {
  /** Where the errors go. The file exists after `commit` only when there were errors. */
  readonly errorsPath: string;
  row(row: Row): Promise<void>;
  error(row: ErrorRow): Promise<void>;
  commit(): Promise<{ rows: number; errors: number }>;
  /** Drops both files. Does nothing after `commit`. */
  abort(): Promise<void>;
}

const FORMATS: Record<string, (row: Row, first: boolean) => string> = {
  ".csv": (row, first) => stringify([row], { header: first }),
  ".jsonl": (row) => `${JSON.stringify(row)}\n`,
};

/** "results.csv" -> "results.errors.jsonl" */
export function errorsPathFor(path: string): string {
  return `${path.slice(0, path.length - extname(path).length)}.errors.jsonl`;
}

/**
 * Checks the extension of a results file.
 *
 * @throws ArgumentError unless `path` ends in .csv or .jsonl
 */
export function mustBeResultsPath(path: string): void {
  if (!(extname(path).toLowerCase() in FORMATS))
    throw new ArgumentError(expected("a file name ending in .csv or .jsonl", "--out", path));
}

/**
 * Opens `path` and its errors list for writing.
 *
 * @throws ArgumentError for another extension or a path that cannot be written; from `commit` also for an errors list
 *   of an earlier run that cannot be removed
 */
export async function openResults(path: string): Promise<ResultsFile> {
  mustBeResultsPath(path);
  const format = FORMATS[extname(path).toLowerCase()]!;
  const errorsPath = errorsPathFor(path);
  const results = await openAtomic(path);
  let failures: AtomicFile | undefined;
  let rows = 0;
  let errors = 0;
  return {
    errorsPath,
    async row(row) {
      await results.write(format(row, rows++ === 0));
    },
    async error(row) {
      failures ??= await openAtomic(errorsPath);
      errors++;
      await failures.write(`${JSON.stringify(row)}\n`);
    },
    async commit() {
      // The errors first: whoever sees the new results sees their errors too, and never an older list.
      if (failures) await failures.commit();
      else await removeFile(errorsPath);
      await results.commit();
      return { rows, errors };
    },
    async abort() {
      await results.abort();
      await failures?.abort();
    },
  };
}

/** Deletes a file that may be absent. */
async function removeFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
  } catch (cause) {
    throw writeError(cause, path);
  }
}
