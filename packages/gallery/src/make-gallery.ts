/** Makes the gallery of a results file. */

import { createHash } from "node:crypto";
import { basename, dirname, extname, join, resolve } from "node:path";
import { ArgumentError, expected, InterruptedError, mustBeInteger, type ResultRow } from "@mmgan/core";
import { makeThumbnail, mustBeColour, openFolderAtomic } from "@mmgan/node-io";
import { type Results, readResults } from "@mmgan/results";
import { type Archived, spoolArchived } from "./archived.js";
import { copyOriginals, linkedOriginals, ORIGINALS, type OriginalsKind } from "./originals.js";
import type { Originals } from "./page/gallery-data.js";
import { tableOf } from "./picture-table.js";
import { planSheets } from "./sheet-plan.js";
import { THUMBNAIL_RANGE } from "./thumbnail-range.js";
import { hasDistances, writeErrors, writeProbabilities, writeRows, writeScript } from "./write-data.js";
import { isGalleryFile, writePage } from "./write-page.js";
import { writeSheets } from "./write-sheets.js";

/** Limits of the option, both inclusive. */
export const LIMIT_RANGE = { min: 2, max: 1_000_000, integer: true } as const;

export interface GalleryOptions {
  /** Pixels of a thumbnail's longer side at most, 16 to 512. Default 128. Never larger than the largest picture. */
  readonly thumbnail?: number;
  /** Pictures of a cluster at most, 2 to 1,000,000: the more typical half of them, and the least certain. Default all. */
  readonly limit?: number;
  /**
   * How the page shows a picture in full. "link" (default): from where it lies, relative to the gallery and, for a page
   * opened from a file, by its absolute path, which the gallery then holds. "copy": from a copy inside the gallery. "none":
   * the thumbnail alone. Pictures in archives are shown by their thumbnails.
   */
  readonly originals?: OriginalsKind;
  /** What the page is called. Default the name of the pictures' folder, else of the results file. */
  readonly title?: string;
  /** Colour (CSS) behind transparent pixels. Default "black". */
  readonly background?: string;
  /** The folder that the pictures lie in now. Default where they lay when they were clustered. */
  readonly root?: string;
  /** Stops with InterruptedError; no folder is left. */
  readonly signal?: AbortSignal;
  onProgress?(progress: GalleryProgress): void;
}

export interface GalleryProgress {
  /** Thumbnails made; those of pictures in archives count again when they are laid on their sheets. */
  readonly done: number;
  readonly total: number;
}

export interface GallerySummary {
  readonly folder: string;
  /** The file to open. */
  readonly page: string;
  /** Pictures shown. */
  readonly pictures: number;
  /** Pictures in the results, shown or not. */
  readonly rows: number;
  /** Clusters with at least one picture. */
  readonly clusters: number;
  /** Pictures that could not be clustered. */
  readonly errors: number;
  /** Pictures shown without a thumbnail: they cannot be read any more. */
  readonly missing: number;
  readonly sheets: number;
}

/**
 * Writes a folder whose index.html shows the clusters of a results file, without a network. It appears whole or not at
 * all, and replaces only an empty folder or an older gallery. Memory holds a row a picture, and the pictures of two sheets.
 *
 * @param results - what `mmgan cluster --out` wrote
 * @throws ResultsError when `results` cannot be read; FolderInUseError when `folder` holds other files; ArgumentError for
 *   options out of range or a folder that cannot be written; DiskFullError; InterruptedError
 */
export async function makeGallery(
  results: string,
  folder: string,
  options: GalleryOptions = {},
): Promise<GallerySummary> {
  const { root } = options;
  const opened = await readResults(results, { probabilities: true, ...(root !== undefined && { root }) });
  return writeGallery(opened, folder, options);
}

async function writeGallery(
  results: Results,
  folder: string,
  options: GalleryOptions,
): Promise<GallerySummary> {
  const { thumbnail = 128, limit, originals = "link", background = "black", signal, onProgress } = options;
  mustBeInteger(thumbnail, "thumbnail", THUMBNAIL_RANGE.min, THUMBNAIL_RANGE.max);
  if (limit !== undefined) mustBeInteger(limit, "limit", LIMIT_RANGE.min, LIMIT_RANGE.max);
  if (!ORIGINALS.includes(originals))
    throw new ArgumentError(expected(`one of ${ORIGINALS.join(", ")}`, "originals", originals));
  mustBeColour(background, "background");
  const { info } = results;
  const out = await openFolderAtomic(folder, isGalleryFile);
  let archived: Archived | undefined;
  try {
    const table = await tableOf(results.rows(), info?.model.clusters ?? null, limit ?? null, signal);
    const { layout, record, sheets } = planSheets(table, thumbnail);
    archived = await spoolArchived({
      folder: out.path,
      rows: table.rows,
      fileOf: results.fileOf,
      thumbnailOf: (bytes) => makeThumbnail(bytes, layout.cell, background),
      onProgress: (done, of) => onProgress?.({ done, total: of + table.rows.length }),
      signal,
    });
    const total = table.rows.length;
    const failed = await writeSheets({
      folder: out,
      rows: table.rows,
      layout,
      sheets,
      thumbnailOf: async (row: ResultRow) =>
        (await archived!.thumbnailOf(row)) ?? makeThumbnail(results.fileOf(row), layout.cell, background),
      onProgress: (done) => onProgress?.({ done: archived!.count + done, total: archived!.count + total }),
      signal,
    });
    await archived.close();
    const copies =
      originals === "copy" ? await copyOriginals(out, table.rows, results.fileOf, { signal }) : null;
    const rows = await writeRows(out, table, copies);
    const probabilities = await writeProbabilities(out, table);
    const errors = await writeErrors(out, results.errors());
    const title = options.title ?? titleOf(results);
    await writeScript(out, "about", {
      title,
      key: keyOf(results),
      model: info && { name: info.model.name, sha256: info.model.sha256 },
      results: basename(results.path),
      clusters: table.sizes.length,
      names: results.names,
      sizes: table.sizes,
      starts: table.starts,
      limit: limit ?? null,
      rows,
      probabilities,
      distances: hasDistances(table.rows),
      outliers: table.rows.filter((row) => row.outlier).length,
      sheets: record,
      failed,
      originals: await originalsOf(originals, results, join(dirname(out.path), basename(resolve(folder)))),
      background,
      errors,
    });
    await writePage(out, title);
    signal?.throwIfAborted();
    await out.commit();
    return {
      folder,
      page: join(folder, "index.html"),
      pictures: total,
      rows: table.sizes.reduce((sum, size) => sum + size, 0),
      clusters: table.sizes.filter((size) => size > 0).length,
      errors: Object.values(errors).reduce((sum, count) => sum + count, 0),
      missing: failed.length,
      sheets: sheets.length,
    };
  } catch (error) {
    if (signal?.aborted && error === signal.reason)
      throw new InterruptedError(`The gallery ${folder} was stopped; nothing of it is left.`);
    throw error;
  } finally {
    await archived?.close();
    await out.abort();
  }
}

async function originalsOf(kind: OriginalsKind, results: Results, gallery: string): Promise<Originals> {
  if (kind === "none") return { kind };
  if (kind === "copy") return { kind: "copied" };
  return linkedOriginals(results, gallery);
}

function titleOf({ info, path }: Results): string {
  return (info?.root && basename(info.root)) || basename(path, extname(path));
}

/** The same for a gallery of the same results made again, so that its corrections are found in the browser. */
function keyOf({ info, path }: Results): string {
  const of = JSON.stringify([info?.model.sha256 ?? null, info?.root ?? null, resolve(path)]);
  return createHash("sha256").update(of).digest("hex").slice(0, 16);
}
