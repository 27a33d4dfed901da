/** Reads the encoded picture of an item, once, and makes sure that it is one state of the file. */

import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";
import { ImageError, type RowError, type RowErrorCode, rowError } from "@mmgan/core";
import { fileProblem, kindProblem } from "./file-problem.js";
import type { SourceEntry, SourceFile } from "./source-item.js";

/** Bytes of one encoded picture, where nothing else is said. */
export const MAX_BYTES = 256 * 2 ** 20;

export interface ReadOptions {
  /** Bytes of one encoded picture at most. Default 256 MiB. */
  readonly maxBytes?: number;
}

/** An encoded picture, with the state of the file it was read from. */
export interface EncodedPicture {
  readonly data: Uint8Array;
  readonly size: number;
  readonly mtimeMs: number;
}

/** What of the file system is used, so that tests can change a file while it is read. */
export type FileCalls = Pick<typeof import("node:fs"), "openSync" | "readSync" | "fstatSync" | "closeSync">;

/** A pipe that took the place of a file since it was listed must not hold the process up. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * Reads the picture of an item. A file that changed since it was listed is read as it is now; one that changes while it
 * is read, twice in a row, is refused.
 *
 * @throws ImageError, its `rowCode` saying what kind of failure it is
 */
export async function readItem(
  item: SourceFile | SourceEntry,
  { maxBytes = MAX_BYTES }: ReadOptions = {},
  calls: FileCalls = { openSync, readSync, fstatSync, closeSync },
): Promise<EncodedPicture> {
  if (!("bytes" in item)) return readFile(item, maxBytes, calls);
  mustBeWithin(item.size, maxBytes, item.path);
  return { data: await item.bytes(), size: item.size, mtimeMs: item.mtimeMs };
}

function readFile(item: SourceFile, maxBytes: number, calls: FileCalls): EncodedPicture {
  let descriptor: number | undefined;
  try {
    let before: Pick<Stats, "size" | "mtimeMs"> = item;
    for (let attempt = 0; attempt < 2; attempt++) {
      mustBeWithin(before.size, maxBytes, item.path);
      descriptor ??= calls.openSync(item.file, OPEN_FLAGS);
      const data = readAll(descriptor, before.size, calls);
      const after = calls.fstatSync(descriptor);
      const problem = kindProblem(after);
      if (problem) throw unreadable(item.path, problem);
      const { size, mtimeMs } = after;
      if (size === before.size && mtimeMs === before.mtimeMs && data.length === size)
        return { data, size, mtimeMs };
      before = after;
    }
    throw unreadable(item.path, rowError("E_FILE_CHANGED"));
  } catch (cause) {
    if (cause instanceof ImageError) throw cause;
    throw unreadable(item.path, fileProblem(cause), cause);
  } finally {
    if (descriptor !== undefined) calls.closeSync(descriptor);
  }
}

/** The first `size` bytes, and one more where there is one. */
function readAll(descriptor: number, size: number, calls: FileCalls): Uint8Array {
  const buffer = Buffer.allocUnsafeSlow(size + 1);
  let length = 0;
  while (length < buffer.length) {
    const read = calls.readSync(descriptor, buffer, length, buffer.length - length, length);
    if (read === 0) break;
    length += read;
  }
  return buffer.subarray(0, length);
}

function mustBeWithin(size: number, maxBytes: number, path: string): void {
  if (size > maxBytes)
    throw unreadable(path, rowError("E_IMAGE_SIZE", `${size} bytes, at most ${maxBytes} are read`));
}

const REMEDIES: Partial<Record<RowErrorCode, string>> = {
  E_FILE_PERMISSION: "Change its permissions, or leave it out.",
  E_FILE_CHANGED: "Run again when nothing writes to it.",
  E_IMAGE_SIZE: "Raise the limit, or make it smaller.",
};

/** The error of a picture that cannot be read or decoded: what, where, why, what to do. */
export function unreadable(path: string, { code, reason }: RowError, cause?: unknown): ImageError {
  const remedy = REMEDIES[code] ?? "Replace or remove it; JPEG, PNG, WebP, GIF, AVIF and TIFF are supported.";
  return new ImageError(`Expected a readable image for ${path} but ${reason}. ${remedy}`, {
    cause,
    reason,
    rowCode: code,
  });
}
