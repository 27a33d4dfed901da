/** Files that appear whole or not at all: temporary name in the same folder, fsync, rename. */

import { randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { ArgumentError } from "@mmgan/core";
import { errorCode, writeError } from "./file-errors.js";

/** Names of unfinished files and folders; what a killed process leaves behind, safe to delete. */
export const TEMPORARY = /^\.mmgan-(\d+)-[0-9a-f]{12}\.tmp$/;
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
export async function existing(path: string): Promise<string | undefined> {
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

/** Writes a new file through to the disk. */
export async function writeSynced(path: string, bytes: Uint8Array | string): Promise<void> {
  const handle = await open(path, "wx");
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a rename in `folder` survive a power cut. Windows cannot, and need not, open a folder for this. */
export async function syncFolder(folder: string): Promise<void> {
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
