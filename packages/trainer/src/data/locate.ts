/** Where data files are looked for: --data-dir, then MMGAN_DATA, then the per-user cache. */

import { access } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DataMissingError } from "@mmgan/core";
import envPaths from "env-paths";
import type { DataFile, DatasetInfo } from "./catalogue.js";

/** A place that holds one sub-folder a data set, and how it came to be looked at. */
export interface DataPlace {
  readonly folder: string;
  readonly from: "--data-dir" | "MMGAN_DATA" | "cache";
}

/** The per-user folder that `mmgan data fetch` fills where nothing else is said, e.g. ~/.cache/mmgan/data. */
export function dataCacheFolder(): string {
  return join(envPaths("mmgan", { suffix: "" }).cache, "data");
}

/** The places looked at, in order. An empty MMGAN_DATA counts as none. */
export function dataPlaces(dataDir?: string): DataPlace[] {
  const places: DataPlace[] = [];
  if (dataDir) places.push({ folder: resolve(dataDir), from: "--data-dir" });
  const variable = process.env.MMGAN_DATA;
  if (variable) places.push({ folder: resolve(variable), from: "MMGAN_DATA" });
  places.push({ folder: dataCacheFolder(), from: "cache" });
  return places;
}

/**
 * Paths of `files` of a data set, all from the first place that has them all. A gzip file may also be there
 * decompressed, without its ".gz".
 *
 * @returns one path for each of `files`, or undefined when no place has them all
 */
export async function findFiles(
  info: DatasetInfo,
  files: readonly DataFile[],
  dataDir?: string,
): Promise<{ readonly place: DataPlace; readonly paths: readonly string[] } | undefined> {
  for (const place of dataPlaces(dataDir)) {
    const paths = await Promise.all(files.map((file) => findFile(join(place.folder, info.name), file)));
    if (paths.every((path) => path !== undefined)) return { place, paths };
  }
  return undefined;
}

/** What to do about a damaged file of a data set; a sentence without its full stop. */
export function fetchAgain(info: DatasetInfo): string {
  return `Delete it and run "mmgan data fetch ${info.name}"`;
}

/** As `findFiles`. @throws DataMissingError naming the places looked at and the command that brings the files */
export async function locateFiles(
  info: DatasetInfo,
  files: readonly DataFile[],
  dataDir?: string,
): Promise<readonly string[]> {
  const found = await findFiles(info, files, dataDir);
  if (found) return found.paths;
  const looked = dataPlaces(dataDir).map(({ folder, from }) => `${join(folder, info.name)} (${from})`);
  throw new DataMissingError(
    `Expected ${files.map((file) => file.name).join(", ")} of data set ${info.name} in one of ${looked.join(", ")}, ` +
      `but none has ${files.length > 1 ? "all of them" : "it"}. Run "mmgan data fetch ${info.name}", ` +
      "or name the folder that holds it with --data-dir or MMGAN_DATA.",
  );
}

/** Names a file may have on disk: as published, and for gzip also decompressed, without its ".gz". */
export function storedNames(file: DataFile): string[] {
  return file.name.endsWith(".gz") ? [file.name, file.name.slice(0, -".gz".length)] : [file.name];
}

async function findFile(folder: string, file: DataFile): Promise<string | undefined> {
  for (const name of storedNames(file)) {
    const path = join(folder, name);
    if (await exists(path)) return path;
  }
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
