/** Makes a folder of every cluster: pictures copied, linked or moved, with a journal by which it is undone. */

import { mkdir, readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import {
  FolderInUseError,
  InterruptedError,
  type ResultError,
  type ResultRow,
  ResultsError,
  type RowError,
  rowError,
} from "@mmgan/core";
import { errorCode, fileProblem, type Lock, lockFile, syncFolder, writeError } from "@mmgan/node-io";
import { readResults } from "../read-results.js";
import type { Results } from "../results-file.js";
import { clustersOf } from "../review/rewrite-results.js";
import { FileNames, folderNames, SORT_JOURNAL } from "./folder-names.js";
import { addLines, beginJournal, SORT_SCHEMA, type SortEntry } from "./journal.js";
import { maybeStat, place, type SortMode } from "./place.js";
import { mustBeOutside, sourceFolder } from "./source-folders.js";

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
  /** Pictures that stayed where they are, and why. Codes as in an errors list. */
  readonly failures: readonly ResultError[];
}

/** Pictures journalled at a time: on the disk before the first of them is touched. */
const AT_ONCE = 256;

/**
 * Sorts the pictures of a results file into `to/NAME/`, whatever sub-folders they came from. Pictures that are gone, or lie
 * in an archive, are told in `failures`; the others are sorted all the same. What is wrong with the results or with `to` is
 * found before a picture is touched.
 *
 * @throws FolderInUseError when `to` holds files, or another process sorts into it; ArgumentError when `to` is a folder that
 *   pictures came from, lies in one, or cannot be written; ResultsError when `path` cannot be read; DiskFullError;
 *   InterruptedError. What is sorted by then stays, and `undoSort` takes it back
 */
export async function sortPictures(path: string, options: SortOptions): Promise<SortSummary> {
  const { mode, root, signal, onPicture } = options;
  const results = await readResults(path, root === undefined ? {} : { root });
  const to = resolve(options.to);
  const folders = folderNames(await clustersOf(path), results.names);
  await mustBeOutside(to, await sourceFolders(path, results, folders.length));
  const journal = join(to, SORT_JOURNAL);
  const lock = await lockEmpty(to, journal);
  const names = folders.map(() => new FileNames());
  const counts: Record<string, number> = {};
  const failures: ResultError[] = [];
  let [done, pictures] = [0, 0];
  const file = await beginJournal(journal, {
    ...{ schema: SORT_SCHEMA, mode, results: resolve(path), to, pid: process.pid },
  }).catch(async (cause) => {
    await lock.release();
    throw writeError(cause, to);
  });
  const sortAll = async (planned: readonly Planned[]) => {
    await addLines(
      file,
      planned.map(({ from, folder, name }): SortEntry => ({ from, to: `${folder}/${name}` })),
    );
    for (const { row, from, folder, name } of planned) {
      mustGoOn(signal, pictures, journal);
      await mkdir(join(to, folder), { recursive: true });
      try {
        await place(mode, from, join(to, folder, name));
        counts[folder] = (counts[folder] ?? 0) + 1;
        pictures++;
      } catch (cause) {
        const error = await pictureProblem(cause, from);
        if (!error) throw cause;
        failures.push({ path: row.path, ...error });
      }
      onPicture?.(++done);
    }
  };
  try {
    let planned: Planned[] = [];
    for await (const row of results.rows()) {
      mustGoOn(signal, pictures, journal);
      const from = resolve(results.fileOf(row));
      const error = await problemOf(from, mode);
      if (error) {
        failures.push({ path: row.path, ...error });
        onPicture?.(++done);
        continue;
      }
      planned.push({ row, from, folder: folders[row.cluster]!, name: names[row.cluster]!.take(row.path) });
      if (planned.length < AT_ONCE) continue;
      await sortAll(planned);
      planned = [];
    }
    if (planned.length > 0) await sortAll(planned);
    await syncFolder(to);
    return { mode, to, journal, pictures, folders: counts, failures };
  } catch (cause) {
    throw writeError(cause, to);
  } finally {
    await file.close();
    await lock.release();
  }
}

interface Planned {
  readonly row: ResultRow;
  readonly from: string;
  readonly folder: string;
  readonly name: string;
}

/** The folders that pictures came from. Checks every row on the way. */
async function sourceFolders(path: string, results: Results, clusters: number): Promise<Set<string>> {
  const found = new Set<string>();
  for await (const row of results.rows()) {
    if (row.cluster >= clusters)
      throw new ResultsError(
        `Expected a cluster from 0 to ${clusters - 1} for ${row.path} of ${path} but received ${row.cluster}. Make the file again with mmgan cluster, or undo the change.`,
      );
    found.add(sourceFolder(row.path, resolve(results.fileOf(row))));
  }
  return found;
}

function mustGoOn(signal: AbortSignal | undefined, pictures: number, journal: string): void {
  if (signal?.aborted)
    throw new InterruptedError(
      `Stopped after ${pictures} pictures. mmgan sort --undo ${journal} takes them back.`,
    );
}

/** Why a picture cannot be sorted; undefined where it can. */
async function problemOf(from: string, mode: SortMode): Promise<RowError | undefined> {
  try {
    const found = await maybeStat(from);
    if (!found) return rowError("E_FILE_MISSING", "it is gone, or lies in an archive");
    if (mode === "move" && found.isSymbolicLink())
      return rowError("E_FILE_KIND", "it is a symbolic link, which may lead nowhere from another folder");
    return (await stat(from)).isFile() ? undefined : rowError("E_FILE_KIND");
  } catch (cause) {
    return fileProblem(cause);
  }
}

/** The row's error where the picture alone is the matter; undefined where it is the folder sorted into. */
async function pictureProblem(cause: unknown, from: string): Promise<RowError | undefined> {
  const code = errorCode(cause);
  if (code === "ENOENT" && !(await maybeStat(from))) return fileProblem(cause);
  return code === "EACCES" || code === "EPERM" ? fileProblem(cause) : undefined;
}

/** Locks the journal of a folder that holds nothing. */
async function lockEmpty(to: string, journal: string): Promise<Lock> {
  const lock = await lockFile(journal);
  try {
    const lockName = `${basename(journal)}.lock`;
    const found = (await readdir(dirname(journal))).filter((name) => name !== lockName);
    if (found.length === 0) return lock;
    throw new FolderInUseError(
      found.includes(SORT_JOURNAL)
        ? `Expected an empty folder for ${to} but pictures were sorted into it before. Name another folder, or take that back: mmgan sort --undo ${journal}.`
        : `Expected an empty folder for ${to} but it holds ${found[0]}. Name another folder.`,
    );
  } catch (cause) {
    await lock.release();
    throw writeError(cause, to);
  }
}
