/** MNIST and Fashion-MNIST: two pairs of IDX files, one pair a split. */

import type { DatasetInfo } from "./catalogue.js";
import { type FileSource, mustHaveSha256, readMaybeGzip } from "./data-file.js";
import type { Split } from "./dataset.js";
import { type IdxImages, parseIdxImages, parseIdxLabels } from "./idx.js";
import { fetchAgain, locateFiles } from "./locate.js";

const PREFIXES = { train: ["train"], test: ["t10k"], all: ["train", "t10k"] } as const;

export interface RawImages {
  /** [count, height, width, channels], 0..255. */
  readonly pixels: Uint8Array;
  /** [count]; undefined when labels were not asked for. */
  readonly labels: Int32Array | undefined;
}

/**
 * Reads one split; "all" is train followed by test. The label files are opened only when `labels` is true.
 *
 * @throws DataMissingError, DataCorruptError
 */
export async function readIdxSet(
  info: DatasetInfo,
  split: Split,
  labels: boolean,
  dataDir?: string,
): Promise<RawImages> {
  const wanted = PREFIXES[split].flatMap((prefix) => [
    `${prefix}-images-idx3-ubyte.gz`,
    ...(labels ? [`${prefix}-labels-idx1-ubyte.gz`] : []),
  ]);
  const files = wanted.map((name) => info.files.find((file) => file.name === name)!);
  const paths = await locateFiles(info, files, dataDir);
  const images: IdxImages[] = [];
  const classes: Int32Array[] = [];
  for (const [index, file] of files.entries()) {
    const source: FileSource = {
      path: paths[index]!,
      remedy: fetchAgain(info),
    };
    const bytes = await readMaybeGzip(source);
    // The parser comes first: "truncated" says more than "another SHA-256".
    if (file.name.includes("images")) images.push(parseIdxImages(bytes, source));
    else classes.push(parseIdxLabels(bytes, info.classNames.length, source));
    mustHaveSha256(bytes, file.content.sha256, source);
  }
  return {
    pixels: images.length === 1 ? images[0]!.pixels : Buffer.concat(images.map(({ pixels }) => pixels)),
    labels: labels ? Int32Array.from(classes.flatMap((part) => Array.from(part))) : undefined,
  };
}
