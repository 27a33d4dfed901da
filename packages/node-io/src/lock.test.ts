import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { ArgumentError, FolderInUseError } from "@mmgan/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LOCK_FILE, lockFile, lockFolder } from "./lock.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mmgan-lock-"));
});
afterEach(() => rm(folder, { recursive: true }));

const writeLock = (owner: unknown): Promise<void> =>
  writeFile(join(folder, LOCK_FILE), typeof owner === "string" ? owner : JSON.stringify(owner));

test("held once, refused to a second holder, free after release", async () => {
  const run = join(folder, "new/run");
  const lock = await lockFolder(run);
  const owner = JSON.parse(await readFile(join(run, LOCK_FILE), "utf8"));
  expect(owner).toMatchObject({ pid: process.pid, host: hostname() });
  const error = await lockFolder(run).catch((e) => e);
  expect(error).toBeInstanceOf(FolderInUseError);
  expect(error.message).toMatch(
    new RegExp(`^Expected a free folder for .*run but process ${process.pid} on this host has used it since`),
  );
  await lock.release();
  await lock.release();
  expect(await readdir(run)).toEqual([]);
  await (await lockFolder(run)).release();
});

test("a pid that another process has got since does not keep the lock", async () => {
  await writeLock({ pid: process.pid, host: hostname(), processStart: "another boot/1", lockedAt: "then" });
  if (process.platform !== "linux") return expect(lockFolder(folder)).rejects.toThrow(FolderInUseError);
  await (await lockFolder(folder)).release();
});

test("the lock of another host is never taken over; the message says how to free it", async () => {
  await writeLock({ pid: 1, host: "elsewhere", processStart: "", lockedAt: "2026-01-01T00:00:00.000Z" });
  const error = await lockFolder(folder).catch((e) => e);
  expect(error).toBeInstanceOf(FolderInUseError);
  expect(error.message).toContain("process 1 on host elsewhere has used it since 2026-01-01");
  expect(error.message).toContain(`delete ${join(folder, LOCK_FILE)}`);
});

test.each(["", "not json", "{}", '{"pid":-1,"host":"h"}'])(
  "an unreadable lock %j is refused",
  async (text) => {
    await writeLock(text);
    const error = await lockFolder(folder).catch((e) => e);
    expect(error).toBeInstanceOf(FolderInUseError);
    expect(error.message).toContain("is a lock that cannot be read");
  },
);

test("of many who find a dead lock at once, one gets the folder", async () => {
  // No process has this pid: Linux gives at most 2^22, others less.
  await writeLock({ pid: 2 ** 30, host: hostname(), processStart: "gone", lockedAt: "then" });
  const tries = await Promise.allSettled(Array.from({ length: 12 }, () => lockFolder(folder)));
  const held = tries.filter((result) => result.status === "fulfilled");
  expect(held).toHaveLength(1);
  for (const result of tries)
    if (result.status === "rejected") expect(result.reason).toBeInstanceOf(FolderInUseError);
  await held[0]!.value.release();
  expect(await readdir(folder)).toEqual([]);
});

test("release leaves a lock that is no longer its own", async () => {
  const lock = await lockFolder(folder);
  await writeLock({ pid: 1, host: "elsewhere" });
  await lock.release();
  expect(await readdir(folder)).toEqual([LOCK_FILE]);
});

test("a file where the folder should be is an ArgumentError", async () => {
  await mkdir(join(folder, "d"));
  await writeFile(join(folder, "d/f"), "");
  await expect(lockFolder(join(folder, "d/f/run"))).rejects.toThrow(ArgumentError);
  await expect(lockFolder(join(folder, "d/f"))).rejects.toThrow(ArgumentError);
});

test("a file is locked beside itself; a dead owner's unfinished files go from its folder alone", async () => {
  const file = join(folder, "results.csv");
  const dead = 2 ** 30;
  await writeFile(`${file}.lock`, JSON.stringify({ pid: dead, host: hostname(), processStart: "gone" }));
  const left = `.mmgan-${dead}-0123456789ab.tmp`;
  await mkdir(join(folder, "photos"));
  for (const name of [left, join("photos", left)]) await writeFile(join(folder, name), "");
  const lock = await lockFile(file);
  const error = await lockFile(file).catch((e) => e);
  expect(error).toBeInstanceOf(FolderInUseError);
  expect(error.message).toMatch(
    /^Expected a free file for .*results\.csv but process .*or choose another file\.$/,
  );
  await lock.release();
  expect(await readdir(folder)).toEqual(["photos"]);
  expect(await readdir(join(folder, "photos"))).toEqual([left]);
});
