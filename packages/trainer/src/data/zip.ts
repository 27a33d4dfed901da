/** Reading a zip file into memory, entry by entry. */

import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { type Entry, open, type ZipFile } from "yauzl";
import { corrupt, type FileSource } from "./data-file.js";

/** Larger entries are refused before they are unpacked, so that a crafted zip cannot fill the memory. */
const MAX_ENTRY_BYTES = 16 * 2 ** 20;

/**
 * Bytes of the entries that `wanted` accepts, by entry name, in the order of the zip's directory.
 *
 * @throws DataCorruptError naming the file when the zip is truncated, damaged or holds an oversized entry
 */
export async function readZip(
  source: FileSource,
  wanted: (name: string) => boolean,
): Promise<Map<string, Uint8Array>> {
  try {
    return await readEntries(await openZip(source.path), wanted);
  } catch (cause) {
    throw corrupt(source, "zip", (cause as Error).message, cause);
  }
}

function openZip(path: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    open(path, { lazyEntries: true }, (error, zip) => (error ? reject(error) : resolve(zip!)));
  });
}

function readEntries(zip: ZipFile, wanted: (name: string) => boolean): Promise<Map<string, Uint8Array>> {
  return new Promise((resolve, reject) => {
    const entries = new Map<string, Uint8Array>();
    const fail = (error: unknown): void => {
      zip.close();
      reject(error);
    };
    zip.on("error", fail);
    zip.on("end", () => resolve(entries));
    zip.on("entry", (entry: Entry) => {
      const reading = wanted(entry.fileName)
        ? readEntry(zip, entry).then((bytes) => void entries.set(entry.fileName, bytes))
        : Promise.resolve();
      reading.then(() => zip.readEntry(), fail);
    });
    zip.readEntry();
  });
}

async function readEntry(zip: ZipFile, entry: Entry): Promise<Uint8Array> {
  if (entry.uncompressedSize > MAX_ENTRY_BYTES)
    throw new Error(`entry ${entry.fileName} unpacks to ${entry.uncompressedSize} bytes`);
  const stream = await new Promise<Readable>((resolve, reject) => {
    zip.openReadStream(entry, (error, opened) => (error ? reject(error) : resolve(opened)));
  });
  return buffer(stream);
}
