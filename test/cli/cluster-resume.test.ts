/** mmgan cluster that is cut off, by kill -9, Ctrl-C or a full disk, and goes on: the same bytes as an unbroken run. */

import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, statSync, utimesSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Rng } from "@mmgan/core";
import { encodePng } from "@mmgan/node-io";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lastLine, mmgan, NOBODY, type Running, startMmgan, temporaryFolder } from "./mmgan.js";

/** How often a run is killed; each time it then goes on. MMGAN_KILLS asks for more. */
const KILLS = Number(process.env.MMGAN_KILLS ?? 3);
const PICTURES = 1000;
const FORMATS = ["csv", "jsonl", "parquet"] as const;
/** Seconds since 1970; a whole number, which every file system keeps as it is. */
const TIME = 1_000_000_000;
/** Every so many files are no pictures. */
const BAD_EVERY = 97;

let folder: string;
let remove: () => Promise<void>;

beforeAll(async () => {
  ({ folder, remove } = await temporaryFolder());
  chmodSync(folder, 0o755);
  const rng = new Rng({ seed: 5, stream: "cluster-resume pictures" });
  const pictures: Uint8Array[] = [];
  for (let i = 0; i < 50; i++) {
    const data = Uint8Array.from(rng.integers(32 * 32 * 3, 256));
    pictures.push(await encodePng({ count: 1, height: 32, width: 32, channels: 3, data }));
  }
  await mkdir(join(folder, "pics", "sub"), { recursive: true });
  for (let i = 0; i < PICTURES; i++) {
    const name = i % 7 === 0 ? join("sub", `${i}.png`) : `${i}.png`;
    await writeFile(join(folder, "pics", name), i % BAD_EVERY === 0 ? "no picture" : pictures[i % 50]!);
  }
});
afterAll(() => remove());

const start = (out: string, ...more: string[]): Running =>
  startMmgan(["cluster", "pics", "--model", "digits", "--out", out, "--threads", "1", ...more], {
    cwd: folder,
  });

/** The summary of a run that must do. */
async function summary(out: string, ...more: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await start(out, ...more, "--json").finished;
  if (code !== 0) throw new Error(`exit status ${code}:\n${stderr}`);
  return JSON.parse(stdout);
}

/** Every file of a run by what it is: "csv", "errors.jsonl", "run.jsonl". */
async function filesOf(run: string): Promise<Record<string, Buffer>> {
  const files: Record<string, Buffer> = {};
  const [place, name] = run.includes("/") ? run.split("/") : [".", run];
  for (const file of await readdir(join(folder, place!)))
    if (file.startsWith(`${name}.`))
      files[file.slice(name!.length + 1)] = await readFile(join(folder, place!, file));
  return files;
}

/** Resolves when a run's file has so many bytes, or the run has ended. */
async function reached(running: Running, file: string, bytes: number): Promise<void> {
  let ended = false;
  void running.finished.then(() => {
    ended = true;
  });
  while (!ended && (statSync(file, { throwIfNoEntry: false })?.size ?? -1) < bytes)
    await new Promise((resolve) => setTimeout(resolve, 1));
}

/** As an unbroken run leaves them, by format. */
const whole: Record<string, Record<string, Buffer>> = {};
beforeAll(async () => {
  for (const format of FORMATS) {
    await summary(`whole-${format}.${format}`);
    whole[format] = await filesOf(`whole-${format}`);
  }
  expect(Object.keys(whole.csv!).sort()).toEqual(["csv", "errors.jsonl", "run.jsonl"]);
  expect(whole.csv!["errors.jsonl"]!.toString().trimEnd().split("\n")).toHaveLength(
    Math.ceil(PICTURES / BAD_EVERY),
  );
});

it(`gives the same bytes after each of ${KILLS} kills`, { timeout: 60_000 + KILLS * 60_000 }, async () => {
  const rng = new Rng({ seed: Number(process.env.MMGAN_SEED ?? 1), stream: "cluster-resume kills" });
  const size = whole.csv!["run.jsonl"]!.length;
  let cutOff = 0;
  for (let i = 0; i < KILLS; i++) {
    const format = FORMATS[i % FORMATS.length]!;
    const run = `killed-${i}`;
    const at = Math.floor(rng.uniform(1)[0]! * size);
    const first = start(`${run}.${format}`);
    await reached(first, join(folder, `${run}.run.jsonl`), at);
    first.process.kill("SIGKILL");
    const { code } = await first.finished;
    if (code === null) cutOff++;
    const left = (await filesOf(run))["run.jsonl"]!.length;
    const { known } = await summary(`${run}.${format}`, "--resume");
    expect(await filesOf(run), `kill ${i} at byte ${at} of ${size}`).toEqual(whole[format]);
    // Lines that were on the disk are not worked out again.
    if (left > size / 2) expect(known).toBeGreaterThan(PICTURES / 3);
    expect(readdirSync(folder).filter((name) => /\.tmp$|\.lock$/.test(name))).toEqual([]);
  }
  expect(cutOff).toBeGreaterThan(0);
});

it("stops on Ctrl-C, says the command that goes on, and that command does", async () => {
  const running = start("stopped.csv");
  await reached(running, join(folder, "stopped.run.jsonl"), 100_000);
  running.process.kill("SIGINT");
  const stopped = await running.finished;
  expect(stopped.code).toBe(130);
  expect(Object.keys(await filesOf("stopped"))).toEqual(["run.jsonl"]);
  const said =
    /^mmgan: Stopped after (\d+) images; .* Go on with: mmgan (cluster .* --resume) \(E_INTERRUPTED\)$/.exec(
      lastLine(stopped),
    );
  expect(Number(said?.[1])).toBeGreaterThan(0);
  // The same command without --resume would drop the work.
  const forgetful = await start("stopped.csv").finished;
  expect(lastLine(forgetful)).toMatch(/holds a run that was cut off\. Pass --resume .*\(E_RESUME\)$/);
  const resumed = await mmgan(said![2]!.split(" "), { cwd: folder });
  expect(resumed.stdout).toMatch(/, \d+ known from before on cpu/);
  expect(await filesOf("stopped")).toEqual(whole.csv);
});

it("reads only what is new or changed when a folder has grown", async () => {
  const pics = join(folder, "pics");
  const [grown, kept] = [join(folder, "grown"), "501.png"];
  mkdirSync(grown);
  for (let i = 500; i < 520; i++)
    if (i % 7 !== 0) cpSync(join(pics, `${i}.png`), join(grown, `${i}.png`), { preserveTimestamps: true });
  const cluster = async (out: string, ...more: string[]) => {
    const args = ["cluster", "grown", "--model", "digits", "--out", out, "--threads", "1", "--json", ...more];
    return JSON.parse((await mmgan(args, { cwd: folder })).stdout);
  };
  const before = readdirSync(grown).length;
  utimesSync(join(grown, kept), TIME, TIME);
  await cluster("grown.csv");
  // First, between and last in order; one is written anew.
  for (const name of ["1.png", "510b.png", "9999.png"]) cpSync(join(pics, "1.png"), join(grown, name));
  cpSync(join(pics, "1.png"), join(grown, "502.png"));
  expect(await cluster("fresh.csv")).toMatchObject({ images: before + 3, known: 0 });
  // Never looked at again: what reads the same from outside may hold anything.
  await writeFile(join(grown, kept), new Uint8Array(statSync(join(grown, kept)).size));
  utimesSync(join(grown, kept), TIME, TIME);
  expect(await cluster("grown.csv", "--resume")).toMatchObject({
    images: before + 3,
    known: before - 1,
    errors: 0,
  });
  expect((await filesOf("grown")).csv).toEqual((await filesOf("fresh")).csv);
});

describe("no room", () => {
  it("a folder that is not writable is told before a picture is read", async (context) => {
    if (process.platform === "win32") context.skip("Windows has no such permissions");
    mkdirSync(join(folder, "closed"));
    chmodSync(join(folder, "closed"), 0o555);
    const args = ["cluster", "pics", "--model", "digits", "--out", join("closed", "r.csv"), "--json"];
    const finished = await mmgan(args, { cwd: folder, uid: NOBODY });
    expect(finished.code).toBe(1);
    expect(JSON.parse(finished.stdout).error.message).toMatch(
      /a writable path but received closed.r\.run\.jsonl: no permission to write there \(EACCES\)/,
    );
    expect(finished.stderr).not.toContain("clustering");
    expect(readdirSync(join(folder, "closed"))).toEqual([]);
  });

  it("a full disk ends the run with what was done kept, and an older file as it was", async (context) => {
    const small = join(folder, "small");
    mkdirSync(small);
    const mount = (options: string) =>
      spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", small], { encoding: "utf8" });
    if (process.platform !== "linux" || mount("size=250k").status !== 0)
      context.skip("a small disk needs the right to mount a tmpfs");
    try {
      await writeFile(join(small, "r.csv"), "older results");
      const { code, stdout } = await start("small/r.csv", "--json").finished;
      expect(code).toBe(1);
      expect(JSON.parse(stdout).error).toEqual({
        code: "E_DISK_FULL",
        message: expect.stringMatching(/the disk is full .* Go on with: mmgan cluster pics .* --resume$/),
      });
      expect(await readdir(small)).toEqual(["r.csv", "r.run.jsonl"]);
      expect(await readFile(join(small, "r.csv"), "utf8")).toBe("older results");
      expect(mount("remount,size=20m").status).toBe(0);
      expect((await summary("small/r.csv", "--resume")).known).toBeGreaterThan(100);
      expect(await filesOf("small/r")).toEqual(whole.csv);
    } finally {
      spawnSync("umount", [small]);
    }
    expect(existsSync(join(small, "r.csv"))).toBe(false);
    await rm(small, { recursive: true });
  });
});
