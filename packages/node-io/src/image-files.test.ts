import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ArgumentError, EmptyFolderError } from "@mmgan/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sha256File } from "./hash.js";
import { listImages, listLabelledImages } from "./image-files.js";
import { compareNatural } from "./natural-order.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mmgan-images-"));
});
afterEach(() => rm(folder, { recursive: true }));

const put = async (...names: string[]): Promise<void> => {
  for (const name of names) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), "");
  }
};
const inside = (...names: string[]): string[] => names.map((name) => join(folder, name));

test("pictures in natural order, whatever case their ending has; other and hidden files left out", async () => {
  await put(
    "10.png",
    "9.PNG",
    "a.JPeG",
    "b.txt",
    ".hidden.png",
    ".git/x.png",
    "b.webp",
    "sub/2.gif",
    "sub/01.tif",
  );
  expect(await listImages(folder)).toEqual(
    inside("9.PNG", "10.png", "a.JPeG", "b.webp", "sub/01.tif", "sub/2.gif"),
  );
  expect(await listImages(folder, { recursive: false })).toEqual(
    inside("9.PNG", "10.png", "a.JPeG", "b.webp"),
  );
});

test("pictures that cannot be decoded are listed, so that they are reported", async () => {
  await put("scan.bmp", "phone.heic");
  expect(await listImages(folder)).toEqual(inside("phone.heic", "scan.bmp"));
});

test("links are followed, loops are not", async () => {
  await put("real/1.png");
  await symlink("real/1.png", join(folder, "link.png"));
  await symlink("nowhere.png", join(folder, "broken.png"));
  await symlink("..", join(folder, "real/up"));
  expect(await listImages(folder)).toEqual(inside("broken.png", "link.png", "real/1.png"));
});

test("no picture: an empty list, or EmptyFolderError when asked", async () => {
  await put("notes.txt");
  expect(await listImages(folder)).toEqual([]);
  const error = await listImages(folder, { mustHaveImages: true }).catch((e) => e);
  expect(error).toBeInstanceOf(EmptyFolderError);
  expect(error.message).toContain(`Expected a folder with images for ${folder} but found none.`);
});

test("no folder, or a file, is an ArgumentError", async () => {
  await put("a.png");
  const none = await listImages(join(folder, "none")).catch((e) => e);
  expect(none).toBeInstanceOf(ArgumentError);
  expect(none.message).toContain(`${join(folder, "none")}: it does not exist`);
  await expect(listImages(join(folder, "a.png"))).rejects.toThrow("it is a file");
});

test("a labelled folder: one class for each sub-folder with pictures, in natural order", async () => {
  await put("10/b.png", "9/a.png", "9/deep/c.png", "empty/readme.txt", "notes.txt");
  const found = await listLabelledImages(folder);
  expect(found?.classNames).toEqual(["9", "10"]);
  expect(found?.paths).toEqual(inside("9/a.png", "9/deep/c.png", "10/b.png"));
  expect([...found!.labels]).toEqual([0, 0, 1]);
});

test("one sub-folder, or pictures beside the sub-folders, is no labelled folder", async () => {
  await put("only/a.png");
  expect(await listLabelledImages(folder)).toBeUndefined();
  await put("other/b.png");
  expect((await listLabelledImages(folder))?.classNames).toHaveLength(2);
  await put("c.png");
  expect(await listLabelledImages(folder)).toBeUndefined();
});

test("natural order", () => {
  const names = ["b", "a10", "a2", "a02", "A", "a", "a2b", "a100000000000000000000", "é", ""];
  expect(names.sort(compareNatural)).toEqual([
    "",
    "A",
    "a",
    "a02",
    "a2",
    "a2b",
    "a10",
    "a100000000000000000000",
    "b",
    "é",
  ]);
});

test("sha256File gives the digest of FIPS 180-2's example", async () => {
  await writeFile(join(folder, "abc"), "abc");
  expect(await sha256File(join(folder, "abc"))).toBe(
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});
