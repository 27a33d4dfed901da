/** Takes back what `sortPictures` did, also where it was killed half way. */

import { lstat, mkdir, rm, rmdir } from "node:fs/promises";
import { dirname } from "node:path";
import { expected, InterruptedError, ResultsError } from "@mmgan/core";
import { errorCode, writeError } from "@mmgan/node-io";
import { parsed } from "../formats/json-lines.js";
import { readLines } from "../lines.js";
import { moveTo, SORT_MODES } from "./place.js";
import { SORT_SCHEMA, type SortEntry, type SortHead, sortedFolder } from "./sort-pictures.js";

export interface UndoSummary {
  readonly mode: SortHead["mode"];
  /** Pictures moved back, or copies and links removed. */
  readonly pictures: number;
  /** What cannot be taken back, and why: nothing of it was touched. */
  readonly left: readonly { readonly path: string; readonly reason: string }[];
}

/**
 * Moves pictures back, or removes copies and links, the last one first; then the empty folders and the journal go. What a
 * person changed or put there since stays, and then so does the journal. Can be stopped and called again.
 *
 * @param journal - "mmgan-sort.jsonl" of the sorted folder
 * @throws ResultsError when it is no such file; InterruptedError; ArgumentError when a folder cannot be written
 */
export async function undoSort(
  journal: string,
  { signal, onPicture }: { signal?: AbortSignal; onPicture?: (done: number, total: number) => void } = {},
): Promise<UndoSummary> {
  const { head, entries } = await readJournal(journal);
  const left: { path: string; reason: string }[] = [];
  let pictures = 0;
  try {
    for (const [i, entry] of entries.reverse().entries()) {
      if (signal?.aborted) throw new InterruptedError(`Stopped after ${pictures} pictures. Run it again.`);
      const reason = await takeBack(head.mode, entry);
      if (reason === "done") pictures++;
      else if (reason !== "nothing to do") left.push({ path: entry.to, reason });
      onPicture?.(i + 1, entries.length);
    }
    if (left.length === 0) {
      await rm(journal);
      for (const folder of new Set([...entries.map(({ to }) => dirname(to)), sortedFolder(journal)]))
        await rmdir(folder).catch((cause) => {
          if (!["ENOTEMPTY", "EEXIST", "ENOENT"].includes(errorCode(cause) ?? "")) throw cause;
        });
    }
  } catch (cause) {
    throw writeError(cause, sortedFolder(journal));
  }
  return { mode: head.mode, pictures, left };
}

/** "done", "nothing to do" where the picture was not placed or is back already, or what stands in the way. */
async function takeBack(mode: SortHead["mode"], { from, to }: SortEntry): Promise<string> {
  const [old, placed] = [await maybeStat(from), await maybeStat(to)];
  if (!placed) return "nothing to do";
  if (mode === "move") {
    if (!old) {
      await mkdir(dirname(from), { recursive: true });
      await moveTo(to, from);
      return "done";
    }
    // Killed between the copy to another file system and the removal: both are whole.
    if (old.size !== placed.size) return `${from} is there again and is another file`;
  } else if (!placed.isSymbolicLink() && old && placed.size !== old.size)
    return "it was changed since it was sorted";
  await rm(to);
  return "done";
}

async function maybeStat(path: string) {
  try {
    return await lstat(path);
  } catch (cause) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(cause) ?? "")) return undefined;
    throw cause;
  }
}

async function readJournal(path: string): Promise<{ head: SortHead; entries: SortEntry[] }> {
  const entries: SortEntry[] = [];
  let head: SortHead | undefined;
  try {
    for await (const { text, whole } of readLines(path)) {
      const value = parsed(text);
      if (!head) head = mustBeHead(value, path);
      // A kill can tear the last line: its picture was not touched yet.
      else if (whole && typeof value?.from === "string" && typeof value.to === "string")
        entries.push({ from: value.from, to: value.to });
    }
  } catch (cause) {
    if (errorCode(cause) !== "ENOENT") throw cause;
  }
  if (!head)
    throw new ResultsError(
      `Expected the journal of a sorted folder for ${path} but it does not exist. It lies in the folder and is called mmgan-sort.jsonl.`,
    );
  return { head, entries };
}

function mustBeHead(value: Record<string, unknown> | undefined, path: string): SortHead {
  const { schema, mode } = value ?? {};
  const known =
    typeof schema === "string" &&
    schema.split(".")[0] === SORT_SCHEMA.split(".")[0] &&
    SORT_MODES.includes(mode as SortHead["mode"]);
  if (known) return value as unknown as SortHead;
  throw new ResultsError(
    expected(
      `a journal of mmgan sort, schema ${SORT_SCHEMA}`,
      path,
      value ?? "no JSON",
      "Name mmgan-sort.jsonl",
    ),
  );
}
