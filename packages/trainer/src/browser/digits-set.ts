/** The embedded digits in a page, from the bytes of their file. */

import { sha256Hex } from "@mmgan/core";
import { DATASETS } from "../data/catalogue.js";
import { corrupt } from "../data/corrupt.js";
import type { Dataset, Split } from "../data/dataset.js";
import { digitsOfRows, digitsOfSplit } from "../data/digits-rows.js";

/**
 * @param bytes - assets/digits.csv.gz of this package, compressed or not
 * @param path - what the bytes are called in messages
 * @throws DataCorruptError when they are not those of the file, DeviceError without Web Crypto
 */
export async function digitsSet(
  bytes: Uint8Array<ArrayBuffer>,
  path: string,
  { split = "train", labels = false }: { split?: Split; labels?: boolean } = {},
): Promise<Dataset> {
  const source = { path, remedy: "Load the page again" };
  const { content } = DATASETS.digits.files[0]!;
  const raw = await unzipped(bytes).catch((cause) => {
    throw corrupt(source, "gzip", (cause as Error).message, cause);
  });
  const actual = await sha256Hex(raw);
  if (actual !== content.sha256)
    throw corrupt(source, "SHA-256", `its content has ${actual} where ${content.sha256} was published`);
  const lines = new TextDecoder().decode(raw).trim().split("\n");
  const digits = digitsOfSplit(
    digitsOfRows(
      lines.map((line) => line.trim().split(",")),
      source,
    ),
    split,
  );
  return {
    name: "digits",
    kind: "image",
    split,
    count: digits.labels.length,
    image: { height: 8, width: 8, channels: 1 },
    pixels: digits.pixels,
    ...(labels ? { labels: digits.labels, classNames: DATASETS.digits.classNames } : {}),
    fit: "contain",
  };
}

/** Decompressed where they start as gzip does: a server may have done so on the way. */
async function unzipped(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
