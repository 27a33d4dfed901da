/** Galleries with progress, for the commands that make them. */

import type { GallerySummary, OriginalsKind } from "@mmgan/gallery";
import { startProgress } from "./progress.js";

export interface GalleryCommandOptions {
  root?: string;
  title?: string;
  originals?: OriginalsKind;
  thumbnail?: number;
  limit?: number;
  background?: string;
}

/** Makes the gallery of `results` in `out`, with progress. */
export async function galleryTo(
  results: string,
  out: string,
  options: GalleryCommandOptions,
  signal: AbortSignal,
): Promise<GallerySummary> {
  const { makeGallery } = await import("@mmgan/gallery");
  const progress = startProgress({ label: "gallery", unit: "thumbnails" });
  try {
    return await makeGallery(results, out, {
      ...options,
      signal,
      onProgress: ({ done, total }) => {
        progress.setTotal(total);
        progress.update(done);
      },
    });
  } finally {
    progress.stop();
  }
}

/** What a person is told of it. */
export function galleryLine({ page, pictures, rows, clusters, errors, missing }: GallerySummary): string {
  const notes = [
    pictures < rows ? `${rows - pictures} more left out by --limit` : "",
    missing > 0 ? `${missing} cannot be read any more` : "",
    errors > 0 ? `${errors} could not be clustered` : "",
  ].filter(Boolean);
  const more = notes.length > 0 ? ` (${notes.join(", ")})` : "";
  return `${pictures} pictures in ${clusters} clusters${more}; open ${page}`;
}
