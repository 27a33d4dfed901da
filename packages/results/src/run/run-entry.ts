/** Lines of a run's file: what it was run with, then an input each. */

import type { ResultError, ResultRow } from "@mmgan/core";
import { parsed } from "../formats/json-lines.js";
import type { ResultsInfo } from "../results-file.js";

/** What rows depend on beside the model and the pictures: option -> value. */
export type RunOptions = Readonly<Record<string, string | number | boolean | null>>;

/** The first line. */
export interface RunHead extends ResultsInfo {
  readonly options: RunOptions;
}

/** An input, told from a changed one of the same path. */
export interface RunItem {
  readonly path: string;
  /** Of the encoded file, in bytes. */
  readonly size: number;
  /** When it was last changed, in milliseconds since 1970. */
  readonly mtimeMs: number;
}

/** What came of an input. */
export type RunResult = { readonly row: ResultRow } | { readonly error: ResultError };

/** Errors that hang on the picture's bytes alone: the same bytes give them again. */
const OF_BYTES = /^E_IMAGE_/;

/** @param item - undefined where the input could not be reached */
export function entryLine(path: string, item: Omit<RunItem, "path"> | undefined, result: RunResult): string {
  const { size = null, mtimeMs = null } = item ?? {};
  const what =
    "row" in result
      ? { row: { ...result.row, path: undefined, name: undefined } }
      : { error: { code: result.error.code, reason: result.error.reason } };
  return `${JSON.stringify({ path, size, mtimeMs, ...what })}\n`;
}

/** The last line of a whole run. */
export const finishedLine = (inputs: number): string => `${JSON.stringify({ finished: { inputs } })}\n`;

export const isFinished = (text: string): boolean => /^\{"finished":\{"inputs":\d+\}\}\n$/.test(text);

/** The path of a line as `entryLine` writes it; undefined for any other. */
export function entryPath(text: string): string | undefined {
  const value = parsed(text);
  return typeof value?.path === "string" && ("row" in value || "error" in value) ? value.path : undefined;
}

/** What the line says of `item`: undefined when it is of another path, of other bytes, or worth another try. */
export function resultOf(text: string, { path, size, mtimeMs }: RunItem): RunResult | undefined {
  const value = parsed(text);
  if (value?.path !== path || value.size !== size || value.mtimeMs !== mtimeMs) return undefined;
  if (value.row) return { row: { ...(value.row as ResultRow), path, name: null } };
  const error = value.error as ResultError;
  return OF_BYTES.test(error.code) ? { error: { path, code: error.code, reason: error.reason } } : undefined;
}
