/** Takes back what `sortPictures` did, also where it was killed half way. */

import type { Stats } from "node:fs";
import { mkdir, readlink, realpath, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { InterruptedError } from "@mmgan/core";
import { errorCode, lockFile, removeTemporaries, sha256File, writeError } from "@mmgan/node-io";
import { placeOf, readJournal, type SortEntry, type SortHead } from "./journal.js";
import { linkText, maybeStat, moveTo } from "./place.js";

export interface UndoSummary {
  readonly mode: SortHead["mode"];
  /** Pictures moved back, or copies and links removed. */
  readonly pictures: number;
  /** What cannot be taken back, and why: nothing of it was touched. */
  readonly left: readonly { readonly path: string; readonly reason: string }[];
}

/** Between a copy's time and its original's, in milliseconds: `utimes` cuts what is finer. */
const SAME_TIME_MS = 2;

/**
 * Moves pictures back, or removes copies and links, the last one first; then the empty folders and the journal go. What a
 * person changed or put there since stays, and then so does the journal. No file is removed unless its bytes are in the other
 * place. Can be stopped, or killed, and called again; the sorted folder may have been moved.
 *
 * @param journal - "mmgan-sort.jsonl" of the sorted folder
 * @throws ResultsError when it is no such file; FolderInUseError while pictures are still sorted; InterruptedError;
 *   ArgumentError when a folder cannot be written
 */
export async function undoSort(
  journal: string,
  { signal, onPicture }: { signal?: AbortSignal; onPicture?: (done: number, total: number) => void } = {},
): Promise<UndoSummary> {
  const folder = dirname(resolve(journal));
  await readJournal(journal);
  const lock = await lockFile(journal);
  const left: { path: string; reason: string }[] = [];
  let pictures = 0;
  try {
    // Anew: another process may have undone some of it meanwhile.
    const { head, entries } = await readJournal(journal);
    await removeTemporaries(folder, head.pid);
    for (const [i, entry] of entries.reverse().entries()) {
      if (signal?.aborted)
        throw new InterruptedError(
          `Stopped after ${pictures} pictures. The same command goes on from there.`,
        );
      const placed = placeOf(journal, entry);
      const outcome = await takeBack(head, entry, placed);
      if (outcome === DONE) pictures++;
      else if (outcome !== NOTHING) left.push({ path: placed, reason: outcome });
      onPicture?.(i + 1, entries.length);
    }
    if (left.length === 0) {
      for (const used of new Set(entries.map((entry) => dirname(placeOf(journal, entry)))))
        await removeEmpty(used);
      await rm(journal);
    }
    await lock.release();
    if (left.length === 0) await removeEmpty(folder);
    return { mode: head.mode, pictures, left };
  } catch (cause) {
    throw writeError(cause, folder);
  } finally {
    await lock.release();
  }
}

/** The picture is back. */
const DONE = "done";
/** It was never placed, or is back already. */
const NOTHING = "nothing";

/** @returns DONE, NOTHING, or what stands in the way */
async function takeBack(head: SortHead, { from, to }: SortEntry, placed: string): Promise<string> {
  const [there, original] = [await maybeStat(placed), await maybeStat(from)];
  if (!there) return original ? NOTHING : "it is neither here nor where it came from";
  if (head.mode === "move" && !original) {
    await mkdir(dirname(from), { recursive: true });
    await moveTo(placed, from);
    return DONE;
  }
  if (head.mode === "link" && there.isSymbolicLink()) {
    // As it was made, wherever the folder lies now.
    if ((await readlink(placed)) !== linkText(from, join(head.to, ...to.split("/"))))
      return "it is another link than was made";
    await rm(placed);
    return DONE;
  }
  if (!there.isFile()) return "it is no file any more";
  const target = await stat(from).catch(() => undefined);
  if (!target?.isFile()) return `${from} is gone: this is what is left of it`;
  if ((await realpath(from)) === (await realpath(placed))) return `${from} is a link to it`;
  // After a move that was killed between the copy to another file system and the removal both are whole.
  if (!(await isSame(head.mode, [placed, there], [from, target])))
    return head.mode === "move"
      ? `${from} is there again and is another picture`
      : "it or its original was changed since";
  await rm(placed);
  return DONE;
}

/** Whether two files hold the same bytes. Of a copy, its time tells. */
async function isSame(
  mode: SortHead["mode"],
  [a, first]: [string, Stats],
  [b, second]: [string, Stats],
): Promise<boolean> {
  if (first.size !== second.size) return false;
  if (first.dev === second.dev && first.ino === second.ino && first.ino !== 0) return true;
  if (mode === "copy" && Math.abs(first.mtimeMs - second.mtimeMs) < SAME_TIME_MS) return true;
  return (await sha256File(a)) === (await sha256File(b));
}

async function removeEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (cause) {
    if (!["ENOTEMPTY", "EEXIST", "ENOENT"].includes(errorCode(cause) ?? "")) throw cause;
  }
}
