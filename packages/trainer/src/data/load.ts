/** `loadDataset`: one door to every data set, known by name or a folder of pictures. */

import { unknownName } from "@mmgan/core";
import { type DatasetInfo, datasetInfo } from "./catalogue.js";
import type { Dataset, LoadOptions, Split } from "./dataset.js";
import { readDigits } from "./digits.js";
import { type RawImages, readIdxSet } from "./idx-set.js";
import { makeMoons } from "./moons.js";
import { splitIndices, takeRows } from "./split.js";

const SPLITS: readonly Split[] = ["train", "test", "all"];

/**
 * Loads a data set into memory.
 *
 * @param nameOrFolder - a name of DATASETS, or a folder of pictures ("./mnist" for a folder called like a known set)
 * @throws UnknownNameError for a name that is neither, DataMissingError when its files are not there (the message
 * names the command that brings them), DataCorruptError when they are damaged, EmptyFolderError for a folder without
 * a readable picture, ArgumentError for an option out of range, InterruptedError when `signal` aborts
 */
export async function loadDataset(nameOrFolder: string, options: LoadOptions = {}): Promise<Dataset> {
  const { split = "train" } = options;
  if (!SPLITS.includes(split)) throw unknownName("split", split, [...SPLITS]);
  options.signal?.throwIfAborted();
  const info = datasetInfo(nameOrFolder);
  if (info.kind === "point") return loadMoons(info, split, options);
  return loadImages(info, split, options);
}

function loadMoons(info: DatasetInfo, split: Split, options: LoadOptions): Dataset {
  const { count = 1000, noise, seed = 0 } = options;
  const streams = split === "all" ? ["train", "test"] : [split];
  const parts = streams.map((stream) =>
    makeMoons({ count, seed, stream: `moons/${stream}`, ...(noise === undefined ? {} : { noise }) }),
  );
  return {
    name: info.name,
    kind: "point",
    split,
    count: count * parts.length,
    dim: 2,
    points: Float32Array.from(parts.flatMap(({ points }) => Array.from(points))),
    ...(options.labels
      ? {
          labels: Int32Array.from(parts.flatMap(({ labels }) => Array.from(labels))),
          classNames: info.classNames,
        }
      : {}),
    fit: "contain",
  };
}

async function loadImages(info: DatasetInfo, split: Split, options: LoadOptions): Promise<Dataset> {
  const image = info.image!;
  const { pixels, labels } = await readImages(info, split, options);
  return {
    name: info.name,
    kind: "image",
    split,
    count: pixels.length / (image.height * image.width * image.channels),
    image,
    pixels,
    ...(labels ? { labels, classNames: info.classNames } : {}),
    fit: options.fit ?? "contain",
  };
}

async function readImages(info: DatasetInfo, split: Split, options: LoadOptions): Promise<RawImages> {
  const labels = options.labels ?? false;
  if (info.name !== "digits") return readIdxSet(info, split, labels, options.dataDir);
  const digits = await readDigits();
  const indices = splitIndices(digits.labels.length, split);
  return {
    pixels: takeRows(digits.pixels, 64, indices),
    labels: labels ? indices.map((index) => digits.labels[index]!) : undefined,
  };
}
