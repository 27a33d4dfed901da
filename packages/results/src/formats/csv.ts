/** Results as CSV (RFC 4180, UTF-8, LF): a head, empty cells for null, paths that are no formulas. */

import { createReadStream } from "node:fs";
import type { ResultRow } from "@mmgan/core";
import { ResultsError } from "@mmgan/core";
import type { AtomicFile } from "@mmgan/node-io";
import { CsvError, parse } from "csv-parse";
import { stringify } from "csv-stringify/sync";
import { mustBeRow } from "../check-row.js";
import { COLUMNS, type ColumnType, columnsOf } from "../columns.js";
import { withFormula, withoutFormula } from "../formula.js";
import type { RowSink, SinkOptions } from "./sink.js";

/** Rows turned into text at a time. */
const ROWS_AT_ONCE = 256;

const READ: Record<ColumnType, (cell: string) => unknown> = {
  text: (cell) => cell,
  integer: number,
  float: number,
  // Spreadsheets write TRUE, pandas True.
  boolean: (cell) => ({ true: true, false: false })[cell.toLowerCase()] ?? cell,
};

/** Text that is no number stays text, for the message. */
function number(cell: string): number | string {
  const value = Number(cell);
  return cell.trim() === "" || Number.isNaN(value) ? cell : value;
}

/** @throws ResultsError naming line and column */
export async function* readCsv(path: string): AsyncGenerator<ResultRow, void, undefined> {
  const input = createReadStream(path);
  const parser = parse({ bom: true, columns: true, info: true, skip_empty_lines: true });
  input.on("error", (error) => parser.destroy(error));
  input.pipe(parser);
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: Record<string, string>;
      info: { lines: number };
    }>) {
      yield mustBeRow(typed(record), `line ${info.lines} of ${path}`);
    }
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new ResultsError(
      `${path} is no CSV as mmgan writes it: ${cause.message}. Make the file again with mmgan cluster, or undo the change.`,
      { cause },
    );
  } finally {
    input.destroy();
  }
}

function typed(cells: Readonly<Record<string, string>>): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const { name, type } of COLUMNS) {
    const cell = cells[name];
    if (cell !== undefined && cell !== "") values[name] = READ[type](cell);
  }
  if (typeof values.path === "string") values.path = withFormula(values.path);
  const probabilities: unknown[] = [];
  for (let k = 0; cells[`p${k}`] !== undefined; k++) probabilities.push(number(cells[`p${k}`]!));
  if (probabilities.length > 0) values.probabilities = probabilities;
  return values;
}

export function csvSink(file: AtomicFile, { probabilities = 0, ...options }: SinkOptions): RowSink {
  const columns = columnsOf(options);
  const head = [
    ...columns.map(({ name }) => name),
    ...Array.from({ length: probabilities }, (_, k) => `p${k}`),
  ];
  let pending: unknown[][] = [head];
  const write = async () => {
    const text = stringify(pending, {
      cast: { boolean: (value) => String(value) },
      // A lone CR too, which many readers take for the end of a row.
      quoted_match: /[\r\n]/,
    });
    pending = [];
    await file.write(text);
  };
  return {
    row: async (row) => {
      pending.push([
        ...columns.map(({ name }) => (name === "path" ? withoutFormula(row.path) : row[name])),
        ...(row.probabilities ?? []).slice(0, probabilities),
      ]);
      if (pending.length >= ROWS_AT_ONCE) await write();
    },
    end: write,
  };
}
