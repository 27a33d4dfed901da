/** Folders that appear whole or not at all: written under a temporary name beside the place, then renamed into it. */

import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { ArgumentError, FolderInUseError } from "@mmgan/core";
import { existing, syncFolder, TEMPORARY, temporaryName, writeSynced } from "./atomic.js";
import { errorCode, writeError } from "./file-errors.js";

/** Files in the way that a message names. */
const SHOWN = 3;

/** A folder being written under a temporary name. */
export interface AtomicFolder {
  /** Where it is written: files may be put there by other means too. */
  readonly path: string;
  /** Writes one new file through to the disk, its sub-folders made. `name` is relative, with "/" on every system. */
  write(name: string, data: Uint8Array | string): Promise<void>;
  /** Makes the folder appear under its name, in the place of the old one. */
  commit(): Promise<void>;
  /** Drops what was written; the old folder stays. Does nothing after `commit`. */
  abort(): Promise<void>;
}

/**
 * Opens a folder for writing file by file; nothing is seen under that name before `commit`, and what is written is not
 * held in memory. An existing folder is replaced only where all that it holds is its own. While an old folder is
 * swapped for the new one there is a moment between two renames without a folder of that name; a crash just then
 * leaves the old one beside it as `.mmgan-*.tmp`. Call `abort` in a `finally`.
 *
 * @param folder - where; its parents are made
 * @param isOwn - whether a file of the existing folder may go: its path in it, with "/" on every system
 * @throws FolderInUseError when the folder holds other files, now or at `commit`; DiskFullError; ArgumentError for an
 *   unwritable path
 */
export async function openFolderAtomic(
  folder: string,
  isOwn: (file: string) => boolean | Promise<boolean>,
): Promise<AtomicFolder> {
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      throw writeError(cause, folder);
    }
  };
  const target = (await existing(folder)) ?? resolve(folder);
  const temporary = join(dirname(target), temporaryName());
  const made = new Set([temporary]);
  let open = true;
  const abort = async (): Promise<void> => {
    if (open) await rm(temporary, { recursive: true, force: true });
    open = false;
  };

  await guard(async () => {
    await mustBeReplaceable(folder, target, isOwn);
    await mkdir(dirname(target), { recursive: true });
    await mkdir(temporary);
  });

  return {
    path: temporary,
    write: (name, data) =>
      guard(async () => {
        const path = join(temporary, name);
        if (!path.startsWith(temporary + sep)) throw new Error(`${name} leaves the folder ${folder}`);
        if (!made.has(dirname(path))) await mkdir(dirname(path), { recursive: true });
        made.add(dirname(path));
        await writeSynced(path, data);
      }),
    commit: async () => {
      try {
        await guard(async () => {
          for (const path of made) await syncFolder(path);
          if (await mustBeReplaceable(folder, target, isOwn)) await swap(temporary, target);
          else await rename(temporary, target);
          open = false;
          await syncFolder(dirname(target));
        });
      } finally {
        await abort();
      }
    },
    abort,
  };
}

/**
 * Makes a whole folder appear, or nothing; for few and small files. An existing folder is replaced only when it is
 * empty or holds nothing but an older version of the same: each of its files is named in `files` or in its own
 * manifest.json. Otherwise as `openFolderAtomic`.
 *
 * @param folder - where; its parents are made
 * @param files - plain file names with their bytes
 * @throws FolderInUseError when the folder holds other files, DiskFullError, ArgumentError for an unwritable path
 */
export async function writeFolderAtomic(
  folder: string,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  for (const name of files.keys())
    if (name === "" || name === "." || name === ".." || /[/\\]/.test(name))
      throw new ArgumentError(
        `Expected plain file names for ${folder} but received ${JSON.stringify(name)}.`,
      );
  const isOwn = async (file: string) => files.has(file) || (await manifestFiles(folder)).includes(file);
  const opened = await openFolderAtomic(folder, isOwn);
  try {
    for (const [name, bytes] of files) await opened.write(name, bytes);
    await opened.commit();
  } finally {
    await opened.abort();
  }
}

/** False when there is nothing to replace. */
async function mustBeReplaceable(
  folder: string,
  target: string,
  isOwn: (file: string) => boolean | Promise<boolean>,
): Promise<boolean> {
  const others: string[] = [];
  try {
    for await (const name of filesBelow(target)) {
      if (TEMPORARY.test(name.split("/")[0]!) || (await isOwn(name))) continue;
      if (others.push(name) > SHOWN) break;
    }
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return false;
    throw cause;
  }
  if (others.length > 0)
    throw new FolderInUseError(
      `Expected an empty or absent folder for ${folder} but it holds other files (${others.slice(0, SHOWN).join(", ")}${others.length > SHOWN ? ", ..." : ""}). Choose another folder, or move those files away.`,
    );
  return true;
}

/** Everything below that is no folder, and every empty folder: paths with "/". */
async function* filesBelow(folder: string): AsyncGenerator<string, void, undefined> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    let empty = true;
    if (entry.isDirectory())
      for await (const name of filesBelow(join(folder, entry.name))) {
        empty = false;
        yield `${entry.name}/${name}`;
      }
    if (empty) yield entry.name;
  }
}

/** File names that a manifest.json in `folder` lists, itself included; none when there is no readable manifest. */
async function manifestFiles(folder: string): Promise<string[]> {
  try {
    const manifest: unknown = JSON.parse(await readFile(join(folder, "manifest.json"), "utf8"));
    const entries = Object.values((manifest as { files: Record<string, { path?: unknown }> }).files);
    return ["manifest.json", ...entries.map((entry) => String(entry.path))];
  } catch {
    return [];
  }
}

/** Puts the folder `fresh` in the place of `target`; on failure the old one is put back. */
async function swap(fresh: string, target: string): Promise<void> {
  const old = join(dirname(target), temporaryName());
  await rename(target, old);
  try {
    await rename(fresh, target);
  } catch (cause) {
    await rename(old, target);
    throw cause;
  }
  await rm(old, { recursive: true, force: true });
}
