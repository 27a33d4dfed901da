import { existsSync } from "node:fs";
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArgumentError, FolderInUseError, InterruptedError, ResultsError } from "@mmgan/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openResults } from "../write-results.js";
import { FileNames, folderNames } from "./folder-names.js";
import { SORT_JOURNAL, sortPictures } from "./sort-pictures.js";
import { undoSort } from "./undo-sort.js";

let folder: string;
let pictures: string;
let results: string;
let to: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mmgan-sort-"));
  [pictures, to, results] = [join(folder, "pictures"), join(folder, "sorted"), join(folder, "r.jsonl")];
  for (const [path] of FILES) {
    await mkdir(join(pictures, path, ".."), { recursive: true });
    await writeFile(join(pictures, path), path);
  }
  const info = { schema: "1.0.0", model: { name: "m", sha256: "ab", clusters: 3 }, root: pictures };
  const writer = await openResults(results, { info, names: { 1: "hats" } });
  for (const [path, cluster] of FILES)
    await writer.row({
      ...{
        path,
        cluster,
        name: null,
        probability: 1,
        margin: 1,
        entropy: 0,
        distance: null,
        percentile: null,
      },
      ...{ outlier: null, width: 1, height: 1, bytes: path.length },
    });
  await writer.commit();
  await writeFile(join(folder, "r.run.jsonl"), `${JSON.stringify({ ...info, options: {} })}\n`);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const FILES: readonly [string, number][] = [
  ["a.png", 0],
  ["deep/a.png", 0],
  ["deep/A.PNG", 0],
  ["b c.png", 1],
];
const SORTED = ["cluster-00/A (3).PNG", "cluster-00/a (2).png", "cluster-00/a.png", "hats/b c.png"];

const tree = async (of: string) =>
  (await readdir(of, { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory() && entry.name !== SORT_JOURNAL)
    .map((entry) => join(entry.parentPath, entry.name).slice(of.length + 1))
    .sort();
const texts = (of: string, names: readonly string[]) =>
  Promise.all(names.map((name) => readFile(join(of, name), "utf8")));
const journal = () => join(to, SORT_JOURNAL);

describe.each(["copy", "link", "move"] as const)("%s", (mode) => {
  it("makes a folder a cluster, names that meet kept apart, and undo leaves everything as it was", async () => {
    const before = await stat(join(pictures, "a.png"));
    const summary = await sortPictures(results, { mode, to });
    expect(summary).toMatchObject({ mode, pictures: 4, folders: { "cluster-00": 3, hats: 1 }, failures: [] });
    expect(await tree(to)).toEqual(SORTED);
    expect(await texts(to, SORTED)).toEqual(["deep/A.PNG", "deep/a.png", "a.png", "b c.png"]);
    expect(await tree(pictures)).toEqual(mode === "move" ? [] : FILES.map(([path]) => path).sort());
    expect((await lstat(join(to, "hats/b c.png"))).isSymbolicLink()).toBe(mode === "link");
    if (mode !== "link")
      expect((await stat(join(to, "cluster-00/a.png"))).mtimeMs).toBeCloseTo(before.mtimeMs, 0);
    expect(await undoSort(journal())).toEqual({ mode, pictures: 4, left: [] });
    expect(await tree(pictures)).toEqual(FILES.map(([path]) => path).sort());
    expect(existsSync(to)).toBe(false);
  });

  it("tells of a picture that is gone and sorts the others", async () => {
    await rm(join(pictures, "a.png"));
    const { pictures: count, failures } = await sortPictures(results, { mode, to });
    expect(count).toBe(3);
    expect(failures).toMatchObject([{ path: "a.png", code: "ENOENT" }]);
    expect(await undoSort(journal())).toMatchObject({ pictures: 3, left: [] });
  });

  it("stopped half way is taken back", async () => {
    const stop = new AbortController();
    const sorting = sortPictures(results, {
      ...{ mode, to, signal: stop.signal },
      onPicture: (done) => done === 2 && stop.abort(),
    });
    await expect(sorting).rejects.toThrow(InterruptedError);
    expect(await tree(to)).toHaveLength(2);
    expect(await undoSort(journal())).toMatchObject({ pictures: 2, left: [] });
    expect(await tree(pictures)).toEqual(FILES.map(([path]) => path).sort());
  });
});

it("undo after a kill: a torn line, a picture not touched yet, and one that is at both places", async () => {
  await sortPictures(results, { mode: "move", to });
  // As between the copy to another file system and the removal.
  await writeFile(join(pictures, "a.png"), "a.png");
  const lines = (await readFile(journal(), "utf8")).trimEnd().split("\n");
  const untouched = JSON.stringify({ from: join(pictures, "z.png"), to: join(to, "hats/z.png") });
  await writeFile(journal(), `${[...lines, untouched].join("\n")}\n{"from":"/pic`);
  expect(await undoSort(journal())).toEqual({ mode: "move", pictures: 4, left: [] });
  expect(await tree(pictures)).toEqual(FILES.map(([path]) => path).sort());
});

it("undo leaves what was changed since, and the journal with it", async () => {
  await sortPictures(results, { mode: "copy", to });
  await writeFile(join(to, "hats/b c.png"), "painted over by hand");
  const { pictures: count, left } = await undoSort(journal());
  expect(count).toBe(3);
  expect(left).toMatchObject(
    [{ path: join(to, "hats/b c.png"), reason: /changed/ }].map(({ path }) => ({ path })),
  );
  expect(await readFile(join(to, "hats/b c.png"), "utf8")).toBe("painted over by hand");
  expect(existsSync(journal())).toBe(true);
});

it.skipIf(!existsSync("/dev/shm"))("moves to another file system, and back", async () => {
  const other = await mkdtemp("/dev/shm/mmgan-sort-");
  try {
    to = join(other, "sorted");
    expect(await sortPictures(results, { mode: "move", to })).toMatchObject({ pictures: 4 });
    expect(await tree(pictures)).toEqual([]);
    expect(await texts(to, SORTED)).toEqual(["deep/A.PNG", "deep/a.png", "a.png", "b c.png"]);
    expect(await undoSort(journal())).toMatchObject({ pictures: 4 });
    expect(await tree(pictures)).toEqual(FILES.map(([path]) => path).sort());
  } finally {
    await rm(other, { recursive: true, force: true });
  }
});

describe("refused", () => {
  it("a folder that holds files, and copies inside the folder of the pictures", async () => {
    await mkdir(to);
    await writeFile(join(to, "mine.txt"), "");
    await expect(sortPictures(results, { mode: "copy", to })).rejects.toThrow(FolderInUseError);
    const inside = join(pictures, "sorted");
    await expect(sortPictures(results, { mode: "copy", to: inside })).rejects.toThrow(ArgumentError);
    await expect(sortPictures(results, { mode: "move", to: pictures })).rejects.toThrow(ArgumentError);
    expect(await tree(pictures)).toHaveLength(FILES.length);
    expect(await sortPictures(results, { mode: "move", to: inside })).toMatchObject({ pictures: 4 });
  });

  it("a journal that is none", async () => {
    await expect(undoSort(join(folder, "none.jsonl"))).rejects.toThrow(ResultsError);
    await expect(undoSort(results)).rejects.toThrow(/a journal of mmgan sort/);
  });
});

describe("names", () => {
  it("of folders are taken by every system, and differ", () => {
    expect(folderNames(5, { 0: "a/b", 1: "CON", 2: "hats", 3: "Hats" })).toEqual([
      ...["a_b", "_CON", "hats (2)", "Hats (3)", "cluster-04"],
    ]);
    expect(folderNames(101, {})[7]).toBe("cluster-007");
  });

  it("of files are kept where they can be", () => {
    const names = new FileNames();
    const given = ["x/a.png", "y/a.png", "a (2).png", "b:c?.jpg", "archive.zip/a.png"];
    expect(given.map((path) => names.take(path))).toEqual([
      ...["a.png", "a (2).png", "a (2) (2).png", "b_c_.jpg", "a (3).png"],
    ]);
  });
});
