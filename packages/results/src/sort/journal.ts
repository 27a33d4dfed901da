/** The journal of a sorted folder: what was put where, said before it was done, so that it can be taken back. */

import { type FileHandle, open } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { expected, ResultsError } from "@mmgan/core";
import { errorCode } from "@mmgan/node-io";
import { parsed } from "../formats/json-lines.js";
import { readLines } from "../lines.js";
import { SORT_JOURNAL } from "./folder-names.js";
import { SORT_MODES, type SortMode } from "./place.js";

export const SORT_SCHEMA = "1.0.0";

/** First line of the journal. A line follows for each picture, on the disk before the picture is touched. */
export interface SortHead {
  readonly schema: string;
  readonly mode: SortMode;
  /** Absolute: the results that were sorted by, and the folder that was sorted into. */
  readonly results: string;
  readonly to: string;
  /** The process that sorted, whose unfinished copies can be told by it. */
  readonly pid: number;
}

/** A picture in the journal. */
export interface SortEntry {
  /** Absolute. */
  readonly from: string;
  /** Relative to the journal's folder, which may be moved; "/" on every system. */
  readonly to: string;
}

/** Starts a journal. Throws the system's error. */
export async function beginJournal(path: string, head: SortHead): Promise<FileHandle> {
  const file = await open(path, "wx");
  await addLines(file, [head]);
  return file;
}

/** Adds lines, and returns when they are on the disk. */
export async function addLines(file: FileHandle, lines: readonly (SortHead | SortEntry)[]): Promise<void> {
  await file.writeFile(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  await file.datasync();
}

/** @throws ResultsError when it does not exist, is no journal, or of a newer schema */
export async function readJournal(path: string): Promise<{ head: SortHead; entries: SortEntry[] }> {
  const entries: SortEntry[] = [];
  let head: SortHead | undefined;
  try {
    for await (const { text, whole } of readLines(path)) {
      // A kill can tear the last line: its picture was not touched yet.
      if (!whole) break;
      const value = parsed(text);
      if (!head) head = mustBeHead(value, path);
      else if (typeof value?.from === "string" && typeof value.to === "string")
        entries.push({ from: value.from, to: value.to });
    }
  } catch (cause) {
    const code = errorCode(cause);
    if (code === undefined) throw cause;
    if (code !== "ENOENT")
      throw new ResultsError(`${path} cannot be read: ${(cause as Error).message}.`, { cause });
  }
  if (head) return { head, entries };
  throw new ResultsError(
    `Expected the journal of a sorted folder for ${path} but it does not exist or is empty. It lies in the folder and is called ${SORT_JOURNAL}.`,
  );
}

/** Where the picture of an entry was put. */
export const placeOf = (journal: string, { to }: SortEntry): string =>
  join(dirname(resolve(journal)), ...to.split("/"));

function mustBeHead(value: Record<string, unknown> | undefined, path: string): SortHead {
  const { schema, mode, to, pid } = value ?? {};
  const known =
    typeof schema === "string" &&
    schema.split(".")[0] === SORT_SCHEMA.split(".")[0] &&
    SORT_MODES.includes(mode as SortMode) &&
    typeof to === "string" &&
    Number.isSafeInteger(pid);
  if (known) return value as unknown as SortHead;
  throw new ResultsError(
    expected(
      `a journal of mmgan sort, schema ${SORT_SCHEMA}`,
      path,
      value ?? "no JSON",
      `Name ${SORT_JOURNAL}`,
    ),
  );
}
