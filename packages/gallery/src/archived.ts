/**
 * Thumbnails of pictures that lie in archives. An archive is read once, from its beginning to its end, and not in the order
 * of the page: thumbnails wait in a file until their sheet is made.
 */

import { type FileHandle, open, rm, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { EmptyFolderError, ImageError, type ResultRow } from "@mmgan/core";
import { encodePng, makeThumbnail, openSource, readItem, type Thumbnail } from "@mmgan/node-io";

import { THUMBNAIL_RANGE } from "./thumbnail-range.js";

/** A folder of a path that may be an archive, as openSource knows them. */
const ARCHIVE = /\.(zip|tar|tar\.gz|tgz)(?=\/)/gi;
const SPOOL = ".archived-thumbnails";

export interface ArchivedWork {
  /** Where the waiting thumbnails are put; nothing is left there after `close`. */
  readonly folder: string;
  readonly rows: readonly ResultRow[];
  fileOf(row: { readonly path: string }): string;
  thumbnailOf(image: Uint8Array): Promise<Thumbnail>;
  /** Called after each, with how many there are. */
  onProgress?(done: number, total: number): void;
  readonly signal?: AbortSignal | undefined;
}

export interface Archived {
  /** Pictures that lie in archives. */
  readonly count: number;
  /**
   * Null for a picture in a file of its own.
   *
   * @throws ImageError for one that its archive does not give any more
   */
  thumbnailOf(row: ResultRow): Promise<Thumbnail | null>;
  /** Does nothing the second time. */
  close(): Promise<void>;
}

/** Where a thumbnail waits, or why there is none. */
type Waiting = { readonly offset: number; readonly bytes: number } | ImageError;

/** Makes the thumbnails of all rows whose pictures lie in archives. */
export async function spoolArchived(work: ArchivedWork): Promise<Archived> {
  const archives = await archivesOf(work);
  const total = [...archives.values()].reduce((sum, entries) => sum + entries.size, 0);
  if (total === 0) return { count: 0, thumbnailOf: async () => null, close: async () => {} };
  const path = join(work.folder, SPOOL);
  const file = await open(path, "w+");
  const waiting = new Map<string, Waiting>();
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (isOpen) await file.close();
    isOpen = false;
    await rm(path, { force: true });
  };
  let [end, done] = [0, 0];
  try {
    for (const [archive, entries] of archives) {
      for (const row of entries.values())
        waiting.set(row, new ImageError(`${row} is not in its archive any more.`, { reason: "it is gone" }));
      for await (const [row, found] of entriesIn(archive, entries, work)) {
        if (found instanceof ImageError) waiting.set(row, found);
        else {
          await file.write(found, 0, found.length, end);
          waiting.set(row, { offset: end, bytes: found.length });
          end += found.length;
        }
        work.onProgress?.(++done, total);
      }
    }
  } catch (cause) {
    await close();
    throw cause;
  }
  return { count: total, thumbnailOf: (row) => read(file, waiting.get(row.path)), close };
}

/** Archive's file -> what follows it in a row's path -> the row's path. */
async function archivesOf({ rows, fileOf }: ArchivedWork): Promise<Map<string, Map<string, string>>> {
  const isFile = new Map<string, boolean>();
  const archives = new Map<string, Map<string, string>>();
  for (const { path } of rows)
    for (const match of path.matchAll(ARCHIVE)) {
      const end = match.index + match[0].length;
      const file = fileOf({ path: path.slice(0, end) });
      if (!isFile.has(file))
        isFile.set(
          file,
          await stat(file).then(
            (found) => found.isFile(),
            () => false,
          ),
        );
      if (!isFile.get(file)) continue;
      const entries = archives.get(file) ?? new Map<string, string>();
      archives.set(file, entries.set(path.slice(end), path));
      break;
    }
  return archives;
}

/** Each entry that a row speaks of, as an encoded thumbnail. */
async function* entriesIn(
  archive: string,
  entries: ReadonlyMap<string, string>,
  { thumbnailOf, signal }: ArchivedWork,
): AsyncGenerator<[row: string, thumbnail: Uint8Array | ImageError], void, undefined> {
  const prefix = archive.split(sep).join("/").length;
  try {
    for await (const item of openSource(archive, { svg: true })) {
      signal?.throwIfAborted();
      const row = entries.get(item.path.slice(prefix));
      if (row === undefined || "error" in item) continue;
      try {
        const { data } = await readItem(item);
        yield [row, await encodePng({ count: 1, channels: 3, ...(await thumbnailOf(data)) })];
      } catch (error) {
        if (!(error instanceof ImageError)) throw error;
        yield [row, error];
      }
    }
  } catch (error) {
    // It holds no picture any more.
    if (!(error instanceof EmptyFolderError)) throw error;
  }
}

async function read(file: FileHandle, at: Waiting | undefined): Promise<Thumbnail | null> {
  if (at === undefined) return null;
  if (at instanceof ImageError) throw at;
  const png = new Uint8Array(at.bytes);
  await file.read(png, 0, at.bytes, at.offset);
  return makeThumbnail(png, THUMBNAIL_RANGE.max);
}
