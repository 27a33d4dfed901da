/** Tables of any columns: CSV or JSON Lines by extension. Results of clustering have their own package. */

import { extname } from "node:path";
import { ArgumentError, expected } from "@mmgan/core";
import { openAtomic } from "@mmgan/node-io";
import { stringify } from "csv-stringify/sync";

/** A row: column name -> value. All rows of a file have the same columns. */
export type Row = Record<string, string | number>;

/** Rows being written; nothing is seen under the file's name before `commit`. */
export interface TableFile {
  row(row: Row): Promise<void>;
  commit(): Promise<void>;
  /** Drops the file. Does nothing after `commit`. */
  abort(): Promise<void>;
}

const FORMATS: Record<string, (row: Row, first: boolean) => string> = {
  ".csv": (row, first) => stringify([row], { header: first }),
  ".jsonl": (row) => `${JSON.stringify(row)}\n`,
};

/** @throws ArgumentError unless `path` ends in .csv or .jsonl, and for one that cannot be written */
export async function openTable(path: string): Promise<TableFile> {
  const format = FORMATS[extname(path).toLowerCase()];
  if (format === undefined)
    throw new ArgumentError(expected("a file name ending in .csv or .jsonl", "--out", path));
  const { write, commit, abort } = await openAtomic(path);
  let first = true;
  return {
    async row(row) {
      await write(format(row, first));
      first = false;
    },
    commit,
    abort,
  };
}
