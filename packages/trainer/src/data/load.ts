/** `loadDataset`: one door to every data set, known by name or a folder of pictures. */

import { stat } from "node:fs/promises";
import { unknownName } from "@mmgan/core";
import { DATASET_NAMES, DATASETS, type DatasetInfo, isDatasetName } from "./catalogue.js";
import { checkedImageOptions, checkedSplit, type ImageOptions } from "./check-options.js";
import { coil20Label, decodeCoil20, readCoil20 } from "./coil-20.js";
import type { Dataset, LoadOptions, Split } from "./dataset.js";
import { readDigits } from "./digits.js";
import { digitsOfSplit } from "./digits-rows.js";
import { loadFolder } from "./folder.js";
import { type RawImages, readIdxSet } from "./idx-set.js";
import { fetchAgain, locateFiles } from "./locate.js";
import { moonsSet } from "./moons-set.js";
import { resizeImages } from "./resize.js";
import { splitIndices } from "./split.js";
import { mustGoOn } from "./work.js";

/**
 * Loads a data set into memory.
 *
 * @param nameOrFolder - a name of DATASETS, or a folder of pictures ("./mnist" for a folder called like a known set)
 * @throws UnknownNameError for a name that is neither, DataMissingError when its files are not there (the message
 * names the command that brings them), DataCorruptError when they are damaged, EmptyFolderError for a folder without
 * a readable picture, ArgumentError for an option out of range, InterruptedError when `signal` aborts
 */
export async function loadDataset(nameOrFolder: string, options: LoadOptions = {}): Promise<Dataset> {
  const split = checkedSplit(options);
  mustGoOn(options.signal, `loading ${nameOrFolder}`);
  if (!isDatasetName(nameOrFolder)) return loadUnnamed(nameOrFolder, split, options);
  const info = DATASETS[nameOrFolder];
  return info.kind === "point" ? moonsSet(split, options) : loadImages(info, split, options);
}

/** A folder, or a misspelt name. What looks like a path, or is a folder, is one. */
async function loadUnnamed(folder: string, split: Split, options: LoadOptions): Promise<Dataset> {
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory() && !/[/\\]|^\./.test(folder))
    throw unknownName("data (or a folder of images)", folder, DATASET_NAMES);
  const image = checkedImageOptions(options, { size: 32, channels: 3 });
  const { labels = false, signal, onProgress } = options;
  return loadFolder(folder, { ...image, split, labels, signal, onProgress });
}

async function loadImages(info: DatasetInfo, split: Split, options: LoadOptions): Promise<Dataset> {
  const asked = checkedImageOptions(options, { size: info.defaults.size!, channels: 1 });
  const { pixels, labels } = await readImages(info, split, asked, options);
  const { size, channels, fit } = asked;
  return {
    name: info.name,
    kind: "image",
    split,
    count: pixels.length / (size * size * channels),
    image: { height: size, width: size, channels },
    pixels,
    ...(labels ? { labels, classNames: info.classNames } : {}),
    fit,
  };
}

async function readImages(
  info: DatasetInfo,
  split: Split,
  asked: ImageOptions,
  options: LoadOptions,
): Promise<RawImages> {
  if (info.name === "coil-20") return readCoil20Split(info, split, asked, options);
  const labels = options.labels ?? false;
  const { dataDir } = options;
  const raw = await (info.name === "digits"
    ? readDigitsSplit(split, labels)
    : readIdxSet(info, split, labels, dataDir));
  const to = { height: asked.size, width: asked.size, channels: asked.channels };
  return { ...raw, pixels: await resizeImages(raw.pixels, info.image!, to, asked.fit, options) };
}

async function readDigitsSplit(split: Split, labels: boolean): Promise<RawImages> {
  const digits = digitsOfSplit(await readDigits(), split);
  return labels ? digits : { pixels: digits.pixels, labels: undefined };
}

async function readCoil20Split(
  info: DatasetInfo,
  split: Split,
  asked: ImageOptions,
  options: LoadOptions,
): Promise<RawImages> {
  const [path] = await locateFiles(info, info.files, options.dataDir);
  const source = { path: path!, remedy: fetchAgain(info) };
  const pngs = await readCoil20(source, options);
  const indices = splitIndices(pngs.length, split);
  const chosen = Array.from(indices, (index) => pngs[index]!);
  return {
    pixels: await decodeCoil20(chosen, asked.size, asked.channels, source, options),
    labels: options.labels ? indices.map(coil20Label) : undefined,
  };
}
