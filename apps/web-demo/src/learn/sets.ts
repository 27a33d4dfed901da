/** The data sets a tab learns: what is trained on, and what is held out with its labels. */

import { DATASETS, type Dataset, digitsSet, moonsSet } from "@mmgan/trainer/browser";
import type { LearnSet } from "./settings.js";

export interface LearnData {
  readonly train: Dataset;
  /** Labelled; nothing is trained on it. */
  readonly heldOut: Dataset;
}

/** @param digitsFile - the bytes of assets/digits.csv.gz of the trainer; asked for when they are needed */
export async function loadLearnData(
  set: LearnSet,
  digitsFile: () => Promise<Uint8Array<ArrayBuffer>>,
): Promise<LearnData> {
  if (set === "moons") return { train: moonsSet("train"), heldOut: moonsSet("test", { labels: true }) };
  const bytes = await digitsFile();
  const path = DATASETS.digits.files[0]!.name;
  return {
    train: await digitsSet(bytes, path),
    heldOut: await digitsSet(bytes, path, { split: "test", labels: true }),
  };
}

/** Values of all samples, as the nets read them: coordinates, or pixels in [-1, 1]. */
export function valuesOf({ points, pixels }: Dataset): Float32Array {
  return points ?? Float32Array.from(pixels!, (pixel) => pixel / 127.5 - 1);
}
