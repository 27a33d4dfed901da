import {
  appendFile,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ArgumentError, FolderInUseError, InterruptedError, type ResultRow, ResultsError } from "@mmgan/core";
import { lockFile } from "@mmgan/node-io";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runPathFor } from "../results-file.js";
import { openResults } from "../write-results.js";
import { SORT_JOURNAL } from "./folder-names.js";
import { readJournal } from "./journal.js";
import { SORT_MODES } from "./place.js";
import { type SortOptions, sortPictures } from "./sort-pictures.js";
import { undoSort } from "./undo-sort.js";

let folder: string;
let photos: string;
let results: string;
let to: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "mmgan-sort-")));
  photos = join(folder, "photos");
  results = join(folder, "r.csv");
  to = join(folder, "sorted");
});
afterEach(() => rm(folder, { recursive: true }));

const ROW = {
  ...{ name: null, probability: 0.7, margin: 0.5, entropy: 0.25, distance: null, percentile: null },
  ...{ outlier: null, width: 1, height: 1, bytes: 1 },
};

/** Pictures below `photos`, each holding its own path, and results that put them into clusters. */
async function given(
  clusters: Readonly<Record<string, number>>,
  names: Readonly<Record<number, string>> = { 1: "boots" },
  root: string | null = photos,
): Promise<void> {
  const info = { schema: "1.0.0", model: { name: "shoes", sha256: "ab", clusters: 4 }, root };
  await writeFile(runPathFor(results), `${JSON.stringify({ ...info, options: {} })}\n`);
  const writer = await openResults(results, { info, names });
  for (const [path, cluster] of Object.entries(clusters)) {
    const file = root === null ? path : join(root, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, path);
    await writer.row({ ...ROW, path, cluster } satisfies ResultRow);
  }
  await writer.commit();
}

/** Relative path -> text of every file below a folder, links among them as "-> target". */
async function tree(below: string, prefix = ""): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(join(below, prefix), { withFileTypes: true })) {
    const path = prefix + entry.name;
    if (entry.isDirectory()) Object.assign(found, await tree(below, `${path}/`));
    else if (entry.isSymbolicLink()) found[path] = `-> ${await readlink(join(below, path))}`;
    else found[path] = await readFile(join(below, path), "utf8");
  }
  return found;
}

const sorted = async () => {
  const { [SORT_JOURNAL]: _, ...files } = await tree(to);
  return files;
};
const journal = () => join(to, SORT_JOURNAL);
const exists = (path: string) =>
  lstat(path).then(
    () => true,
    () => false,
  );
const THREE = { "a.png": 1, "deep/b.png": 0, "c.png": 1 };
const PHOTOS = { "a.png": "a.png", "deep/b.png": "deep/b.png", "c.png": "c.png" };

describe("sorting", () => {
  it("copies into a folder a cluster, by name or number, with the files' times", async () => {
    await given(THREE);
    await utimes(join(photos, "a.png"), 1000, 1000);
    const summary = await sortPictures(results, { mode: "copy", to });
    expect(summary).toEqual({
      ...{ mode: "copy", to, journal: journal(), pictures: 3, failures: [] },
      folders: { boots: 2, "cluster-00": 1 },
    });
    expect(await sorted()).toEqual({
      "boots/a.png": "a.png",
      "boots/c.png": "c.png",
      "cluster-00/b.png": "deep/b.png",
    });
    expect(await tree(photos)).toEqual(PHOTOS);
    expect((await stat(join(to, "boots", "a.png"))).mtimeMs).toBe(1_000_000);
  });

  it("links relatively, so that both folders may move together", async () => {
    await given(THREE);
    await sortPictures(results, { mode: "link", to });
    expect(await sorted()).toEqual({
      "boots/a.png": "-> ../../photos/a.png",
      "boots/c.png": "-> ../../photos/c.png",
      "cluster-00/b.png": "-> ../../photos/deep/b.png",
    });
    expect(await readFile(join(to, "cluster-00", "b.png"), "utf8")).toBe("deep/b.png");
  });

  it("moves: nothing is left, nothing is lost", async () => {
    await given(THREE);
    await sortPictures(results, { mode: "move", to });
    expect(await tree(photos)).toEqual({});
    expect(Object.values(await sorted()).sort()).toEqual(Object.values(PHOTOS).sort());
  });

  it("gives pictures of one name names of their own, on systems without cases too", async () => {
    await given({ "x/a.png": 1, "y/a.png": 1, "z/A.PNG": 1, "z/a (2).png": 1, "w/a.png": 2 });
    await sortPictures(results, { mode: "move", to });
    expect(await sorted()).toEqual({
      "boots/a.png": "x/a.png",
      "boots/a (2).png": "y/a.png",
      "boots/A (3).PNG": "z/A.PNG",
      "boots/a (2) (2).png": "z/a (2).png",
      "cluster-02/a.png": "w/a.png",
    });
  });

  it("never puts two clusters into one folder, whatever their names", async () => {
    const names = { 0: "Bag", 1: "bag", 2: "bag (1)", 3: SORT_JOURNAL };
    await given({ "0/a.png": 0, "1/a.png": 1, "2/a.png": 2, "3/a.png": 3 }, names);
    await sortPictures(results, { mode: "move", to });
    const files = await sorted();
    expect(Object.values(files).sort()).toEqual(["0/a.png", "1/a.png", "2/a.png", "3/a.png"]);
    expect(new Set(Object.keys(files).map((path) => dirname(path).toLowerCase())).size).toBe(4);
  });

  it("makes safe names of unsafe ones, and short ones of long ones", async () => {
    const long = `${"日".repeat(80)}.png`; // 244 bytes
    await given(
      { [`x/${long}`]: 0, [`y/${long}`]: 0, "p/d.png": 1, "q/d.png": 2 },
      { 0: "日".repeat(100), 1: "..", 2: "a/b:c" },
    );
    const { pictures } = await sortPictures(results, { mode: "copy", to });
    expect(pictures).toBe(4);
    const files = await sorted();
    expect(files["_/d.png"]).toBe("p/d.png");
    expect(files["a_b_c/d.png"]).toBe("q/d.png");
    const folder = "日".repeat(85); // 255 bytes
    expect(files[`${folder}/${long}`]).toBe(`x/${long}`);
    expect(files[`${folder}/${"日".repeat(80)} (2).png`]).toBe(`y/${long}`); // 248 bytes
  });

  it("tells pictures that cannot be sorted, and sorts the others", async () => {
    await given({ ...THREE, "all.zip/e.png": 2, "link.png": 2, "dir.png": 2 });
    await rm(join(photos, "a.png"));
    await rm(join(photos, "all.zip"), { recursive: true });
    await writeFile(join(photos, "all.zip"), "");
    await rm(join(photos, "link.png"));
    await symlink("c.png", join(photos, "link.png"));
    await rm(join(photos, "dir.png"));
    await mkdir(join(photos, "dir.png"));
    const { failures, pictures } = await sortPictures(results, { mode: "move", to });
    expect(pictures).toBe(2);
    expect(failures.map(({ path, code }) => [path, code])).toEqual([
      ["a.png", "E_FILE_MISSING"],
      ["all.zip/e.png", "E_FILE_MISSING"],
      ["link.png", "E_FILE_KIND"],
      ["dir.png", "E_FILE_KIND"],
    ]);
    expect(await readlink(join(photos, "link.png"))).toBe("c.png");
  });
});

describe("refuses, and touches nothing,", () => {
  const refused = async (options: SortOptions, error: unknown, message: RegExp | string) => {
    const work = sortPictures(results, options);
    await expect(work).rejects.toThrow(error as never);
    await expect(work).rejects.toThrow(message);
    expect(await tree(photos)).toEqual(PHOTOS);
  };

  it.each(SORT_MODES)("a folder inside the pictures' own, also through a link (%s)", async (mode) => {
    await given(THREE);
    await symlink(photos, join(folder, "way"));
    for (const inside of [
      photos,
      join(photos, "new"),
      join(photos, "deep", "new"),
      join(folder, "way", "new"),
    ])
      await refused({ mode, to: inside }, ArgumentError, "outside of the pictures' own");
    expect(await exists(join(photos, "new"))).toBe(false);
  });

  it("no folder beside the pictures' own, where several were given", async () => {
    await given({ "photos/a.png": 1, "more/b.png": 1 }, {}, folder);
    await expect(sortPictures(results, { mode: "copy", to: join(folder, "more", "x") })).rejects.toThrow(
      "own",
    );
    expect((await sortPictures(results, { mode: "copy", to })).pictures).toBe(2);
  });

  it("a folder that holds anything, naming the way back where it was sorted into", async () => {
    await given(THREE);
    await mkdir(to);
    await writeFile(join(to, "mine.txt"), "");
    await refused({ mode: "move", to }, FolderInUseError, "it holds mine.txt");
    expect(await readdir(to)).toEqual(["mine.txt"]);
    await rm(join(to, "mine.txt"));
    await sortPictures(results, { mode: "copy", to });
    await refused({ mode: "move", to }, FolderInUseError, `mmgan sort --undo ${journal()}`);
  });

  it("a folder that another process sorts into", async () => {
    await given(THREE);
    const lock = await lockFile(journal());
    await refused({ mode: "move", to }, FolderInUseError, "on this host");
    await lock.release();
  });

  it("rows of clusters that the model does not have", async () => {
    await given(THREE);
    await appendFile(results, `z.png,4,,0.7,0.5,0.25,,,,1,1,1\n`);
    await refused({ mode: "move", to }, ResultsError, "from 0 to 3 for z.png");
    expect(await exists(to)).toBe(false);
  });

  it("a file in the place of the folder", async () => {
    await given(THREE);
    await writeFile(to, "");
    await refused({ mode: "move", to }, ArgumentError, to);
  });
});

describe.each(SORT_MODES)("undoing (%s)", (mode) => {
  const many = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`${i % 2}/${i % 4}.${i}.png`, i % 3]));

  it("leaves everything as it was, its own folder gone", async () => {
    await given(many);
    const before = await tree(folder);
    await sortPictures(results, { mode, to });
    expect(await undoSort(journal())).toEqual({ mode, pictures: 9, left: [] });
    expect(await tree(folder)).toEqual(before);
    expect(await exists(to)).toBe(false);
  });

  it("takes back what was stopped after any number of pictures", async () => {
    await given(many);
    const before = await tree(folder);
    for (let n = 0; n < 9; n++) {
      const stop = new AbortController();
      if (n === 0) stop.abort();
      const onPicture = (done: number) => done === n && stop.abort();
      await expect(sortPictures(results, { mode, to, signal: stop.signal, onPicture })).rejects.toThrow(
        InterruptedError,
      );
      expect(Object.keys(await sorted()).length).toBe(n);
      expect((await undoSort(journal())).pictures).toBe(n);
      expect(await tree(folder)).toEqual(before);
    }
  });

  it("goes on after it was stopped itself", async () => {
    await given(many);
    const before = await tree(folder);
    await sortPictures(results, { mode, to });
    const stop = new AbortController();
    const onPicture = (done: number) => done === 4 && stop.abort();
    await expect(undoSort(journal(), { signal: stop.signal, onPicture })).rejects.toThrow(InterruptedError);
    expect(await undoSort(journal())).toEqual({ mode, pictures: 5, left: [] });
    expect(await tree(folder)).toEqual(before);
  });

  it("understands a journal whose last line a kill tore", async () => {
    await given(many);
    const before = await tree(folder);
    const stop = new AbortController();
    stop.abort();
    const nothing = sortPictures(results, { mode, to, signal: stop.signal });
    await expect(nothing).rejects.toThrow(InterruptedError);
    await appendFile(journal(), '{"from":"/photos/a.p');
    expect(await undoSort(journal())).toEqual({ mode, pictures: 0, left: [] });
    expect(await tree(folder)).toEqual(before);
  });

  it("removes the unfinished copy of the process that was killed, and no other file", async () => {
    await given(many);
    await sortPictures(results, { mode, to });
    const [unfinished, mine] = [
      join(to, "boots", `.mmgan-${process.pid}-0123456789ab.tmp`),
      join(to, "boots", "x"),
    ];
    await writeFile(unfinished, "");
    await writeFile(mine, "");
    expect((await undoSort(journal())).left).toEqual([]);
    expect(await exists(unfinished)).toBe(false);
    expect(await tree(to)).toEqual({ "boots/x": "" });
  });

  it("finds the pictures when the sorted folder was moved", async () => {
    await given(many);
    const before = await tree(photos);
    await sortPictures(results, { mode, to });
    const elsewhere = join(folder, "x", "y");
    await mkdir(dirname(elsewhere));
    await rename(to, elsewhere);
    expect(await undoSort(join(elsewhere, SORT_JOURNAL))).toEqual({ mode, pictures: 9, left: [] });
    expect(await tree(photos)).toEqual(before);
    expect(await exists(elsewhere)).toBe(false);
  });

  it("refuses while pictures are still sorted", async () => {
    await given(many);
    await sortPictures(results, { mode, to });
    const lock = await lockFile(journal());
    await expect(undoSort(journal())).rejects.toThrow(FolderInUseError);
    await lock.release();
  });
});

describe("undoing never removes the last of a picture:", () => {
  const left = async () => (await undoSort(journal())).left.map(({ reason }) => reason);

  it("a copy whose original is gone, or was changed, or was changed itself", async () => {
    await given({ "a.png": 1, "b.png": 1, "c.png": 1, "d.png": 1 });
    await sortPictures(results, { mode: "copy", to });
    await rm(join(photos, "a.png"));
    await writeFile(join(photos, "b.png"), "B.png"); // the same size
    await utimes(join(photos, "b.png"), 1000, 1000);
    await writeFile(join(to, "boots", "c.png"), "C.png");
    await utimes(join(to, "boots", "c.png"), 1000, 1000);
    expect(await left()).toEqual([
      "it or its original was changed since",
      "it or its original was changed since",
      `${join(photos, "a.png")} is gone: this is what is left of it`,
    ]);
    expect(await sorted()).toEqual({
      "boots/a.png": "a.png",
      "boots/b.png": "b.png",
      "boots/c.png": "C.png",
    });
    expect(await exists(journal())).toBe(true);
  });

  it("a copy that was only touched goes", async () => {
    await given({ "a.png": 1 });
    await sortPictures(results, { mode: "copy", to });
    await utimes(join(to, "boots", "a.png"), 1000, 1000);
    expect(await left()).toEqual([]);
  });

  it("a moved picture whose place another one of the same size took", async () => {
    await given({ "a.png": 1 });
    await sortPictures(results, { mode: "move", to });
    await writeFile(join(photos, "a.png"), "A.png");
    expect(await left()).toEqual([`${join(photos, "a.png")} is there again and is another picture`]);
    expect(await sorted()).toEqual({ "boots/a.png": "a.png" });
    // Out of the way, it goes back.
    await rm(join(photos, "a.png"));
    expect(await left()).toEqual([]);
    expect(await tree(photos)).toEqual({ "a.png": "a.png" });
  });

  it("a moved picture whose place a link to it took", async () => {
    await given({ "a.png": 1 });
    await sortPictures(results, { mode: "move", to });
    await symlink(join(to, "boots", "a.png"), join(photos, "a.png"));
    expect(await left()).toEqual([`${join(photos, "a.png")} is a link to it`]);
    expect(await sorted()).toEqual({ "boots/a.png": "a.png" });
  });

  it("a picture that a person put in the place of a link", async () => {
    await given({ "a.png": 1, "b.png": 1 });
    await sortPictures(results, { mode: "link", to });
    for (const name of ["a.png", "b.png"]) await rm(join(to, "boots", name));
    await writeFile(join(to, "boots", "a.png"), "mine");
    await symlink("/", join(to, "boots", "b.png"));
    expect(await left()).toEqual([
      "it is another link than was made",
      "it or its original was changed since",
    ]);
  });

  it("tells a picture that is in neither place, and keeps the journal", async () => {
    await given({ "a.png": 1 });
    await sortPictures(results, { mode: "move", to });
    await rename(join(to, "boots", "a.png"), join(folder, "kept.png"));
    expect(await left()).toEqual(["it is neither here nor where it came from"]);
    expect(await exists(journal())).toBe(true);
  });

  it("makes folders again that were emptied and removed", async () => {
    await given(THREE);
    await sortPictures(results, { mode: "move", to });
    await rm(photos, { recursive: true });
    expect(await left()).toEqual([]);
    expect(await tree(photos)).toEqual(PHOTOS);
  });

  it("refuses what is no journal", async () => {
    for (const [text, message] of [
      [undefined, "does not exist or is empty"],
      ["", "does not exist or is empty"],
      ["path,cluster\n", "Expected a journal of mmgan sort"],
      ['{"schema":"2.0.0","mode":"move","to":"/","pid":1}\n', "Expected a journal of mmgan sort"],
    ] as const) {
      if (text !== undefined) await writeFile(join(folder, "j.jsonl"), text);
      await expect(undoSort(join(folder, "j.jsonl"))).rejects.toThrow(ResultsError);
      await expect(undoSort(join(folder, "j.jsonl"))).rejects.toThrow(message);
    }
    await expect(undoSort(folder)).rejects.toThrow(ResultsError);
  });
});

const SHM = "/dev/shm";
const device = (path: string) =>
  stat(path).then(
    ({ dev }) => dev,
    () => undefined,
  );
const [here, there] = [await device(tmpdir()), await device(SHM)];

describe.skipIf(there === undefined || here === there)("to another file system", () => {
  let away: string;
  beforeEach(async () => {
    away = await mkdtemp(join(SHM, "mmgan-sort-"));
    to = join(away, "sorted");
  });
  afterEach(() => rm(away, { recursive: true }));

  it("moves and moves back", async () => {
    await given(THREE);
    await utimes(join(photos, "a.png"), 1000, 1000);
    await sortPictures(results, { mode: "move", to });
    expect(await tree(photos)).toEqual({});
    expect(Object.values(await sorted()).sort()).toEqual(Object.values(PHOTOS).sort());
    expect(await undoSort(journal())).toEqual({ mode: "move", pictures: 3, left: [] });
    expect(await tree(photos)).toEqual(PHOTOS);
    expect((await stat(join(photos, "a.png"))).mtimeMs).toBe(1_000_000);
    expect(await readdir(away)).toEqual([]);
  });

  it("a kill between copy and removal leaves both, and undo the original", async () => {
    await given(THREE);
    await sortPictures(results, { mode: "move", to });
    await writeFile(join(photos, "c.png"), "c.png");
    // And another one before its copy had its name.
    await rm(join(to, "boots", "a.png"));
    await writeFile(join(photos, "a.png"), "a.png");
    await writeFile(join(to, "boots", `.mmgan-${process.pid}-0123456789ab.tmp`), "a.p");
    expect(await undoSort(journal())).toEqual({ mode: "move", pictures: 2, left: [] });
    expect(await tree(photos)).toEqual(PHOTOS);
    expect(await readdir(away)).toEqual([]);
  });
});

it("a journal cut at any byte is read as far as its lines are whole", async () => {
  await given(THREE);
  await sortPictures(results, { mode: "copy", to });
  const whole = await readFile(journal());
  const head = whole.indexOf(10) + 1;
  for (let bytes = whole.length; bytes >= head; bytes -= 7) {
    await truncate(journal(), bytes);
    const lines = whole.subarray(head, bytes).toString().split("\n").length - 1;
    expect((await readJournal(journal())).entries.length).toBe(lines);
  }
});
