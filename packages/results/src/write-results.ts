/** Writes a results file, its errors list and its names: seen under their names when all of it is written. */

import { rm } from "node:fs/promises";
import { type ResultError, type ResultRow, shortFloat32 } from "@mmgan/core";
import { type AtomicFile, openAtomic, writeError, writeFileAtomic } from "@mmgan/node-io";
import { COLUMNS } from "./columns.js";
import { csvSink } from "./formats/csv.js";
import { jsonLinesSink } from "./formats/json-lines.js";
import { parquetSink } from "./formats/parquet.js";
import type { RowSink, SinkOptions } from "./formats/sink.js";
import { mustBeNames, type Names } from "./names.js";
import { errorsPathFor, type Format, formatOf, namesPathFor, type ResultsInfo } from "./results-file.js";

export interface WriteOptions {
  /** Of the run; null where it is not known. */
  readonly info: ResultsInfo | null;
  /** Cluster -> name. Rows are named by them alone. Default none. */
  readonly names?: Names;
  /** With the column `sha256`, which every row must have then. Default false. */
  readonly sha256?: boolean;
  /** With `probabilities`, so many in every row: K of the model. Default 0, none. */
  readonly probabilities?: number;
}

/** Rows being written; nothing is seen under the files' names before `commit`. */
export interface ResultsWriter {
  /** Where the errors go. The file exists after `commit` only when there were errors. */
  readonly errorsPath: string;
  row(row: ResultRow): Promise<void>;
  error(row: ResultError): Promise<void>;
  commit(): Promise<{ rows: number; errors: number }>;
  /** Drops what was written. Does nothing after `commit`. */
  abort(): Promise<void>;
}

const SINKS: Record<Format, (file: AtomicFile, options: SinkOptions) => RowSink> = {
  csv: csvSink,
  jsonl: jsonLinesSink,
  parquet: parquetSink,
};
const FLOATS = COLUMNS.filter(({ type }) => type === "float").map(({ name }) => name);

/**
 * Opens `path`, its errors list and its names for writing. The same rows and options give the same bytes.
 *
 * @throws ArgumentError for an extension other than .csv, .jsonl, .parquet, for names that are none or a path that
 *   cannot be written; DiskFullError; from `commit` also for a file of an earlier run that cannot be removed
 */
export async function openResults(path: string, options: WriteOptions): Promise<ResultsWriter> {
  const { info, sha256 = false, probabilities = 0 } = options;
  const format = formatOf(path);
  const names = mustBeNames(options.names ?? {}, info?.model.clusters, "names");
  const named = Object.keys(names).length > 0;
  const keyValues = new Map<string, string>();
  if (info) keyValues.set("mmgan.run", JSON.stringify(info));
  if (named) keyValues.set("mmgan.names", JSON.stringify(names));
  const errorsPath = errorsPathFor(path);
  const results = await openAtomic(path);
  const sink = SINKS[format](results, { probabilities, sha256, keyValues });
  let failures: AtomicFile | undefined;
  let rows = 0;
  let errors = 0;
  return {
    errorsPath,
    async row(row) {
      rows++;
      await sink.row(rounded({ ...row, name: names[row.cluster] ?? null }));
    },
    async error({ path, code, reason }) {
      failures ??= await openAtomic(errorsPath);
      errors++;
      await failures.write(`${JSON.stringify({ path, code, reason })}\n`);
    },
    async commit() {
      await sink.end();
      // What goes with the results first: whoever sees new ones sees their errors too, and never an older list.
      if (failures) await failures.commit();
      else await removeFile(errorsPath);
      if (named) await writeFileAtomic(namesPathFor(path), `${JSON.stringify(names, null, 2)}\n`);
      else await removeFile(namesPathFor(path));
      await results.commit();
      return { rows, errors };
    },
    async abort() {
      await results.abort();
      await failures?.abort();
    },
  };
}

/** Every number as a float32 holds it, so that all formats say the same. */
function rounded(row: ResultRow): ResultRow {
  const numbers: Record<string, number | null> = {};
  for (const name of FLOATS) {
    const value = row[name] as number | null;
    numbers[name] = value === null ? null : shortFloat32(value);
  }
  const { probabilities } = row;
  return { ...row, ...numbers, ...(probabilities && { probabilities: probabilities.map(shortFloat32) }) };
}

/** Deletes a file that may be absent. */
async function removeFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
  } catch (cause) {
    throw writeError(cause, path);
  }
}
