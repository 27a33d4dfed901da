/** Reads a results file back, whatever its format, with what the run that made it knew. */

import { access } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import { type ResultError, type ResultRow, ResultsError } from "@mmgan/core";
import { errorCode } from "@mmgan/node-io";
import { readCsv } from "./formats/csv.js";
import { parsed, readJsonLines, readObjects } from "./formats/json-lines.js";
import { parquetKeyValues, readParquet } from "./formats/parquet.js";
import { mustBeInfo } from "./info.js";
import { readLines } from "./lines.js";
import { maybeReadNames, mustBeNames, type Names } from "./names.js";
import {
  errorsPathFor,
  type Format,
  formatOf,
  namesPathFor,
  type Results,
  type ResultsInfo,
  runPathFor,
} from "./results-file.js";
import { withProbabilities } from "./with-probabilities.js";

export interface ReadOptions {
  /** The folder that the pictures lie in now. Default: where they lay when they were clustered. */
  readonly root?: string;
  /** Rows with all probabilities, from the run's file where the results have none. Default false. */
  readonly probabilities?: boolean;
}

const READERS: Record<Format, (path: string) => AsyncGenerator<ResultRow, void, undefined>> = {
  csv: readCsv,
  jsonl: readJsonLines,
  parquet: readParquet,
};

/**
 * Opens a results file. Rows are read, and checked, as they are asked for: memory does not grow with the file.
 *
 * @throws ArgumentError for an extension other than .csv, .jsonl, .parquet; ResultsError for a file that is missing, a
 *   run's file of a newer schema, or names that are none; from `rows` and `errors` naming the line that is wrong
 */
export async function readResults(
  path: string,
  { root, probabilities = false }: ReadOptions = {},
): Promise<Results> {
  const format = formatOf(path);
  await mustExist(path);
  const keyValues = format === "parquet" ? await parquetKeyValues(path) : new Map<string, string>();
  const info = (await readInfo(runPathFor(path))) ?? infoOf(keyValues, path);
  const read = READERS[format];
  const names =
    (await maybeReadNames(namesPathFor(path))) ??
    namesOf(keyValues, path) ??
    // Without the run's file nothing but the rows tells.
    (info === null ? await namesOfRows(read(path)) : {});
  const folder = root ?? info?.root ?? null;
  return {
    path,
    info,
    names,
    rows: () => (probabilities ? withProbabilities(read(path), runPathFor(path)) : read(path)),
    errors: () => readErrors(errorsPathFor(path)),
    fileOf: (row) => (folder === null || isAbsolute(row.path) ? resolve(row.path) : join(folder, row.path)),
  };
}

async function mustExist(path: string): Promise<void> {
  try {
    await access(path);
  } catch (cause) {
    const reason = errorCode(cause) === "ENOENT" ? "it does not exist" : (cause as Error).message;
    throw new ResultsError(
      `Expected a results file for ${path} but ${reason}. Make one with mmgan cluster --out ${path}.`,
      { cause },
    );
  }
}

/** The first line of a run's file; null where there is no file, or its first line was not written whole. */
async function readInfo(path: string): Promise<ResultsInfo | null> {
  try {
    for await (const { text } of readLines(path)) {
      const value = parsed(text);
      return value === undefined ? null : mustBeInfo(value, path);
    }
  } catch (cause) {
    if (errorCode(cause) !== "ENOENT") throw cause;
  }
  return null;
}

function infoOf(keyValues: ReadonlyMap<string, string>, path: string): ResultsInfo | null {
  const value = parsed(keyValues.get("mmgan.run") ?? "");
  return value === undefined ? null : mustBeInfo(value, path);
}

function namesOf(keyValues: ReadonlyMap<string, string>, path: string): Names | undefined {
  const value = parsed(keyValues.get("mmgan.names") ?? "");
  return value && mustBeNames(value, undefined, path);
}

async function namesOfRows(rows: AsyncIterable<ResultRow>): Promise<Names> {
  const names: Record<number, string> = {};
  for await (const { cluster, name } of rows) if (name !== null) names[cluster] = name;
  return names;
}

async function* readErrors(path: string): AsyncGenerator<ResultError, void, undefined> {
  try {
    for await (const { value, where } of readObjects(path)) {
      const { path: picture, code, reason } = value;
      if (typeof picture !== "string" || typeof code !== "string" || typeof reason !== "string")
        throw new ResultsError(`Expected path, code and reason for ${where}. Run mmgan cluster again.`);
      yield { path: picture, code, reason };
    }
  } catch (cause) {
    if (errorCode(cause) !== "ENOENT") throw cause;
  }
}
