/** Generated points as a file of rows: CSV or JSON Lines by extension. */

import { extname } from "node:path";
import { ArgumentError, expected } from "@mmgan/core";
import { openAtomic } from "@mmgan/node-io";
import { stringify } from "csv-stringify/sync";

/** A row: column name -> value. All rows of a file have the same columns. */
export type PointRow = Record<string, string | number>;

/** Rows being written; nothing is seen under the file's name before `commit`. */
export interface PointTable {
  row(row: PointRow): Promise<void>;
  commit(): Promise<void>;
  /** Drops the file. Does nothing after `commit`. */
  abort(): Promise<void>;
}

const FORMATS: Record<string, (row: PointRow, first: boolean) => string> = {
  ".csv": (row, first) => stringify([row], { header: first }),
  ".jsonl": (row) => `${JSON.stringify(row)}\n`,
};

/** @throws ArgumentError for another extension or a path that cannot be written */
export async function openPointTable(path: string): Promise<PointTable> {
  const format = FORMATS[extname(path).toLowerCase()];
  if (!format) throw new ArgumentError(expected("a file name ending in .csv or .jsonl", "--out", path));
  const file = await openAtomic(path);
  let rows = 0;
  return {
    row: (row) => file.write(format(row, rows++ === 0)),
    commit: () => file.commit(),
    abort: () => file.abort(),
  };
}
