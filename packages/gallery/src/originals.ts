/** Where the page finds the pictures themselves, beside their thumbnails. */

import { copyFile, mkdir, realpath } from "node:fs/promises";
import { dirname, extname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { ResultRow } from "@mmgan/core";
import { type AtomicFolder, errorCode, writeError } from "@mmgan/node-io";
import type { Results } from "@mmgan/results";
import type { Originals } from "./page/gallery-data.js";

/** How a gallery refers to pictures: by their place, by copies of its own, or not at all. */
export const ORIGINALS = ["link", "copy", "none"] as const;
export type OriginalsKind = (typeof ORIGINALS)[number];

/** Pictures in one folder of copies. */
const COPIES_PER_FOLDER = 1000;

/**
 * URLs of the folder that rows are relative to.
 *
 * @param gallery - where the gallery will lie, links resolved
 */
export async function linkedOriginals(results: Pick<Results, "fileOf">, gallery: string): Promise<Originals> {
  const folder = resolve(results.fileOf({ path: "." }));
  const root = await realpath(folder).catch(() => folder);
  const way = relative(gallery, root);
  // On Windows there is no way to another drive.
  const reached = !isAbsolute(way);
  return {
    kind: "linked",
    relative: reached
      ? way
          .split(sep)
          .map((part) => `${encodeURIComponent(part)}/`)
          .join("")
      : null,
    absolute: `${pathToFileURL(root).href.replace(/\/$/, "")}/`,
  };
}

/**
 * Copies the pictures of all rows into the gallery's folder "originals", named by number.
 *
 * @returns each one's place there; null for one that is gone
 */
export async function copyOriginals(
  folder: Pick<AtomicFolder, "path">,
  rows: readonly ResultRow[],
  fileOf: Results["fileOf"],
  { signal, onProgress }: { signal?: AbortSignal | undefined; onProgress?(done: number): void } = {},
): Promise<(string | null)[]> {
  const copies: (string | null)[] = [];
  for (const [i, row] of rows.entries()) {
    signal?.throwIfAborted();
    const name = `${Math.floor(i / COPIES_PER_FOLDER)}/${i}${safeExtension(row.path)}`;
    copies.push((await copied(fileOf(row), join(folder.path, "originals", name))) ? name : null);
    onProgress?.(i + 1);
  }
  return copies;
}

const safeExtension = (path: string): string =>
  /^\.[a-z0-9]{1,5}$/.exec(extname(path).toLowerCase())?.[0] ?? "";

/** False where there is nothing to read any more. */
async function copied(from: string, to: string): Promise<boolean> {
  try {
    await mkdir(dirname(to), { recursive: true });
    await copyFile(from, to);
    return true;
  } catch (cause) {
    const code = errorCode(cause);
    if (code === "ENOSPC" || code === "EDQUOT") throw writeError(cause, to);
    return false;
  }
}
