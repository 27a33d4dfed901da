/** A folder of pictures as a data set: found, split, decoded; what cannot be decoded is listed, not fatal. */

import { relative } from "node:path";
import { ArgumentError, EmptyFolderError, ImageError } from "@mmgan/core";
import { decodeImage, listImages, listLabelledImages } from "@mmgan/node-io";
import type { Dataset, Fit, Split, UnreadableImage } from "./dataset.js";
import { HELD_OUT_EVERY, splitIndices } from "./split.js";
import { forEachIndex, type WorkOptions } from "./work.js";

export interface FolderOptions extends WorkOptions {
  readonly split: Split;
  /** Side of the square pictures in pixels. */
  readonly size: number;
  readonly channels: 1 | 3;
  readonly fit: Fit;
  /** True: the folder must have one sub-folder a class. */
  readonly labels: boolean;
}

interface Listing {
  readonly paths: readonly string[];
  readonly labels?: Int32Array;
  readonly classNames?: readonly string[];
}

/**
 * Loads the pictures of a folder and its sub-folders, in natural order. The split is by position in that order
 * (splitIndices), before decoding, so an unreadable picture moves no other one.
 *
 * @throws ArgumentError when there is no such folder, labels are asked of an unlabelled one, or the split is empty;
 * EmptyFolderError when it holds no picture or none can be read; InterruptedError
 */
export async function loadFolder(folder: string, options: FolderOptions): Promise<Dataset> {
  const listing = await list(folder, options.labels);
  const indices = splitIndices(listing.paths.length, options.split);
  if (indices.length === 0)
    throw new ArgumentError(
      `Expected at least ${HELD_OUT_EVERY} images for a test split of ${folder} but received ${listing.paths.length}. Add images, or use split all.`,
    );
  const { pixels, readable, unreadable } = await decode(folder, listing.paths, indices, options);
  const { size, channels, split, fit } = options;
  return {
    name: folder,
    kind: "image",
    split,
    count: readable.length,
    image: { height: size, width: size, channels },
    pixels,
    ...(listing.labels
      ? {
          labels: Int32Array.from(readable, (index) => listing.labels![index]!),
          classNames: listing.classNames!,
        }
      : {}),
    fit,
    paths: readable.map((index) => relative(folder, listing.paths[index]!)),
    unreadable,
  };
}

/** Without labels the names of sub-folders are not looked at: training cannot learn from them. */
async function list(folder: string, labels: boolean): Promise<Listing> {
  const paths = await listImages(folder, { mustHaveImages: true });
  if (!labels) return { paths };
  const labelled = await listLabelledImages(folder);
  if (labelled) return labelled;
  throw new ArgumentError(
    `Expected a labelled folder for ${folder} but received one without classes. Put the images into one sub-folder a class, at least two of them, and none beside the sub-folders.`,
  );
}

async function decode(
  folder: string,
  paths: readonly string[],
  indices: Int32Array,
  options: FolderOptions,
): Promise<{ pixels: Uint8Array; readable: number[]; unreadable: UnreadableImage[] }> {
  const { size, channels, fit } = options;
  const each = size * size * channels;
  const pixels = new Uint8Array(indices.length * each);
  const reasons: (string | undefined)[] = [];
  await forEachIndex(indices.length, `reading the images of ${folder}`, options, async (row) => {
    try {
      const shape = { height: size, width: size, channels, fit };
      pixels.set(await decodeImage(paths[indices[row]!]!, shape), row * each);
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      reasons[row] = error.reason;
    }
  });
  const readable: number[] = [];
  const unreadable: UnreadableImage[] = [];
  indices.forEach((index, row) => {
    const reason = reasons[row];
    if (reason !== undefined) {
      unreadable.push({ path: relative(folder, paths[index]!), reason });
      return;
    }
    pixels.copyWithin(readable.length * each, row * each, (row + 1) * each);
    readable.push(index);
  });
  if (readable.length === 0)
    throw new EmptyFolderError(
      `Expected readable images for ${folder} but none of ${indices.length} can be decoded. The first, ${unreadable[0]!.path}: ${unreadable[0]!.reason}.`,
    );
  return { pixels: pixels.subarray(0, readable.length * each), readable, unreadable };
}
