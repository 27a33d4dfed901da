/** Results as JSON Lines: an object a row. */

import { type ResultRow, ResultsError } from "@mmgan/core";
import type { AtomicFile } from "@mmgan/node-io";
import { mustBeRow } from "../check-row.js";
import { columnsOf } from "../columns.js";
import { readLines } from "../lines.js";
import type { RowSink, SinkOptions } from "./sink.js";

/** @throws ResultsError naming line and column */
export async function* readJsonLines(path: string): AsyncGenerator<ResultRow, void, undefined> {
  for await (const { value, where } of readObjects(path)) yield mustBeRow(value, where);
}

/**
 * The objects of a file with one a line; empty lines are passed over.
 *
 * @throws ResultsError naming the line that is none
 */
export async function* readObjects(
  path: string,
): AsyncGenerator<{ value: Record<string, unknown>; where: string }, void, undefined> {
  let number = 0;
  for await (const { text } of readLines(path)) {
    const where = `line ${++number} of ${path}`;
    if (text.trim() === "") continue;
    const value = parsed(text);
    if (value === undefined)
      throw new ResultsError(
        `Expected a JSON object for ${where} but received ${text.slice(0, 80)}. Make the file again with mmgan cluster, or undo the change.`,
      );
    yield { value, where };
  }
}

/** The object that `text` is, or undefined. */
export function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

export function jsonLinesSink(file: AtomicFile, options: SinkOptions): RowSink {
  const keys: string[] = columnsOf(options).map(({ name }) => name);
  if (options.probabilities) keys.push("probabilities");
  return {
    // The list of keys also fixes their order.
    row: (row) => file.write(`${JSON.stringify(row, keys)}\n`),
    end: async () => {},
  };
}
