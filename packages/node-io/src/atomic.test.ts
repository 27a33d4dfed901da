import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArgumentError, DiskFullError, FolderInUseError } from "@mmgan/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openAtomic, writeFileAtomic } from "./atomic.js";
import { openFolderAtomic, writeFolderAtomic } from "./atomic-folder.js";
import { writeError } from "./file-errors.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mmgan-atomic-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("writeFileAtomic", () => {
  test("replaces the file, keeps its mode, and leaves nothing else behind", async () => {
    const path = join(folder, "a.txt");
    await writeFile(path, "old");
    await chmod(path, 0o640);
    await writeFileAtomic(path, "new é");
    expect(await readFile(path, "utf8")).toBe("new é");
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    expect(await readdir(folder)).toEqual(["a.txt"]);
  });

  test("makes parent folders and follows a link to the file behind it", async () => {
    await writeFileAtomic(join(folder, "b/c/real.bin"), Uint8Array.of(1, 2, 255));
    await symlink("b/c/real.bin", join(folder, "link"));
    await writeFileAtomic(join(folder, "link"), Uint8Array.of(3));
    expect((await lstat(join(folder, "link"))).isSymbolicLink()).toBe(true);
    expect([...(await readFile(join(folder, "b/c/real.bin")))]).toEqual([3]);
  });

  test("a file as a parent, and a folder in the file's place, name the path and the remedy", async () => {
    await writeFile(join(folder, "file"), "kept");
    const under = await writeFileAtomic(join(folder, "file/x"), "").catch((e) => e);
    expect(under).toBeInstanceOf(ArgumentError);
    expect(under.message).toBe(
      `Expected a writable path but received ${join(folder, "file/x")}: a part of the path is a file, not a folder (ENOTDIR). Choose a path whose parents are folders.`,
    );
    const onFolder = await writeFileAtomic(folder, "").catch((e) => e);
    expect(onFolder).toBeInstanceOf(ArgumentError);
    expect(onFolder.message).toContain(`received ${folder}: it is a folder. Give the path of a file`);
    expect(await readFile(join(folder, "file"), "utf8")).toBe("kept");
    expect(await readdir(folder)).toEqual(["file"]);
  });

  test.skipIf(process.platform !== "linux")("a full device is a DiskFullError that names it", async () => {
    const error = await writeFileAtomic("/dev/full", "x").catch((e) => e);
    expect(error).toBeInstanceOf(DiskFullError);
    expect(error.code).toBe("E_DISK_FULL");
    expect(error.message).toContain("Expected free space for /dev/full but the disk is full (ENOSPC).");
  });

  test.skipIf(process.platform !== "linux")("a device is written to, not replaced", async () => {
    await writeFileAtomic("/dev/null", "x");
    expect((await stat("/dev/null")).isCharacterDevice()).toBe(true);
  });
});

describe("openAtomic", () => {
  test("nothing is seen before commit; abort after it does nothing", async () => {
    const path = join(folder, "rows.csv");
    const file = await openAtomic(path);
    await file.write("a\n");
    await file.write(Uint8Array.of(98, 10));
    await file.write("c".repeat(100_000));
    expect(await readdir(folder)).not.toContain("rows.csv");
    await file.commit();
    await file.abort();
    expect(await readFile(path, "utf8")).toBe(`a\nb\n${"c".repeat(100_000)}`);
    expect(await readdir(folder)).toEqual(["rows.csv"]);
  });

  test("what the caller does to a chunk after write does not reach the file", async () => {
    const file = await openAtomic(join(folder, "x"));
    const chunk = Uint8Array.of(1);
    await file.write(chunk);
    chunk[0] = 2;
    await file.commit();
    expect([...(await readFile(join(folder, "x")))]).toEqual([1]);
  });

  test("abort keeps the old file and removes the unfinished one", async () => {
    const path = join(folder, "a");
    await writeFile(path, "old");
    const file = await openAtomic(path);
    await file.write("x".repeat(100_000));
    await file.abort();
    expect(await readdir(folder)).toEqual(["a"]);
    expect(await readFile(path, "utf8")).toBe("old");
    await expect(file.write("y")).rejects.toThrow("no longer open");
  });
});

describe("writeFolderAtomic", () => {
  const bundle = (version: number, ...more: string[]): Map<string, Uint8Array> => {
    const names = ["encoder.onnx", ...more];
    const files = Object.fromEntries(names.map((name) => [name, { path: name }]));
    return new Map([
      ["manifest.json", Buffer.from(JSON.stringify({ version, files }))],
      ...names.map((name) => [name, Uint8Array.of(version)] as const),
    ]);
  };

  test("a new folder, an empty one and an older bundle are filled and replaced whole", async () => {
    const target = join(folder, "deep/bundle");
    await writeFolderAtomic(target, bundle(1, "grid.png"));
    expect((await readdir(target)).sort()).toEqual(["encoder.onnx", "grid.png", "manifest.json"]);
    await writeFolderAtomic(target, bundle(2));
    expect((await readdir(target)).sort()).toEqual(["encoder.onnx", "manifest.json"]);
    expect([...(await readFile(join(target, "encoder.onnx")))]).toEqual([2]);
    await mkdir(join(folder, "empty"));
    await writeFolderAtomic(join(folder, "empty"), bundle(3));
    expect((await readdir(join(folder, "empty"))).length).toBe(2);
    expect((await readdir(join(folder, "deep"))).sort()).toEqual(["bundle"]);
  });

  test("a folder that holds anything else is left alone, and the file in the way is named", async () => {
    const target = join(folder, "bundle");
    await writeFolderAtomic(target, bundle(1));
    await writeFile(join(target, "thesis.tex"), "years");
    const error = await writeFolderAtomic(target, bundle(2)).catch((e) => e);
    expect(error).toBeInstanceOf(FolderInUseError);
    expect(error.message).toContain("it holds other files (thesis.tex)");
    expect([...(await readFile(join(target, "encoder.onnx")))]).toEqual([1]);
    expect(await readdir(folder)).toEqual(["bundle"]);
  });

  test("names that leave the folder are refused before anything is written", async () => {
    for (const name of ["../x", "a/b", "..", "", "a\\b"]) {
      const error = await writeFolderAtomic(join(folder, "t"), new Map([[name, new Uint8Array(1)]])).catch(
        (e) => e,
      );
      expect(error).toBeInstanceOf(ArgumentError);
      expect(error.message).toContain(JSON.stringify(name));
    }
    expect(await readdir(folder)).toEqual([]);
  });

  test("a file in the folder's place stays", async () => {
    await writeFile(join(folder, "f"), "kept");
    await expect(writeFolderAtomic(join(folder, "f"), bundle(1))).rejects.toThrow(ArgumentError);
    expect(await readFile(join(folder, "f"), "utf8")).toBe("kept");
    expect(await readdir(folder)).toEqual(["f"]);
  });
});

test.each([
  ["ENOSPC", DiskFullError, "the disk is full"],
  ["EDQUOT", DiskFullError, "the quota is full"],
  ["EACCES", ArgumentError, "no permission to write there"],
  ["EROFS", ArgumentError, "the file system is read-only (EROFS). Choose a folder on a writable disk."],
  ["EBUSY", ArgumentError, "mount point"],
])("%s becomes an error that names the path", (code, type, words) => {
  const cause = Object.assign(new Error(code), { code });
  const error = writeError(cause, "out/run") as Error;
  expect(error).toBeInstanceOf(type);
  expect(error.message).toContain("out/run");
  expect(error.message).toContain(words);
  expect(error.cause).toBe(cause);
});

test("an error that is not about the path stays as it is", () => {
  const cause = new TypeError("bug");
  expect(writeError(cause, "p")).toBe(cause);
});

describe("openFolderAtomic", () => {
  const isOwn = (file: string) => /^(page\.html|data\/\d+\.js)$/.test(file);

  test("shows nothing under its name before it is whole", async () => {
    const target = join(folder, "new/gallery");
    const opened = await openFolderAtomic(target, isOwn);
    await opened.write("data/0.js", "0");
    await opened.write("page.html", Uint8Array.of(60));
    expect(await readdir(join(folder, "new"))).not.toContain("gallery");
    await opened.commit();
    await opened.abort();
    expect(await readdir(join(folder, "new"))).toEqual(["gallery"]);
    expect(await readdir(target, { recursive: true })).toEqual(["data", "page.html", "data/0.js"]);
  });

  test("replaces its own files, those that are not written again included", async () => {
    const target = join(folder, "gallery");
    await mkdir(join(target, "data"), { recursive: true });
    await writeFile(join(target, "data/7.js"), "old");
    const opened = await openFolderAtomic(target, isOwn);
    await opened.write("page.html", "new");
    await opened.commit();
    expect(await readdir(target)).toEqual(["page.html"]);
    expect(await readdir(folder)).toEqual(["gallery"]);
  });

  test("keeps the old folder when what is written is dropped", async () => {
    const target = join(folder, "gallery");
    await mkdir(target);
    await writeFile(join(target, "page.html"), "old");
    const opened = await openFolderAtomic(target, isOwn);
    await opened.write("page.html", "new");
    await opened.abort();
    expect(await readFile(join(target, "page.html"), "utf8")).toBe("old");
    expect(await readdir(folder)).toEqual(["gallery"]);
  });

  test("replaces no folder that holds another file, though it came meanwhile", async () => {
    const target = join(folder, "gallery");
    const opened = await openFolderAtomic(target, isOwn);
    await mkdir(join(target, "data"), { recursive: true });
    await writeFile(join(target, "data/photo.jpg"), "mine");
    await expect(opened.commit()).rejects.toThrow(FolderInUseError);
    await expect(openFolderAtomic(target, isOwn)).rejects.toThrow(/data\/photo\.jpg/);
    expect(await readdir(target, { recursive: true })).toEqual(["data", "data/photo.jpg"]);
    expect(await readdir(folder)).toEqual(["gallery"]);
  });

  test("writes nowhere else", async () => {
    const opened = await openFolderAtomic(join(folder, "gallery"), isOwn);
    await expect(opened.write("../x", "")).rejects.toThrow(/leaves the folder/);
    await opened.abort();
    expect(await readdir(folder)).toEqual([]);
  });
});
