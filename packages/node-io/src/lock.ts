/** A lock on a folder or a file, so that two processes never write one run: held by a live process, or taken over. */

import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { FolderInUseError } from "@mmgan/core";
import { removeTemporaries, temporaryName } from "./atomic.js";
import { errorCode, writeError } from "./file-errors.js";

/** Name of the lock file inside the folder. */
export const LOCK_FILE = ".lock";

/** A held lock. */
export interface Lock {
  /** Removes the lock file. A second call does nothing. */
  release(): Promise<void>;
}

interface Owner {
  readonly pid: number;
  readonly host: string;
  /** When the process began, as the system counts it; tells a reused pid from the one that locked. Empty if unknown. */
  readonly processStart: string;
  /** When the lock was taken, ISO 8601, for people. */
  readonly lockedAt: string;
}

/**
 * Locks `folder` for this process, making it if need be. The lock of a process that is gone from this host is taken
 * over at once, and the unfinished files it left are removed.
 *
 * @throws FolderInUseError when a live process, or any process of another host, holds the lock; ArgumentError when
 *   the folder cannot be written
 */
export function lockFolder(folder: string): Promise<Lock> {
  const path = join(folder, LOCK_FILE);
  return lock(path, { name: folder, a: "folder" }, (pid) => removeTemporaries(folder, pid));
}

/**
 * Locks one file for this process by a lock file beside it, "results.csv.lock", making its folder if need be. Rules and
 * errors as of `lockFolder`; unfinished files are removed from the folder alone, not from those inside it.
 */
export function lockFile(file: string): Promise<Lock> {
  const remove = (pid: number) => removeTemporaries(dirname(file), pid, { recursive: false });
  return lock(`${file}.lock`, { name: file, a: "file" }, remove);
}

/** What is locked, for messages. */
interface Subject {
  readonly name: string;
  readonly a: "folder" | "file";
}

async function lock(path: string, subject: Subject, clean: (pid: number) => Promise<void>): Promise<Lock> {
  const folder = dirname(path);
  const mine = JSON.stringify({
    pid: process.pid,
    host: hostname(),
    processStart: (await processStart(process.pid)) ?? "",
    lockedAt: new Date().toISOString(),
  } satisfies Owner);
  try {
    await mkdir(folder, { recursive: true });
    while (!(await createWhole(folder, path, mine))) {
      const held = await readText(path);
      if (held === undefined) continue;
      const dead = await deadOwner(subject, path, held);
      if (await removeExactly(folder, path, held)) await clean(dead.pid);
    }
  } catch (cause) {
    throw writeError(cause, subject.name);
  }
  let released = false;
  return {
    release: async () => {
      if (released) return;
      released = true;
      if ((await readText(path)) === mine) await rm(path, { force: true });
    },
  };
}

/** Creates `path` with all of `text` in it; false when it exists already. */
async function createWhole(folder: string, path: string, text: string): Promise<boolean> {
  const temporary = join(folder, temporaryName());
  try {
    await writeFile(temporary, text, { flag: "wx" });
    await link(temporary, path);
    return true;
  } catch (cause) {
    if (errorCode(cause) === "EEXIST") return false;
    if (!["EPERM", "ENOTSUP", "ENOSYS", "EOPNOTSUPP"].includes(errorCode(cause) ?? "")) throw cause;
  } finally {
    await rm(temporary, { force: true });
  }
  // A file system without hard links: exclusive creation, with a moment in which the file is still empty.
  try {
    await writeFile(path, text, { flag: "wx" });
    return true;
  } catch (cause) {
    if (errorCode(cause) === "EEXIST") return false;
    throw cause;
  }
}

/** Removes `path` if it still reads `text`: moved aside first, so that a lock taken meanwhile by another is put back. */
async function removeExactly(folder: string, path: string, text: string): Promise<boolean> {
  const aside = join(folder, temporaryName());
  try {
    await rename(path, aside);
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return false;
    throw cause;
  }
  const exact = (await readText(aside)) === text;
  if (!exact) await link(aside, path).catch(() => {});
  await rm(aside, { force: true });
  return exact;
}

/** @throws FolderInUseError unless the owner that `text` names is a process of this host that is gone */
async function deadOwner({ name, a }: Subject, path: string, text: string): Promise<Owner> {
  const owner = parseOwner(text);
  if (owner === undefined)
    throw new FolderInUseError(
      `Expected a free ${a} for ${name} but ${path} is a lock that cannot be read. If no process writes there, delete ${path}.`,
    );
  if (owner.host !== hostname())
    throw new FolderInUseError(
      `Expected a free ${a} for ${name} but process ${owner.pid} on host ${owner.host} has used it since ${owner.lockedAt}. Choose another ${a}; if that process has ended, delete ${path}.`,
    );
  const start = await processStart(owner.pid);
  const same = start !== undefined && (start === owner.processStart || start === "" || !owner.processStart);
  if (same)
    throw new FolderInUseError(
      `Expected a free ${a} for ${name} but process ${owner.pid} on this host has used it since ${owner.lockedAt}. Wait for it to end, stop it, or choose another ${a}.`,
    );
  return owner;
}

function parseOwner(text: string): Owner | undefined {
  try {
    const { pid, host, processStart, lockedAt } = JSON.parse(text) as Record<string, unknown>;
    if (typeof pid !== "number" || !Number.isInteger(pid) || pid < 1 || typeof host !== "string")
      return undefined;
    return { pid, host, processStart: String(processStart ?? ""), lockedAt: String(lockedAt ?? "?") };
  } catch {
    return undefined;
  }
}

/**
 * When process `pid` began: on Linux the boot's id and the clock tick, elsewhere "" (unknown). Undefined when there is
 * no such process, or only its zombie.
 */
async function processStart(pid: number): Promise<string | undefined> {
  if (process.platform === "linux") {
    const line = await readText(`/proc/${pid}/stat`);
    if (line !== undefined) {
      // The second field, the command in brackets, may hold spaces and brackets: count fields after the last one.
      const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
      if (fields[0] === "Z" || fields[0] === "X") return undefined;
      return `${(await readText("/proc/sys/kernel/random/boot_id"))?.trim()}/${fields[19]}`;
    }
  }
  try {
    process.kill(pid, 0);
    return "";
  } catch (cause) {
    return errorCode(cause) === "EPERM" ? "" : undefined;
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (errorCode(cause) === "ENOENT" || errorCode(cause) === "ESRCH") return undefined;
    throw cause;
  }
}
