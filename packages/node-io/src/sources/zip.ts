/** The pictures of a zip, in the order of its directory, which is read as it is needed. */

import { constants } from "node:fs";
import type { Readable } from "node:stream";
import { rowError } from "@mmgan/core";
import yauzl from "yauzl";
import { type ArchiveOptions, damaged, damagedEntry, ESCAPES, entryName, escapes } from "./archive-entry.js";
import { escapedName, nameText } from "./names.js";
import type { SourceItem } from "./source-item.js";

/** What of yauzl 3 is used; its types are those of version 2. */
interface Zip {
  eachEntry(): AsyncIterableIterator<ZipEntry>;
  openReadStreamPromise(entry: ZipEntry): Promise<Readable>;
}
interface ZipEntry {
  readonly fileNameRaw: Buffer;
  readonly generalPurposeBitFlag: number;
  readonly extraFields: readonly { readonly id: number; readonly data: Buffer }[];
  readonly externalFileAttributes: number;
  readonly versionMadeBy: number;
  readonly uncompressedSize: number;
  isEncrypted(): boolean;
  canDecodeFileData(): boolean;
}
const { openPromise, getFileNameLowLevel } = yauzl as unknown as {
  openPromise(path: string, options: object): Promise<Zip>;
  getFileNameLowLevel(flags: number, raw: Buffer, extra: ZipEntry["extraFields"], strict: boolean): string;
};

const UTF8_FLAG = 1 << 11;
const MADE_ON_UNIX = 3;

export async function* zipItems(archive: ArchiveOptions): AsyncGenerator<SourceItem, void, undefined> {
  try {
    const zip = await openPromise(archive.file, { decodeStrings: false });
    for await (const entry of zip.eachEntry()) {
      const item = entryItem(zip, entry, archive);
      if (item) yield item;
    }
  } catch (cause) {
    yield damaged(archive, cause);
  }
}

function entryItem(zip: Zip, entry: ZipEntry, archive: ArchiveOptions): SourceItem | undefined {
  const raw = entry.fileNameRaw;
  const text = entryText(entry);
  const name = entryName(text ?? escapedName(raw), archive);
  if (name === undefined) return undefined;
  const path = `${archive.path}/${name}`;
  if (text === undefined) return { path, error: rowError("E_FILE_NAME", "it is no UTF-8") };
  if (escapes(name)) return { path, error: ESCAPES };
  if (isLink(entry)) return { path, error: rowError("E_FILE_KIND", "it is a symbolic link in an archive") };
  if (entry.isEncrypted()) return { path, error: rowError("E_ARCHIVE", "the entry is encrypted") };
  if (!entry.canDecodeFileData())
    return { path, error: rowError("E_ARCHIVE", "the entry is compressed in a way that is not read") };
  const bytes = async (): Promise<Uint8Array> => {
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks);
    } catch (cause) {
      throw damagedEntry(path, cause);
    }
  };
  return { path, size: entry.uncompressedSize, mtimeMs: archive.mtimeMs, bytes };
}

/** Names are UTF-8 where the zip says so or where they read as such (macOS does not say so), else code page 437. */
function entryText({ fileNameRaw, generalPurposeBitFlag, extraFields }: ZipEntry): string | undefined {
  const text = nameText(fileNameRaw);
  if (text === undefined && generalPurposeBitFlag & UTF8_FLAG) return undefined;
  const flags = text === undefined ? generalPurposeBitFlag : generalPurposeBitFlag | UTF8_FLAG;
  return getFileNameLowLevel(flags, fileNameRaw, extraFields, false);
}

function isLink({ versionMadeBy, externalFileAttributes }: ZipEntry): boolean {
  if (versionMadeBy >> 8 !== MADE_ON_UNIX) return false;
  return ((externalFileAttributes >>> 16) & constants.S_IFMT) === constants.S_IFLNK;
}
