import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArgumentError, EmptyFolderError, InterruptedError } from "@mmgan/core";
import { encodePng, writePng } from "@mmgan/node-io";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadDataset } from "./load.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mmgan-folder-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** A grey picture, all of one value, so that a pixel tells which file it came from. */
const plain = (value: number, height = 4, width = 4) => ({
  count: 1,
  height,
  width,
  channels: 1,
  data: new Uint8Array(height * width).fill(value),
});

/** Writes NAME.png for each entry, its pixels all of the value given. */
async function fill(values: Record<string, number>): Promise<void> {
  for (const [name, value] of Object.entries(values))
    await writePng(join(folder, `${name}.png`), plain(value));
}

/** The first pixel of each picture. */
const firsts = ({ pixels, count }: { pixels?: Uint8Array; count: number }) =>
  Array.from({ length: count }, (_, index) => pixels![(index * pixels!.length) / count]);

test("pictures come in natural order, split by position, at the size and channels asked", async () => {
  await fill({ p1: 10, p2: 20, p3: 30, p10: 100, p4: 40, p5: 50 });
  const train = await loadDataset(folder, { size: 2, channels: 1 });
  expect(train).toMatchObject({
    name: folder,
    kind: "image",
    split: "train",
    count: 5,
    image: { height: 2, width: 2, channels: 1 },
    fit: "contain",
    paths: ["p1.png", "p2.png", "p3.png", "p4.png", "p10.png"],
    unreadable: [],
  });
  expect(firsts(train)).toEqual([10, 20, 30, 40, 100]);
  expect(train.labels).toBeUndefined();
  const held = await loadDataset(folder, { size: 2, channels: 1, split: "test" });
  expect([held.paths, firsts(held)]).toEqual([["p5.png"], [50]]);
  expect((await loadDataset(folder, { size: 2, split: "all" })).count).toBe(6);
});

test("by default pictures are 32 pixels and RGB", async () => {
  await fill({ a: 70 });
  const { image, pixels } = await loadDataset(folder);
  expect(image).toEqual({ height: 32, width: 32, channels: 3 });
  expect([...new Set(pixels)]).toEqual([70]);
});

test("a wide picture gets bars, is cut or is squeezed, as asked", async () => {
  // 8 high, 16 wide: left half 200, right half 100.
  const data = Uint8Array.from({ length: 8 * 16 }, (_, index) => (index % 16 < 8 ? 200 : 100));
  await writePng(join(folder, "wide.png"), { count: 1, height: 8, width: 16, channels: 1, data });
  const rows = async (fit: "contain" | "cover" | "stretch") => {
    const { pixels } = await loadDataset(folder, { size: 8, channels: 1, fit });
    return [0, 1, 2, 3, 4, 5, 6, 7].map((row) => [...pixels!.subarray(row * 8, row * 8 + 8)]);
  };
  const ends = (row: number[] | undefined) => [row![0], row![7]];
  const contained = await rows("contain");
  for (const row of [0, 1, 6, 7]) expect(contained[row]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  for (const row of [2, 3, 4, 5]) expect(ends(contained[row])).toEqual([200, 100]);
  // cover takes the middle 8 of the 16 columns, as they are.
  for (const row of await rows("cover")) expect(row).toEqual([200, 200, 200, 200, 100, 100, 100, 100]);
  // stretch keeps all columns, averaged by twos; only beside the edge can they mix.
  for (const row of await rows("stretch")) {
    expect([row[0], row[1], row[6], row[7]]).toEqual([200, 200, 100, 100]);
    expect(row[3]! > row[4]!).toBe(true);
  }
});

test("what cannot be decoded is listed with its reason and moves no other picture", async () => {
  await fill({ a: 1, b: 2, d: 4, e: 5, f: 6, h: 8 });
  await writeFile(join(folder, "c.png"), "");
  const png = await encodePng(plain(7, 64, 64));
  await writeFile(join(folder, "g.png"), png.subarray(0, png.length - 20));
  const train = await loadDataset(folder, { size: 4, channels: 1 });
  expect(train.paths).toEqual(["a.png", "b.png", "d.png", "f.png", "h.png"]);
  expect(firsts(train)).toEqual([1, 2, 4, 6, 8]);
  expect(train.pixels!.length).toBe(5 * 4 * 4);
  expect(train.unreadable!.map(({ path }) => path)).toEqual(["c.png", "g.png"]);
  expect(train.unreadable![0]!.reason).toBe("it is empty (0 bytes)");
  expect(train.unreadable![1]!.reason).toMatch(/truncated|cannot be decoded/);
  // c.png still counts as the third: the fifth, e.png, is the one held out.
  expect((await loadDataset(folder, { split: "test" })).paths).toEqual(["e.png"]);
});

test("a folder with nothing readable is an empty folder, and the first reason is given", async () => {
  await writeFile(join(folder, "a.png"), "");
  await writeFile(join(folder, "b.jpg"), "text");
  const error = await loadDataset(folder).catch((cause) => cause);
  expect(error).toBeInstanceOf(EmptyFolderError);
  expect(error.message).toBe(
    `Expected readable images for ${folder} but none of 2 can be decoded. The first, a.png: it is empty (0 bytes).`,
  );
});

test("a folder without pictures is an empty folder", async () => {
  await writeFile(join(folder, "notes.txt"), "text");
  const error = await loadDataset(folder).catch((cause) => cause);
  expect(error).toBeInstanceOf(EmptyFolderError);
  expect(error).toMatchObject({ code: "E_EMPTY_FOLDER" });
  expect(error.message).toContain(folder);
});

test("sub-folders are classes when labels are asked for, and only then", async () => {
  await mkdir(join(folder, "dog"));
  await mkdir(join(folder, "cat"));
  await fill({ "cat/1": 11, "cat/2": 12, "dog/1": 21, "dog/2": 22, "dog/3": 23, "dog/4": 24 });
  const options = { size: 4, channels: 1, split: "all" } as const;
  const labelled = await loadDataset(folder, { ...options, labels: true });
  expect(labelled.classNames).toEqual(["cat", "dog"]);
  expect([...labelled.labels!]).toEqual([0, 0, 1, 1, 1, 1]);
  expect(firsts(labelled)).toEqual([11, 12, 21, 22, 23, 24]);
  const unlabelled = await loadDataset(folder, options);
  expect(unlabelled.labels).toBeUndefined();
  expect(unlabelled.classNames).toBeUndefined();
  expect(unlabelled.pixels).toEqual(labelled.pixels);
  const held = await loadDataset(folder, { ...options, split: "test", labels: true });
  expect([firsts(held), [...held.labels!], held.classNames]).toEqual([[23], [1], ["cat", "dog"]]);
});

test("labels follow their pictures past an unreadable one", async () => {
  await mkdir(join(folder, "x"));
  await mkdir(join(folder, "y"));
  await fill({ "x/2": 2, "y/1": 3 });
  await writeFile(join(folder, "x", "1.png"), "no picture");
  const { labels, paths, unreadable } = await loadDataset(folder, { labels: true, split: "all" });
  expect([...labels!]).toEqual([0, 1]);
  expect(paths).toEqual([join("x", "2.png"), join("y", "1.png")]);
  expect(unreadable!.map(({ path }) => path)).toEqual([join("x", "1.png")]);
});

test("labels asked of a folder without classes are refused, with what to do", async () => {
  await fill({ a: 1 });
  await expect(loadDataset(folder, { labels: true })).rejects.toThrow(
    new ArgumentError(
      `Expected a labelled folder for ${folder} but received one without classes. Put the images into one sub-folder a class, at least two of them, and none beside the sub-folders.`,
    ),
  );
});

test("four pictures have no test split", async () => {
  await fill({ a: 1, b: 2, c: 3, d: 4 });
  await expect(loadDataset(folder, { split: "test" })).rejects.toThrow(
    new ArgumentError(
      `Expected at least 5 images for a test split of ${folder} but received 4. Add images, or use split all.`,
    ),
  );
});

test("an abort while decoding stops with an InterruptedError", async () => {
  await fill(Object.fromEntries(Array.from({ length: 70 }, (_, index) => [`p${index}`, index])));
  const controller = new AbortController();
  const seen: number[] = [];
  const running = loadDataset(folder, {
    split: "all",
    size: 4,
    signal: controller.signal,
    onProgress: ({ done, total }) => {
      seen.push(done, total);
      controller.abort();
    },
  });
  await expect(running).rejects.toThrow(
    new InterruptedError(`Stopped on request while reading the images of ${folder}.`),
  );
  expect(seen).toEqual([64, 70]);
});
