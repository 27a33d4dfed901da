/** `mmgan gallery`: a page of a results file's clusters. */

import { type Command, Option } from "commander";
import { type GalleryCommandOptions, galleryLine, galleryTo } from "../gallery-to.js";
import { interruptible } from "../interrupt.js";
import { choiceOption, jsonOption, numberOption, type Range, required } from "../options.js";
import { printResult } from "../output.js";

/** As the gallery has them; options.test.ts compares. Its modules load too much for help. */
export const GALLERY_ORIGINALS = ["link", "copy", "none"] as const;
export const GALLERY_THUMBNAIL: Range = { min: 16, max: 512, integer: true };
export const GALLERY_LIMIT: Range = { min: 2, max: 1_000_000, integer: true };

interface GalleryArguments extends GalleryCommandOptions {
  out: string;
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

async function gallery(results: string, { json, out, ...options }: GalleryArguments): Promise<void> {
  const summary = await interruptible("nothing is written", (signal) =>
    galleryTo(results, out, options, signal),
  );
  await printResult(json, summary, () => galleryLine(summary));
}
