/** Where tfjs-node-gpu and tfjs-node are looked for. They are never a dependency: a user installs one, or sets one up. */

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readSetupRecord, SETUP_RECORD, tensorflowFolder } from "./folder.js";
import { ADDON_FILE, TENSORFLOW_PACKAGES, type TensorflowPackage } from "./packages.js";

/** A folder whose node_modules (or whose parents') are looked at. */
export interface TensorflowPlace {
  readonly folder: string;
  /** In words, for messages. */
  readonly what: string;
  /** A folder of `mmgan setup tensorflow` counts once its record is there. */
  readonly setUp: boolean;
}

/** One of the packages, found. */
export interface FoundTensorflow {
  readonly package: TensorflowPackage;
  readonly version: string;
  /** Folder of the package. */
  readonly folder: string;
  readonly place: TensorflowPlace;
  /** Whether its addon is there; an install whose download failed has none. */
  readonly hasAddon: boolean;
}

/**
 * The places looked at, in order: MMGAN_TENSORFLOW where set, else beside the trainer, in the current folder, and the
 * per-user folders of `mmgan setup tensorflow`.
 */
export function tensorflowPlaces(): TensorflowPlace[] {
  const named = process.env.MMGAN_TENSORFLOW;
  if (named) return [{ folder: tensorflowFolder(false), what: "MMGAN_TENSORFLOW", setUp: true }];
  return [
    { folder: dirname(fileURLToPath(import.meta.url)), what: "beside mmgan", setUp: false },
    { folder: process.cwd(), what: "the current folder", setUp: false },
    { folder: tensorflowFolder(true), what: "mmgan setup tensorflow --gpu", setUp: true },
    { folder: tensorflowFolder(false), what: "mmgan setup tensorflow", setUp: true },
  ];
}

/** Every package found, tfjs-node-gpu before tfjs-node, then by place. */
export function findTensorflow(places: readonly TensorflowPlace[] = tensorflowPlaces()): FoundTensorflow[] {
  const found = TENSORFLOW_PACKAGES.flatMap((name) =>
    places.map((place) => (isFinished(place) ? findIn(place, name) : undefined)),
  ).filter((one) => one !== undefined);
  return found.filter((one, i) => found.findIndex(({ folder }) => folder === one.folder) === i);
}

/** "beside mmgan (FOLDER), ..." */
export function placesInWords(places: readonly TensorflowPlace[] = tensorflowPlaces()): string {
  return places
    .map((place) => {
      const unfinished = !isFinished(place) && existsSync(place.folder) ? `, without ${SETUP_RECORD}` : "";
      return `${place.folder} (${place.what}${unfinished})`;
    })
    .join(", ");
}

function isFinished({ folder, setUp }: TensorflowPlace): boolean {
  return !setUp || readSetupRecord(folder) !== undefined;
}

function findIn(place: TensorflowPlace, name: TensorflowPackage): FoundTensorflow | undefined {
  let manifest: string;
  try {
    manifest = createRequire(join(place.folder, "here.js")).resolve(`${name}/package.json`);
  } catch {
    return undefined;
  }
  const folder = dirname(manifest);
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  return { package: name, version, folder, place, hasAddon: existsSync(join(folder, ADDON_FILE)) };
}
