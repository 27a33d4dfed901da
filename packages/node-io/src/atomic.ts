/** Files and folders that appear whole or not at all: temporary name in the same folder, fsync, rename. */

import { randomBytes } from "node:crypto";
import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
} from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { ArgumentError, FolderInUseError } from "@mmgan/core";
import { errorCode, writeError } from "./file-errors.js";

/** Names of unfinished files and folders; what a killed process leaves behind, safe to delete. */
const TEMPORARY = /^\.mmgan-(\d+)-[0-9a-f]{12}\.tmp$/;
/** Bytes gathered before a write reaches the disk. */
const BUFFER_BYTES = 1 << 16;

/** A file being written under a temporary name. */
export interface AtomicFile {
  /** Appends; text is written as UTF-8. */
  write(chunk: Uint8Array | string): Promise<void>;
  /** Makes the file appear under its name, replacing the old one. */
  commit(): Promise<void>;
  /** Drops what was written; the old file stays. Does nothing after `commit`. */
  abort(): Promise<void>;
}

/**
 * Replaces `path` with `data`: readers see the old file or the new one, also after a crash or power cut. Parent
 * folders are made. A symbolic link is followed; a device or pipe (/dev/stdout) is written to directly.
 *
 * @throws DiskFullError when no space is left, ArgumentError when the path cannot be written
 */
export async function writeFileAtomic(path: string, data: Uint8Array | string): Promise<void> {
  const file = await openAtomic(path);
  try {
    await file.write(data);
    await file.commit();
  } finally {
    await file.abort();
  }
}

/**
 * Opens `path` for writing in pieces; nothing is seen under that name before `commit`. Same rules and errors as
 * `writeFileAtomic`. Call `abort` in a `finally`.
 */
export async function openAtomic(path: string): Promise<AtomicFile> {
  const target = await writeTarget(path);
  const direct = target.mode === undefined && target.exists;
  const temporary = direct ? target.path : join(dirname(target.path), temporaryName());
  let handle: FileHandle | undefined;
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;

  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      throw writeError(cause, path);
    }
  };
  const flush = async (file: FileHandle): Promise<void> => {
    const chunk = Buffer.concat(pending);
    pending = [];
    pendingBytes = 0;
    if (chunk.length > 0) await file.writeFile(chunk);
  };
  const opened = (): FileHandle => {
    if (handle === undefined) throw new Error(`${path} is no longer open for writing`);
    return handle;
  };
  const abort = async (): Promise<void> => {
    if (handle === undefined) return;
    const closing = handle;
    handle = undefined;
    await closing.close().catch(() => {});
    if (!direct) await rm(temporary, { force: true });
  };

  await guard(async () => {
    if (!direct) await mkdir(dirname(target.path), { recursive: true });
    handle = await open(temporary, direct ? "w" : "wx", target.mode ?? 0o666);
    if (target.mode !== undefined) await handle.chmod(target.mode);
  });

  return {
    write: async (chunk) => {
      const file = opened();
      const bytes = typeof chunk === "string" ? Buffer.from(chunk) : Uint8Array.from(chunk);
      pending.push(bytes);
      pendingBytes += bytes.length;
      if (pendingBytes >= BUFFER_BYTES) await guard(() => flush(file));
    },
    commit: async () => {
      const file = opened();
      try {
        await guard(async () => {
          await flush(file);
          if (direct) return;
          await file.sync();
          await file.close();
          await rename(temporary, target.path);
          handle = undefined;
          await syncFolder(dirname(target.path));
        });
      } finally {
        await abort();
      }
    },
    abort,
  };
}

/**
 * Makes a whole folder appear, or nothing. An existing folder is replaced only when it is empty or holds nothing but
 * an older version of the same: each of its files is named in `files` or in its own manifest.json. While an old folder is
 * swapped for the new one there is a moment between two renames without a folder of that name; a crash just then
 * leaves the old one beside it as `.mmgan-*.tmp`.
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
  const target = (await existing(folder)) ?? resolve(folder);
  const temporary = join(dirname(target), temporaryName());
  try {
    const replaced = await mustBeReplaceable(folder, target, files);
    await mkdir(dirname(target), { recursive: true });
    await mkdir(temporary);
    for (const [name, bytes] of files) await writeSynced(join(temporary, name), bytes);
    await syncFolder(temporary);
    if (replaced) await swap(temporary, target);
    else await rename(temporary, target);
    await syncFolder(dirname(target));
  } catch (cause) {
    throw writeError(cause, folder);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Deletes the unfinished files and folders that process `pid`, now dead, left in `folder` and, by default, its sub-folders. */
export async function removeTemporaries(
  folder: string,
  pid: number,
  { recursive = true }: { recursive?: boolean } = {},
): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const writer = TEMPORARY.exec(entry.name)?.[1];
    if (writer === String(pid)) await rm(path, { recursive: true, force: true });
    else if (recursive && writer === undefined && entry.isDirectory()) await removeTemporaries(path, pid);
  }
}

/** A fresh name that `removeTemporaries` recognises. */
export function temporaryName(): string {
  return `.mmgan-${process.pid}-${randomBytes(6).toString("hex")}.tmp`;
}

/** Where a write to `path` really goes. `mode` is set for a regular file that exists already. */
async function writeTarget(path: string): Promise<{ path: string; exists: boolean; mode?: number }> {
  try {
    const real = await existing(path);
    if (real === undefined) return { path: resolve(path), exists: false };
    const { mode } = await mustBeFile(real, path);
    return { path: real, exists: true, ...(mode === undefined ? {} : { mode }) };
  } catch (cause) {
    throw writeError(cause, path);
  }
}

/** The real path of something that exists, or undefined. */
async function existing(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return undefined;
    throw writeError(cause, path);
  }
}

async function mustBeFile(real: string, path: string): Promise<{ mode?: number }> {
  const found = await stat(real);
  if (found.isDirectory())
    throw new ArgumentError(
      `Expected the path of a file but received ${path}: it is a folder. Give the path of a file, for example ${join(path, "name.ext")}.`,
    );
  return found.isFile() ? { mode: found.mode & 0o7777 } : {};
}

/** False when there is nothing to replace. */
async function mustBeReplaceable(
  folder: string,
  target: string,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<boolean> {
  let names: string[];
  try {
    names = await readdir(target);
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return false;
    throw cause;
  }
  const own = new Set([...files.keys(), ...(await manifestFiles(target))]);
  const others = names.filter((name) => !own.has(name) && !TEMPORARY.test(name));
  if (others.length > 0)
    throw new FolderInUseError(
      `Expected an empty or absent folder for ${folder} but it holds other files (${others.slice(0, 3).join(", ")}${others.length > 3 ? ", ..." : ""}). Choose another folder, or move those files away.`,
    );
  return true;
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

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(path, "wx");
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a rename in `folder` survive a power cut. Windows cannot, and need not, open a folder for this. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } catch (cause) {
    if (errorCode(cause) !== "EINVAL" && errorCode(cause) !== "ENOTSUP") throw cause;
  } finally {
    await handle.close();
  }
}
