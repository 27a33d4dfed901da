import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EmptyFolderError } from "@mmgan/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { patched, png, type TarEntry, tarOf, zipOf } from "../testing/pictures.js";
import { openSource } from "./open-source.js";
import { readItem } from "./read-item.js";
import type { SourceEntry } from "./source-item.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mmgan-archives-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const archive = (name: string, bytes: Uint8Array): string => {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};
/** What an archive gives: entries with their bytes, or with their error, paths after the archive's. */
async function contentsOf(file: string, maxBytes?: number): Promise<[path: string, what: unknown][]> {
  const found: [string, unknown][] = [];
  for await (const item of openSource(file)) {
    const path = item.path === file ? "the archive" : item.path.slice(file.length + 1);
    if ("error" in item) found.push([path, item.error]);
    else
      found.push([
        path,
        await readItem(item, maxBytes === undefined ? {} : { maxBytes }).then(
          ({ data }) => Buffer.from(data).toString("latin1"),
          ({ rowCode: code, reason }) => ({ code, reason }),
        ),
      ]);
  }
  return found;
}

const FILES = { "10.png": "ten", "sub/2.JPG": "two", "notes.txt": "no picture", "sub/1.png": "one" };
const PICTURES = [
  ["10.png", "ten"],
  ["sub/2.JPG", "two"],
  ["sub/1.png", "one"],
];
const bytesOf = (files: Record<string, string>) =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)]));
const entriesOf = (files: Record<string, string>): TarEntry[] =>
  Object.entries(files).map(([name, text]) => ({ name, data: Buffer.from(text) }));

describe.each([
  ["a.zip", (files: Record<string, string>) => zipOf(bytesOf(files))],
  ["a.TAR", (files: Record<string, string>) => tarOf(entriesOf(files))],
  ["a.tar.gz", (files: Record<string, string>) => tarOf(entriesOf(files), true)],
  ["a.tgz", (files: Record<string, string>) => tarOf(entriesOf(files), true)],
] as const)("%s", (name, make) => {
  test("its pictures, in its order, with sizes; the time is the archive's", async () => {
    const file = archive(name, await make(FILES));
    expect(await contentsOf(file)).toEqual(PICTURES);
    const source = openSource(file);
    for await (const item of source) expect(item).toMatchObject({ size: 3, mtimeMs: statSync(file).mtimeMs });
    expect(await source.count()).toBe(name === "a.zip" ? 3 : null);
  });

  test("entries that nobody reads are passed over", async () => {
    const file = archive(name, await make({ ...FILES, "large.png": "x".repeat(1_000_000), "last.png": "z" }));
    const paths: string[] = [];
    for await (const item of openSource(file)) paths.push(item.path.slice(file.length + 1));
    expect(paths).toEqual(["10.png", "sub/2.JPG", "sub/1.png", "large.png", "last.png"]);
    for await (const item of openSource(file)) if (item.path.endsWith("2.JPG")) break;
  });

  test("hidden entries are left out, and counted", async () => {
    const source = openSource(
      archive(name, await make({ "__MACOSX/._a.png": "fork", ".git/b.png": "b", "c.png": "c" })),
    );
    const paths: string[] = [];
    for await (const { path } of source) paths.push(path);
    expect(paths).toHaveLength(1);
    expect(source.leftOut.hidden).toBe(2);
  });

  test("an entry of more bytes than the limit is an error, and not inflated", async () => {
    const file = archive(name, await make({ "bomb.png": "x".repeat(5000), "b.png": "b" }));
    expect(await contentsOf(file, 4999)).toEqual([
      [
        "bomb.png",
        { code: "E_IMAGE_SIZE", reason: "it is larger than the limit: 5000 bytes, at most 4999 are read" },
      ],
      ["b.png", "b"],
    ]);
  });

  test("entries whose names lead out of the archive are errors", async () => {
    const whole = await make({ "xx/evil.png": "1", "/xbs.png": "2", "a/xx/b.png": "3", "ok.png": "4" }).catch(
      () => make({ "xx/evil.png": "1", "xxbs.png": "2", "a/xx/b.png": "3", "ok.png": "4" }),
    );
    if (name.endsWith("gz")) return; // the names are compressed; the tar itself is tested
    const patchedBytes = patched(
      patched(patched(whole, "xx/evil", "../evil"), "a/xx/b", "a/../b"),
      "xxbs",
      "/xbs",
    );
    const error = {
      code: "E_ARCHIVE",
      reason: "the archive cannot be read: the entry's name leads out of it",
    };
    const bytes = name === "a.TAR" ? withChecksums(patchedBytes) : patchedBytes;
    expect(await contentsOf(archive(name, bytes))).toEqual([
      ["../evil.png", error],
      ["/xbs.png", error],
      ["a/../b.png", error],
      ["ok.png", "4"],
    ]);
  });

  test("a truncated archive gives what came before, then one error", async () => {
    const pictures = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [
        `${i}.png`,
        `${Array.from({ length: 3000 }, (_, j) => (i * j * 7919) % 97)}`,
      ]),
    );
    const whole = await make(pictures);
    const file = archive(name, whole.subarray(0, Math.floor(whole.length * 0.7)));
    const found = await contentsOf(file);
    const [path, error] = found.at(-1)!;
    expect(path).toBe("the archive");
    expect(error).toMatchObject({ code: "E_ARCHIVE" });
    expect((error as { reason: string }).reason).toMatch(/^the archive cannot be read: ./);
    // A zip's directory is at its end.
    const good = found.filter(([, what]) => typeof what === "string");
    if (name === "a.zip") expect(found).toHaveLength(1);
    else expect(good.length).toBeGreaterThan(5);
    expect(good).toEqual(Object.entries(pictures).slice(0, good.length));
  });

  test("what is no archive is one error", async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(3000, "x")]) {
      const file = archive(name, bytes);
      const found = await contentsOf(file).catch((e) => e);
      // Nothing at all is a tar without entries.
      if (bytes.length === 0 && name === "a.TAR") expect(found).toBeInstanceOf(EmptyFolderError);
      else expect(found).toEqual([["the archive", { code: "E_ARCHIVE", reason: expect.any(String) }]]);
    }
  });
});

test("without a picture an archive is an EmptyFolderError", async () => {
  const file = archive("none.zip", await zipOf({ "a.txt": Buffer.from("a") }));
  await expect(contentsOf(file)).rejects.toThrow(EmptyFolderError);
});

test("a zip: encrypted and damaged entries are errors, the others are read", async () => {
  const good = await png(1);
  const text = Buffer.from("abcdefghij".repeat(500));
  const whole = await zipOf({ "a.png": text, "b.png": good, "c.png": text });
  // Flag bit 0 of the local header (byte 6) and of the directory (byte 8) of the first entry.
  const encrypted = Buffer.from(whole);
  encrypted[6]! |= 1;
  encrypted[encrypted.indexOf(Buffer.from("PK\x01\x02")) + 8]! |= 1;
  expect(
    (await contentsOf(archive("encrypted.zip", encrypted))).map(([path, what]) => [
      path,
      (what as { reason?: string }).reason,
    ]),
  ).toEqual([
    ["a.png", "the archive cannot be read: the entry is encrypted"],
    ["b.png", undefined],
    ["c.png", undefined],
  ]);
  const damaged = Buffer.from(whole);
  damaged.fill(0xff, 40, 60);
  const [first, ...rest] = await contentsOf(archive("damaged.zip", damaged));
  expect(first![1]).toMatchObject({ code: "E_ARCHIVE" });
  expect(rest.map(([, what]) => what)).toEqual([good.toString("latin1"), text.toString("latin1")]);
});

test("a tar: links and pipes are errors; names that are no UTF-8 are shown with \\xNN", async () => {
  const tar = await tarOf([
    { name: "folder.png", type: "directory" },
    { name: "link.png", type: "symlink" },
    { name: "pipe.png", type: "fifo" },
    { name: "pipe.txt", type: "fifo" },
    { name: "./a é 😀.png", data: Buffer.from("a") },
    { name: "cafX.png", data: Buffer.from("b") },
  ]);
  const file = archive(
    "a.tar",
    withChecksums(patched(tar, "cafX.png", Buffer.from("caf\xe9.png", "latin1"))),
  );
  expect(await contentsOf(file)).toEqual([
    ["link.png", { code: "E_FILE_KIND", reason: "it is not a file: it is a symlink in an archive" }],
    ["pipe.png", { code: "E_FILE_KIND", reason: "it is not a file: it is a fifo in an archive" }],
    ["a é 😀.png", "a"],
    ["caf\\xe9.png", { code: "E_FILE_NAME", reason: "its name cannot be used: it is no UTF-8" }],
  ]);
});

test("zip entries can be read while others are", async () => {
  const file = archive("a.zip", await zipOf(bytesOf(FILES)));
  const reading: Promise<Uint8Array>[] = [];
  for await (const item of openSource(file)) reading.push((item as SourceEntry).bytes());
  const texts = (await Promise.all(reading)).map((bytes) => Buffer.from(bytes).toString());
  expect(texts).toEqual(["ten", "two", "one"]);
});

/** A tar whose headers were patched, with their checksums right: the sum of the header's bytes, spaces in its place. */
function withChecksums(tar: Buffer): Buffer {
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    tar.fill(" ", at + 148, at + 156);
    const sum = tar.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
    tar.write(`${sum.toString(8).padStart(6, "0")}\0 `, at + 148, "latin1");
    const size = Number.parseInt(tar.toString("latin1", at + 124, at + 135), 8);
    at += 512 * (1 + Math.ceil(size / 512));
  }
  return tar;
}
