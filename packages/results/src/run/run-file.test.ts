import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArgumentError, FolderInUseError, type ResultRow, ResultsError, ResumeError, Rng } from "@mmgan/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PathIndex } from "./path-index.js";
import type { RunHead, RunItem, RunResult } from "./run-entry.js";
import { openRun } from "./run-file.js";

let folder: string;
let results: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mmgan-run-"));
  results = join(folder, "r.csv");
  file = join(folder, "r.run.jsonl");
});
afterEach(() => rm(folder, { recursive: true }));

const HEAD: RunHead = {
  schema: "1.0.0",
  model: { name: "shoes", sha256: "0123456789abcdef", clusters: 3 },
  root: "/photos",
  options: { background: "black", maxPixels: 1000 },
};

interface Input {
  readonly item: RunItem;
  readonly result: RunResult;
}

function input(path: string, changes: { size?: number; mtimeMs?: number; code?: string } = {}): Input {
  const { size = 70, mtimeMs = 1234.5678, code } = changes;
  const row: ResultRow = {
    ...{ path, cluster: path.length % 3, name: null, probability: 0.75, margin: 0.5, entropy: 1 / 3 },
    ...{ distance: null, percentile: null, outlier: null, width: 8, height: 8, bytes: size },
    probabilities: [0.75, 0.25, 1e-9],
  };
  const result = code === undefined ? { row } : { error: { path, code, reason: "so it is" } };
  return { item: { path, size, mtimeMs }, result };
}

const NAMES = ["1.png", "2.png", 'with "quotes"\n and a line break.png', "naïve 😀.png", "10.png"];
const INPUTS = NAMES.map((name) => input(name));

/** Runs over the inputs as `mmgan cluster` does. Returns the paths that had to be worked out. */
async function work(
  inputs: readonly Input[],
  { resume = true, head = HEAD, stopAfter = inputs.length } = {},
): Promise<string[]> {
  const run = await openRun(results, head, { resume });
  const worked: string[] = [];
  try {
    for (const { item, result } of inputs.slice(0, stopAfter)) {
      const known = await run.known(item);
      if (!known) worked.push(item.path);
      else expect(known).toEqual(result);
      await run.add(item.path, known ?? result);
    }
    if (stopAfter === inputs.length) await run.finish();
  } finally {
    await run.close();
  }
  return worked;
}

const failure = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => expect.fail("it was to fail"),
    (error: Error) => error,
  );

describe("a run that was cut off", () => {
  it("goes on to the same bytes wherever its file was cut", async () => {
    await work(INPUTS, { resume: false });
    const whole = await readFile(file);
    const ends = [...whole.entries()].flatMap(([i, byte]) => (byte === 10 ? [i + 1] : []));
    expect(ends).toHaveLength(1 + INPUTS.length + 1);
    // Around each line's end, and at some 30 places between.
    const near = ends.flatMap((end) => [end - 1, end, end + 1]);
    const between = new Rng({ seed: 3, stream: "cuts" }).integers(30, whole.length);
    for (const cut of [0, 1, ...near, ...between]) {
      await writeFile(file, whole.subarray(0, cut));
      const left = ends.filter((end) => end <= cut).length - 1;
      expect(await work(INPUTS)).toEqual(NAMES.slice(Math.max(left, 0)));
      expect(await readFile(file)).toEqual(whole);
    }
  });

  it("forgets all behind a line that a power cut spoiled", async () => {
    await work(INPUTS, { resume: false });
    const whole = await readFile(file);
    const spoiled = Buffer.from(whole);
    const second = whole.indexOf(10, whole.indexOf(10) + 1) + 1;
    spoiled.fill(0, second, second + 20);
    await writeFile(file, spoiled);
    expect(await work(INPUTS)).toEqual(NAMES.slice(1));
    expect(await readFile(file)).toEqual(whole);
  });

  it("begins anew without --resume, and where there is nothing to go on from", async () => {
    expect(await work(INPUTS)).toEqual(NAMES);
    expect(await work(INPUTS, { resume: false })).toEqual(NAMES);
    expect(await work(INPUTS)).toEqual([]);
  });
});

describe("begun without --resume", () => {
  it("refuses to drop a run that was cut off, but not one that has nothing yet", async () => {
    await work(INPUTS, { resume: false, stopAfter: 2 });
    const before = await readFile(file);
    const error = await failure(work(INPUTS, { resume: false }));
    expect(error).toBeInstanceOf(ResumeError);
    expect(error.message).toMatch(
      /r\.run\.jsonl holds a run that was cut off\. Pass --resume .* or delete it/,
    );
    expect(await readFile(file)).toEqual(before);
    await writeFile(file, before.subarray(0, before.indexOf(10) + 1));
    expect(await work(INPUTS, { resume: false })).toEqual(NAMES);
  });

  it("leaves an older run alone until there is something to write, and no file where there was none", async () => {
    await work([], { resume: false, stopAfter: 1 });
    expect(await readdir(folder)).toEqual([]);
    await work(INPUTS, { resume: false });
    const before = await readFile(file);
    await work([], { resume: false, stopAfter: 1, head: { ...HEAD, root: "/elsewhere" } });
    expect(await readFile(file)).toEqual(before);
  });
});

describe("a folder that changed", () => {
  it("costs what is new alone; lines are in order of the inputs again", async () => {
    const grown = [...INPUTS.slice(0, 2), input("3.png"), ...INPUTS.slice(2), input("11.png")];
    await work(grown, { resume: false });
    const wanted = await readFile(file);
    await work(INPUTS, { resume: false });
    expect(await work(grown, { stopAfter: 4 })).toEqual(["3.png"]);
    expect(await work(grown)).toEqual(["11.png"]);
    expect(await readFile(file)).toEqual(wanted);
  });

  it("drops what is gone", async () => {
    await work(INPUTS.slice(1), { resume: false });
    const wanted = await readFile(file);
    await work(INPUTS, { resume: false });
    expect(await work(INPUTS.slice(1))).toEqual([]);
    expect(await readFile(file)).toEqual(wanted);
  });

  it("costs what has another size or time", async () => {
    await work(INPUTS, { resume: false });
    const changed = [
      input("1.png", { size: 71 }),
      input("2.png", { mtimeMs: 1234.5679 }),
      ...INPUTS.slice(2),
    ];
    expect(await work(changed)).toEqual(["1.png", "2.png"]);
    expect(await work(changed)).toEqual([]);
    expect((await readFile(file, "utf8")).split("\n")).toHaveLength(1 + INPUTS.length + 1 + 1);
  });

  it("tries again what failed for another reason than its bytes", async () => {
    const inputs = [
      input("a.png", { code: "E_IMAGE_CORRUPT" }),
      input("b.png", { code: "E_FILE_PERMISSION" }),
      input("c.png", { code: "E_FILE_CHANGED" }),
    ];
    await work(inputs, { resume: false });
    expect(await work(inputs)).toEqual(["b.png", "c.png"]);
  });

  it("takes inputs that cannot be reached, of which neither size nor time is known", async () => {
    const run = await openRun(results, HEAD, { resume: false });
    await run.add("loop", { error: { path: "loop", code: "E_LINK_LOOP", reason: "so it is" } });
    await run.finish();
    expect((await readFile(file, "utf8")).split("\n")[1]).toBe(
      '{"path":"loop","size":null,"mtimeMs":null,"error":{"code":"E_LINK_LOOP","reason":"so it is"}}',
    );
  });
});

describe("refused", () => {
  beforeEach(() => work(INPUTS, { resume: false }));

  it.each<[string, Partial<RunHead>]>([
    [
      "model (shoes 01234567, now boots fedcba98)",
      { model: { name: "boots", sha256: "fedcba9876543210", clusters: 3 } },
    ],
    ["folder (/photos, now none)", { root: null }],
    ["maxPixels (1000, now 2000)", { options: { background: "black", maxPixels: 2000 } }],
    ["background (black, now undefined)", { options: { maxPixels: 1000 } }],
  ])("%s", async (difference, changes) => {
    const before = await readFile(file);
    const error = await failure(work(INPUTS, { head: { ...HEAD, ...changes } }));
    expect(error).toBeInstanceOf(ResumeError);
    expect(error.message).toContain(`r.run.jsonl was made with other settings: ${difference}. Repeat them`);
    expect(await readFile(file)).toEqual(before);
    expect(await readdir(folder)).toEqual(["r.run.jsonl"]);
  });

  it("a newer schema, and a file that is none of ours", async () => {
    await writeFile(file, `${JSON.stringify({ ...HEAD, schema: "2.0.0" })}\n`);
    const newer = await failure(work(INPUTS));
    expect(newer).toBeInstanceOf(ResultsError);
    expect(newer.message).toMatch(/received 2\.0\.0.*Update mmgan/);
    await writeFile(file, "shopping list\n");
    const other = await failure(work(INPUTS));
    expect(other).toBeInstanceOf(ResumeError);
    expect(other.message).toMatch(/is not what mmgan cluster writes/);
    expect(await readFile(file, "utf8")).toBe("shopping list\n");
  });

  it("a second run at the same time", async () => {
    const run = await openRun(results, HEAD, { resume: true });
    const error = await failure(work(INPUTS));
    expect(error).toBeInstanceOf(FolderInUseError);
    expect(error.message).toMatch(/a free file for .*r\.run\.jsonl/);
    await run.close();
    expect(await work(INPUTS)).toEqual([]);
  });

  it("a folder in its place", async () => {
    await rm(file);
    results = join(folder, "none", "r.csv");
    await writeFile(join(folder, "none"), "");
    expect(await failure(work(INPUTS))).toBeInstanceOf(ArgumentError);
  });
});

describe("the index", () => {
  it("finds each of 10,000 lines, the last of a path first, and no others", () => {
    const index = new PathIndex();
    for (let i = 0; i < 10_000; i++) index.add(`${i}.png`, 100 + i);
    index.add("7.png", 5);
    index.add("7.png", 99_999);
    expect(index.size).toBe(10_002);
    for (let i = 0; i < 10_000; i++)
      expect(index.offsets(`${i}.png`)).toEqual(i === 7 ? [99_999, 107, 5] : [100 + i]);
    expect(index.offsets("10000.png")).toEqual([]);
  });
});
