/** Makes a folder of every cluster: pictures copied, linked or moved, with a journal by which it is undone. */

import { type FileHandle, mkdir, open, readdir } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { ArgumentError, FolderInUseError, InterruptedError, ResultsError } from "@mmgan/core";
import { errorCode, syncFolder, writeError } from "@mmgan/node-io";
import { readResults } from "../read-results.js";
import { clustersOf } from "../review/rewrite-results.js";
import { FileNames, folderNames } from "./folder-names.js";
import { place, type SortMode } from "./place.js";

/** Name of the journal in the sorted folder. */
export const SORT_JOURNAL = "mmgan-sort.jsonl";
export const SORT_SCHEMA = "1.0.0";

/** First line of the journal. One line a picture follows, written before the picture is touched. */
export interface SortHead {
  readonly schema: string;
  readonly mode: SortMode;
  readonly results: string;
}

/** A picture in the journal: absolute paths. */
export interface SortEntry {
  readonly from: string;
  readonly to: string;
}

export interface SortOptions {
  readonly mode: SortMode;
  /** Folder to make; it must be empty, or not exist. */
  readonly to: string;
  /** The folder that the pictures lie in now. Default where they lay when they were clustered. */
  readonly root?: string;
  /** Stops between two pictures, with InterruptedError. */
  readonly signal?: AbortSignal;
  readonly onPicture?: (done: number) => void;
}

export interface SortSummary {
  readonly mode: SortMode;
  readonly to: string;
  readonly journal: string;
  readonly pictures: number;
  /** Folder -> pictures in it. */
  readonly folders: Readonly<Record<string, number>>;
  /** Pictures that stayed where they are, and why. */
  readonly failures: readonly { readonly path: string; readonly code: string; readonly reason: string }[];
}

/** Lines of the journal forced to the disk at a time: what a power cut leaves unknown to it. A kill leaves nothing. */
const SYNC_EVERY = 256;

/**
 * Sorts the pictures of a results file into `to/NAME/`, whatever sub-folders they came from. Pictures that are gone, or lie
 * in an archive, are told in `failures`; the others are sorted all the same.
 *
 * @throws FolderInUseError when `to` holds files; ArgumentError when `to` is the pictures' folder or, but for moves, lies in
 *   it, or cannot be written; ResultsError when `path` cannot be read; DiskFullError; InterruptedError
 */
export async function sortPictures(path: string, options: SortOptions): Promise<SortSummary> {
  const { mode, root, signal, onPicture } = options;
  const results = await readResults(path, root === undefined ? {} : { root });
  const to = resolve(options.to);
  mustBeElsewhere(to, root ?? results.info?.root ?? null, mode);
  const folders = folderNames(await clustersOf(path), results.names);
  const journal = join(to, SORT_JOURNAL);
  const file = await begin(to, journal, { schema: SORT_SCHEMA, mode, results: resolve(path) });
  const names = new Map<number, FileNames>();
  const counts: Record<string, number> = {};
  const failures: { path: string; code: string; reason: string }[] = [];
  let pictures = 0;
  let done = 0;
  try {
    for await (const row of results.rows()) {
      if (signal?.aborted)
        throw new InterruptedError(
          `Stopped after ${pictures} pictures. mmgan sort --undo ${journal} takes them back.`,
        );
      const folder = folders[row.cluster];
      if (folder === undefined)
        throw new ResultsError(`${row.path} of ${path} is in cluster ${row.cluster}, which does not exist.`);
      if (!names.has(row.cluster)) {
        names.set(row.cluster, new FileNames());
        await mkdir(join(to, folder), { recursive: true });
      }
      const from = resolve(results.fileOf(row));
      const target = join(to, folder, names.get(row.cluster)!.take(row.path));
      await file.write(`${JSON.stringify({ from, to: target } satisfies SortEntry)}\n`);
      if (++done % SYNC_EVERY === 0) await file.datasync();
      try {
        await place(mode, from, target);
        counts[folder] = (counts[folder] ?? 0) + 1;
        pictures++;
      } catch (cause) {
        const code = errorCode(cause);
        if (code !== "ENOENT" && code !== "ENOTDIR" && code !== "EACCES" && code !== "EPERM") throw cause;
        failures.push({ path: row.path, code, reason: reasonOf(code) });
      }
      onPicture?.(done);
    }
    await file.datasync();
    await syncFolder(to);
    return { mode, to, journal, pictures, folders: counts, failures };
  } catch (cause) {
    throw writeError(cause, to);
  } finally {
    await file.close();
  }
}

const reasonOf = (code: string) =>
  code === "ENOENT" || code === "ENOTDIR"
    ? "the file does not exist any more, or lies in an archive"
    : "there is no permission to read or move it";

async function begin(to: string, journal: string, head: SortHead): Promise<FileHandle> {
  try {
    await mkdir(to, { recursive: true });
    const found = await readdir(to);
    if (found.length > 0)
      throw new FolderInUseError(
        `${to} is not empty${found.includes(SORT_JOURNAL) ? ": pictures were sorted into it before" : ""}. Name another folder.`,
      );
    const file = await open(journal, "wx");
    await file.write(`${JSON.stringify(head)}\n`);
    await file.datasync();
    return file;
  } catch (cause) {
    throw writeError(cause, to);
  }
}

/** Copies inside the folder of the pictures would be pictures of it the next time. */
function mustBeElsewhere(to: string, root: string | null, mode: SortMode): void {
  if (root === null) return;
  const inside = relative(root, to);
  const outside = inside.startsWith("..") || isAbsolute(inside);
  if (outside || (mode === "move" && inside !== "")) return;
  throw new ArgumentError(
    `Expected a folder outside of the pictures' own, ${root}, but received ${to}: ${mode === "move" ? "it is the same" : "what lies in it would be clustered again"}. Name another folder.`,
  );
}

/** The folder a journal stands in. */
export const sortedFolder = (journal: string): string => dirname(resolve(journal));
