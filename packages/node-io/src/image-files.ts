/** Finds the pictures in a folder, in an order that is the same on every machine. */

import type { Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { ArgumentError, EmptyFolderError } from "@mmgan/core";
import { errorCode } from "./file-errors.js";
import { DECODED_ENDINGS, hasImageEnding } from "./image-endings.js";
import { compareNatural } from "./natural-order.js";

export interface ListImagesOptions {
  /** Also the pictures of sub-folders. Default true. */
  readonly recursive?: boolean;
  /** Throw EmptyFolderError instead of giving an empty list. Default false. */
  readonly mustHaveImages?: boolean;
}

/** A folder with one sub-folder per class. */
export interface LabelledImages {
  readonly paths: readonly string[];
  /** Index into `classNames` of each path. */
  readonly labels: Int32Array;
  /** Names of the sub-folders that hold pictures, in natural order. */
  readonly classNames: readonly string[];
}

/**
 * Paths (`folder` joined with the name) of the pictures in a folder, told by their endings, in natural order
 * ("2.png" before "10.png"), folder by folder. Names that begin with a dot are skipped; links are followed.
 *
 * @throws ArgumentError when `folder` is not a readable folder, EmptyFolderError with `mustHaveImages`
 */
export async function listImages(folder: string, options: ListImagesOptions = {}): Promise<string[]> {
  const paths: string[] = [];
  await collect(folder, options.recursive ?? true, [await realFolder(folder)], paths);
  if (options.mustHaveImages && paths.length === 0)
    throw new EmptyFolderError(
      `Expected a folder with images for ${folder} but found none. Put pictures there (${DECODED_ENDINGS.join(", ")}), or give another folder.`,
    );
  return paths;
}

/**
 * The pictures of a labelled folder: at least two sub-folders hold pictures (the classes), and no picture lies in
 * the folder itself. Undefined when `folder` is not laid out so.
 *
 * @throws ArgumentError when `folder` is not a readable folder
 */
export async function listLabelledImages(folder: string): Promise<LabelledImages | undefined> {
  await realFolder(folder);
  const paths: string[] = [];
  const labels: number[] = [];
  const classNames: string[] = [];
  for (const entry of await visibleEntries(folder)) {
    const path = join(folder, entry.name);
    if (!(await isFolder(path, entry))) {
      if (hasImageEnding(entry.name)) return undefined;
      continue;
    }
    const inside = await listImages(path);
    if (inside.length === 0) continue;
    for (const image of inside) {
      paths.push(image);
      labels.push(classNames.length);
    }
    classNames.push(entry.name);
  }
  return classNames.length < 2 ? undefined : { paths, labels: Int32Array.from(labels), classNames };
}

async function collect(
  folder: string,
  recursive: boolean,
  ancestors: readonly string[],
  paths: string[],
): Promise<void> {
  for (const entry of await visibleEntries(folder)) {
    const path = join(folder, entry.name);
    if (await isFolder(path, entry)) {
      if (!recursive) continue;
      const real = await realFolder(path);
      // A link to a folder that holds it would never end.
      if (!ancestors.includes(real)) await collect(path, recursive, [...ancestors, real], paths);
    } else if (hasImageEnding(entry.name)) paths.push(path);
  }
}

async function visibleEntries(folder: string): Promise<Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter(({ name }) => !name.startsWith(".")).sort((a, b) => compareNatural(a.name, b.name));
}

/** Whether an entry is a folder, through links. A broken link is not. */
async function isFolder(path: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

async function realFolder(folder: string): Promise<string> {
  let problem = "it is a file";
  try {
    const real = await realpath(folder);
    if ((await stat(real)).isDirectory()) return real;
  } catch (cause) {
    problem = errorCode(cause) === "ENOENT" ? "it does not exist" : (cause as Error).message;
  }
  throw new ArgumentError(
    `Expected a folder of images but received ${folder}: ${problem}. Give the path of a folder.`,
  );
}
