/** Reading one data file, with the checks that turn a damaged one into a DataCorruptError naming file and check. */

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { errorCode } from "@mmgan/node-io";
import { corrupt, type FileSource } from "./corrupt.js";

export { corrupt, type FileSource };

const gunzipAsync = promisify(gunzip);

/**
 * What `read` gives.
 *
 * @throws DataCorruptError in place of the system's error when the file of `source` cannot be read (a folder, no
 * permission, a bad disk)
 */
export async function readingFrom<T>(source: FileSource, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const code = errorCode(cause);
    if (code === undefined || code.startsWith("E_")) throw cause;
    const why = code === "EISDIR" ? "it is a folder" : "the system cannot read it";
    throw corrupt(source, "read", `${why} (${code})`, cause);
  }
}

/**
 * The bytes of a file, decompressed when they start as gzip does (1f 8b), whatever the file is called.
 *
 * @throws DataCorruptError when the file cannot be read, or its gzip stream is truncated or damaged
 */
export async function readMaybeGzip(source: FileSource): Promise<Uint8Array> {
  const bytes = await readingFrom(source, () => readFile(source.path));
  if (bytes.length === 0) throw corrupt(source, "size", "the file is empty");
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return await gunzipAsync(bytes);
  } catch (cause) {
    throw corrupt(source, "gzip", (cause as Error).message, cause);
  }
}

/** @throws DataCorruptError when the SHA-256 of `bytes` is not `sha256` (64 hexadecimal digits) */
export function mustHaveSha256(bytes: Uint8Array, sha256: string, source: FileSource): void {
  const actual = createHash("sha256").update(bytes).digest("hex");
  if (actual !== sha256)
    throw corrupt(source, "SHA-256", `its content has ${actual} where ${sha256} was published`);
}
