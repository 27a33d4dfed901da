/** Folders of pictures for `mmgan bench folder`, drawn from our own random numbers. */

import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InterruptedError, Rng } from "@mmgan/core";
import { encodePng } from "@mmgan/node-io";
import { sharp } from "./sharp.js";

export const KINDS = ["jpeg", "png"] as const;
export type Kind = (typeof KINDS)[number];

/** Pictures that differ; the other files are copies of them. */
const DIFFERENT = 500;
/** Values of the blurred noise that a photograph is stretched from. */
const COARSE = { width: 40, height: 30 };

/** What each kind is, for the table. */
export const KIND_TEXT: Readonly<Record<Kind, string>> = {
  jpeg: "JPEG, 640x480, colour",
  png: "PNG, 28x28, grey",
};

/** Writes `count` files of one kind into `folder`. */
export async function makePictures(
  folder: string,
  kind: Kind,
  count: number,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(folder);
  const digits = `${count - 1}`.length;
  const file = (i: number) => join(folder, `${String(i).padStart(digits, "0")}.${kind}`);
  for (let i = 0; i < count; i++) {
    if (signal.aborted) throw new InterruptedError("Stopped on request.");
    if (i < DIFFERENT) await writeFile(file(i), await encoded(kind, i));
    else await copyFile(file(i % DIFFERENT), file(i));
  }
}

async function encoded(kind: Kind, seed: number): Promise<Uint8Array> {
  const { width, height } = kind === "png" ? { width: 28, height: 28 } : COARSE;
  const channels = kind === "png" ? 1 : 3;
  const values = new Rng({ seed, stream: "bench/pictures" }).uniform(width * height * channels);
  const data = Uint8Array.from(values, (u) => Math.floor(256 * u ** 2));
  if (kind === "png") return encodePng({ count: 1, height, width, channels, data });
  const image = sharp(data, { raw: { width, height, channels } }).resize({
    width: 640,
    height: 480,
    fit: "fill",
  });
  return image.jpeg({ quality: 85 }).toBuffer();
}
