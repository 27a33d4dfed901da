import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { DataCorruptError } from "@mmgan/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mustHaveSha256, readMaybeGzip } from "./data-file.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mmgan-data-file-"));
});
afterAll(() => rm(folder, { recursive: true }));

const text = new TextEncoder().encode("abc".repeat(1000));

async function sourceOf(name: string, bytes: Uint8Array) {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return { path, remedy: "Fetch it again" };
}

test("reads gzip and plain files alike, told by their first bytes", async () => {
  expect(new Uint8Array(await readMaybeGzip(await sourceOf("a.gz", gzipSync(text))))).toEqual(text);
  expect(new Uint8Array(await readMaybeGzip(await sourceOf("b.gz", text)))).toEqual(text);
});

test("a truncated gzip file is corrupt, and the message names the file and the check", async () => {
  const whole = gzipSync(text);
  const source = await sourceOf("cut.gz", whole.subarray(0, whole.length - 9));
  const error = await readMaybeGzip(source).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(DataCorruptError);
  expect(error).toMatchObject({
    code: "E_DATA_CORRUPT",
    message: `${source.path} fails the gzip check: unexpected end of file. Fetch it again.`,
  });
});

test("a flipped byte in a gzip file is caught", async () => {
  const damaged = gzipSync(text);
  damaged[damaged.length - 6]! ^= 1; // in the CRC-32
  await expect(readMaybeGzip(await sourceOf("bad.gz", damaged))).rejects.toThrow(
    /fails the gzip check: incorrect data check/,
  );
});

test("an empty file is corrupt", async () => {
  const source = await sourceOf("empty.gz", new Uint8Array());
  await expect(readMaybeGzip(source)).rejects.toThrow(
    new DataCorruptError(`${source.path} fails the size check: the file is empty. Fetch it again.`),
  );
});

test("the SHA-256 of abc is the one of FIPS 180-4, anything else is refused", () => {
  const published = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  const source = { path: "abc", remedy: "Fetch it again" };
  expect(() => mustHaveSha256(new TextEncoder().encode("abc"), published, source)).not.toThrow();
  expect(() => mustHaveSha256(new TextEncoder().encode("abd"), published, source)).toThrow(
    /^abc fails the SHA-256 check: its content has [0-9a-f]{64} where ba7816bf/,
  );
});

test("a folder in the file's place is corrupt, and the message says so", async () => {
  const error = await readMaybeGzip({ path: folder, remedy: "Fetch it again" }).catch((cause) => cause);
  expect(error).toBeInstanceOf(DataCorruptError);
  expect(error.message).toBe(`${folder} fails the read check: it is a folder (EISDIR). Fetch it again.`);
});
