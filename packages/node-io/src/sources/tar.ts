/** The pictures of a tar, in its order, read as a stream: nothing is unpacked, nothing kept. */

import { createReadStream } from "node:fs";
import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { rowError } from "@mmgan/core";
import { extract, type Header } from "tar-stream";
import { type ArchiveOptions, damaged, damagedEntry, ESCAPES, entryName, escapes } from "./archive-entry.js";
import { escapedName, nameText } from "./names.js";
import type { SourceItem } from "./source-item.js";

/** What of an entry is used; tar-stream's own types rest on streams without types. */
interface Entry extends AsyncIterable<Uint8Array> {
  readonly header: Omit<Header, "pax" | "type"> & {
    /** Null where it is of no standard kind. */
    readonly type: Header["type"] | null;
    readonly pax?: { readonly path?: string } | null;
  };
  resume(): unknown;
}

/** @param zipped - whether it is compressed with gzip */
export async function* tarItems(
  archive: ArchiveOptions,
  zipped: boolean,
): AsyncGenerator<SourceItem, void, undefined> {
  // Names as bytes, so that those that are no UTF-8 can be told.
  const unpacked = extract({ filenameEncoding: "latin1" } as object) as unknown as Writable &
    AsyncIterable<Entry>;
  const input = createReadStream(archive.file);
  const feeding = zipped ? pipeline(input, createGunzip(), unpacked) : pipeline(input, unpacked);
  feeding.catch(() => {}); // the loop below sees it
  try {
    for await (const entry of unpacked) {
      const reading: { done?: Promise<unknown> } = {};
      const item = entryItem(entry, archive, reading);
      if (item) yield item;
      if (reading.done) await reading.done.catch(() => {});
      else entry.resume();
    }
  } catch (cause) {
    yield damaged(archive, cause);
  } finally {
    input.destroy();
  }
}

function entryItem(
  entry: Entry,
  archive: ArchiveOptions,
  reading: { done?: Promise<unknown> },
): SourceItem | undefined {
  const { header } = entry;
  if (header.type === "directory") return undefined;
  // Names in pax headers are text already.
  const raw = header.pax?.path === undefined ? Buffer.from(header.name, "latin1") : Buffer.from(header.name);
  const text = nameText(raw);
  const name = entryName(text ?? escapedName(raw), archive);
  if (name === undefined) return undefined;
  const path = `${archive.path}/${name}`;
  if (text === undefined) return { path, error: rowError("E_FILE_NAME", "it is no UTF-8") };
  if (escapes(name)) return { path, error: ESCAPES };
  if (header.type !== "file" && header.type !== "contiguous-file")
    return {
      path,
      error: rowError("E_FILE_KIND", `it is a ${header.type ?? "special entry"} in an archive`),
    };
  const read = async (): Promise<Uint8Array> => {
    try {
      const chunks: Uint8Array[] = [];
      for await (const chunk of entry) chunks.push(chunk);
      const data = Buffer.concat(chunks);
      if (data.length !== header.size) throw new Error("the entry ends too early");
      return data;
    } catch (cause) {
      throw damagedEntry(path, cause);
    }
  };
  const bytes = (): Promise<Uint8Array> => {
    const done = read();
    reading.done = done;
    return done;
  };
  return { path, size: header.size, mtimeMs: archive.mtimeMs, bytes };
}
