/** Makes the thumbnails of a gallery, several at a time, and writes them sheet by sheet: memory does not grow with their number. */

import { ImageError, type ResultRow } from "@mmgan/core";
import { type AtomicFolder, encodeSheet, type SheetLayout, type Thumbnail } from "@mmgan/node-io";
import type { SheetFile } from "./page/gallery-data.js";
import type { Sheet } from "./sheet-plan.js";

export interface SheetsToWrite {
  readonly folder: Pick<AtomicFolder, "write">;
  readonly rows: readonly ResultRow[];
  readonly layout: SheetLayout;
  readonly sheets: readonly Sheet[];
  /** @throws ImageError for a picture that cannot be read any more */
  thumbnailOf(row: ResultRow): Promise<Thumbnail>;
  /** Called after each sheet. */
  onProgress?(done: number): void;
  readonly signal?: AbortSignal | undefined;
}

/** @returns the pictures that have none, and why */
export async function writeSheets(work: SheetsToWrite): Promise<[picture: number, reason: string][]> {
  const { folder, rows, layout, sheets, thumbnailOf, onProgress, signal } = work;
  const failed: [number, string][] = [];
  const thumbnailAt = async (picture: number): Promise<Thumbnail | null> => {
    signal?.throwIfAborted();
    try {
      return await thumbnailOf(rows[picture]!);
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      failed.push([picture, error.reason]);
      return null;
    }
  };
  const write = async (sheet: Sheet, number: number): Promise<void> => {
    const pictures = Array.from({ length: sheet.to - sheet.from }, (_, i) => sheet.from + i);
    const thumbnails = await Promise.all(pictures.map(thumbnailAt));
    const file: SheetFile = `sheets/${number}.webp`;
    await folder.write(file, await encodeSheet(thumbnails, layout));
  };
  // Two at a time: while one is encoded and written, the next one's pictures are decoded.
  let next = 0;
  let done = 0;
  const worker = async (): Promise<void> => {
    while (next < sheets.length) {
      signal?.throwIfAborted();
      const number = next++;
      await write(sheets[number]!, number);
      done += sheets[number]!.to - sheets[number]!.from;
      onProgress?.(done);
    }
  };
  const workers = [worker(), worker()];
  try {
    await Promise.all(workers);
  } finally {
    // Neither writes any more when the folder is dropped.
    await Promise.allSettled(workers);
  }
  return failed.sort(([a], [b]) => a - b);
}
