/** `mmgan gallery`: a page of a results file's clusters. */

import type { GallerySummary, OriginalsKind } from "@mmgan/gallery";
import { type Command, Option } from "commander";
import { interruptible } from "../interrupt.js";
import { choiceOption, jsonOption, numberOption, type Range, required } from "../options.js";
import { printResult } from "../output.js";
import { startProgress } from "../progress.js";

/** As the gallery has them; options.test.ts compares. Its modules load too much for help. */
export const GALLERY_ORIGINALS = ["link", "copy", "none"] as const;
export const GALLERY_THUMBNAIL: Range = { min: 16, max: 512, integer: true };
export const GALLERY_LIMIT: Range = { min: 2, max: 1_000_000, integer: true };

interface GalleryCommandOptions {
  out: string;
  root?: string;
  title?: string;
  originals?: OriginalsKind;
  thumbnail?: number;
  limit?: number;
  background?: string;
  json?: boolean;
}

export function registerGallery(program: Command): void {
  program
    .command("gallery")
    .description(
      "Make a page of a results file's clusters, to look through, search and correct in a browser. It opens from the disk " +
        "or any web server, without a network.",
    )
    .argument("<results>", "file that mmgan cluster wrote: .csv, .jsonl or .parquet")
    .addOption(required(new Option("--out <folder>", "where the page goes; an older gallery is replaced")))
    .addOption(
      new Option(
        "--root <folder>",
        "where the pictures lie now (default: where they lay when they were clustered)",
      ),
    )
    .addOption(
      choiceOption(
        "--originals <name>",
        "how the page shows a picture in full: from where it lies, from a copy inside the gallery, or its thumbnail alone",
        GALLERY_ORIGINALS,
        "link",
      ),
    )
    .addOption(
      numberOption("--thumbnail <px>", "longer side of a thumbnail at most", GALLERY_THUMBNAIL, "128"),
    )
    .addOption(
      numberOption(
        "--limit <n>",
        "pictures of a cluster at most: half of them the most typical, half the least certain",
        GALLERY_LIMIT,
        "all",
      ),
    )
    .addOption(new Option("--title <text>", "what the page is called (default: the folder's name)"))
    .addOption(new Option("--background <colour>", "behind transparent pixels, as in CSS (default: black)"))
    .addOption(jsonOption())
    .action(gallery);
}

async function gallery(results: string, { json, out, ...options }: GalleryCommandOptions): Promise<void> {
  const summary = await interruptible("nothing is written", (signal) =>
    galleryTo(results, out, options, signal),
  );
  await printResult(json, summary, () => describe(summary));
}

/** Makes the gallery of `results` in `out`, with progress. */
export async function galleryTo(
  results: string,
  out: string,
  options: Omit<GalleryCommandOptions, "json" | "out">,
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

function describe({ page, pictures, rows, clusters, errors, missing }: GallerySummary): string {
  const notes = [
    pictures < rows ? `${rows - pictures} more left out by --limit` : "",
    missing > 0 ? `${missing} cannot be read any more` : "",
    errors > 0 ? `${errors} could not be clustered` : "",
  ].filter(Boolean);
  const more = notes.length > 0 ? ` (${notes.join(", ")})` : "";
  return `${pictures} pictures in ${clusters} clusters${more}; open ${page}`;
}
