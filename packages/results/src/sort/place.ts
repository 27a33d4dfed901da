/** Puts one picture at another place, whole or not at all. */

import { constants, copyFile, link, lstat, open, rename, rm, stat, symlink, utimes } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { errorCode, temporaryName } from "@mmgan/node-io";

export const SORT_MODES = ["copy", "link", "move"] as const;
export type SortMode = (typeof SORT_MODES)[number];

/** @throws the system's error; `to` is then not there, and `from` is */
export async function place(mode: SortMode, from: string, to: string): Promise<void> {
  if (mode === "copy") return copy(from, to);
  if (mode === "link") return linkTo(from, to);
  await moveTo(from, to);
}

/** A move that another file system does not stop: copied, forced to the disk, and only then removed. */
export async function moveTo(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (cause) {
    if (errorCode(cause) !== "EXDEV") throw cause;
    await copy(from, to);
    await rm(from);
  }
}

async function copy(from: string, to: string): Promise<void> {
  const temporary = join(dirname(to), temporaryName());
  try {
    await copyFile(from, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    const { atime, mtime } = await stat(from);
    await utimes(temporary, atime, mtime);
    const file = await open(temporary, "r");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, to);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Relative, so that both folders may be moved together; a hard link where the system lets nobody make symbolic ones. */
async function linkTo(from: string, to: string): Promise<void> {
  await lstat(from);
  try {
    await symlink(relative(dirname(to), from), to);
  } catch (cause) {
    if (errorCode(cause) !== "EPERM") throw cause;
    await link(from, to);
  }
}
