/** Puts one picture at another place, whole or not at all, and never over another file. */

import { constants, copyFile, link, lstat, open, rename, rm, stat, symlink, utimes } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { errorCode, syncFolder, temporaryName } from "@mmgan/node-io";

export const SORT_MODES = ["copy", "link", "move"] as const;
export type SortMode = (typeof SORT_MODES)[number];

/** @throws the system's error, EEXIST where `to` is taken; `from` is then as it was */
export async function place(mode: SortMode, from: string, to: string): Promise<void> {
  if (mode === "move") return moveTo(from, to);
  await mustBeFree(to);
  await (mode === "copy" ? copy(from, to) : linkTo(from, to));
}

/**
 * A move that another file system does not stop: copied, forced to the disk, and only then removed. A kill before the
 * removal leaves both.
 */
export async function moveTo(from: string, to: string): Promise<void> {
  await mustBeFree(to);
  try {
    await rename(from, to);
  } catch (cause) {
    if (errorCode(cause) !== "EXDEV") throw cause;
    await copy(from, to, { synced: true });
    await rm(from);
  }
}

/** The text of the symbolic link at `to`: relative, so that both folders may be moved together. */
export const linkText = (from: string, to: string): string => relative(dirname(to), from);

export async function maybeStat(path: string) {
  try {
    return await lstat(path);
  } catch (cause) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(cause) ?? "")) return undefined;
    throw cause;
  }
}

async function mustBeFree(path: string): Promise<void> {
  if (await maybeStat(path)) throw Object.assign(new Error(`EEXIST: ${path}`), { code: "EEXIST" });
}

async function copy(from: string, to: string, { synced = false } = {}): Promise<void> {
  const temporary = join(dirname(to), temporaryName());
  try {
    await copyFile(from, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    const { atime, mtime } = await stat(from);
    await utimes(temporary, atime, mtime);
    if (synced) await sync(temporary);
    await rename(temporary, to);
    if (synced) await syncFolder(dirname(to));
  } finally {
    await rm(temporary, { force: true });
  }
}

async function sync(path: string): Promise<void> {
  // Windows forces nothing to the disk through a file that is open for reading alone.
  const file = await open(path, process.platform === "win32" ? "r+" : "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A hard link where the system lets nobody make symbolic ones. */
async function linkTo(from: string, to: string): Promise<void> {
  try {
    await symlink(linkText(from, to), to);
  } catch (cause) {
    if (errorCode(cause) !== "EPERM") throw cause;
    await link(from, to);
  }
}
