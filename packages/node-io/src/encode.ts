/** Pixels to PNG. */

import { type ImageBatch, ShapeError } from "@mmgan/core";
import sharp from "sharp";
import { writeFileAtomic } from "./atomic.js";

/**
 * One picture as the bytes of a PNG, 8 bits a channel, grey or RGB; lossless.
 *
 * @throws ShapeError unless `image.count` is 1, `channels` 1 or 3 and the data's length fits
 */
export async function encodePng(image: ImageBatch): Promise<Uint8Array> {
  const { count, height, width, channels, data } = image;
  const fits = count === 1 && (channels === 1 || channels === 3) && data.length === height * width * channels;
  if (!fits)
    throw new ShapeError(
      `Expected one picture [1, height, width, 1 or 3] for encodePng but received [${count}, ${height}, ${width}, ${channels}] with ${data.length} values. Tile several pictures into one first.`,
    );
  const png = await sharp(data, { raw: { width, height, channels: channels as 1 | 3 } })
    .toColourspace(channels === 1 ? "b-w" : "srgb")
    .png()
    .toBuffer();
  return new Uint8Array(png.buffer, png.byteOffset, png.byteLength);
}

/** Writes one picture as a PNG file, whole or not at all. Errors of `encodePng` and `writeFileAtomic`. */
export async function writePng(path: string, image: ImageBatch): Promise<void> {
  await writeFileAtomic(path, await encodePng(image));
}
