/** Keeps sorted pictures out of the folders that pictures were clustered from. */

import { realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";
import { ArgumentError } from "@mmgan/core";

/**
 * The folder given to the cluster command that a picture came from, as far as its path tells: of "photos/a/1.png" photos,
 * of "1.png" the root.
 *
 * @param file - where the picture lies
 */
export function sourceFolder(path: string, file: string): string {
  const [first, ...inside] = path.split("/");
  if (isAbsolute(path) || first === ".." || first === "." || inside.length === 0) return dirname(file);
  let folder = file;
  for (let n = 0; n < inside.length; n++) folder = dirname(folder);
  return folder;
}

/** @throws ArgumentError when `to` is one of these folders, or lies in one: what is put there would be clustered again */
export async function mustBeOutside(to: string, folders: Iterable<string>): Promise<void> {
  const real = await realOf(to);
  for (const folder of folders) {
    const way = relative(await realOf(folder), real);
    if (isAbsolute(way) || way === ".." || way.startsWith(`..${sep}`)) continue;
    throw new ArgumentError(
      `Expected a folder outside of the pictures' own, ${folder}, but received ${to}: what lies in it would be clustered again. Name another folder.`,
    );
  }
}

/** The real path of what exists, and of what will exist by its parents. */
async function realOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await realOf(parent), basename(path));
  }
}
