/** Pixels and drawings to PNG. */

import { expected, type ImageBatch, ImageError, ShapeError } from "@mmgan/core";
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

/**
 * A drawing as the bytes of a PNG, with the fonts of this machine.
 *
 * @param svg - a whole SVG document
 * @param scale - pixels for one unit of the drawing, above 0. Default 2, for sharp text on dense screens
 * @throws ImageError where the document cannot be drawn
 */
export async function rasterizeSvg(svg: string, scale = 2): Promise<Uint8Array> {
  try {
    // 72 dots an inch are one pixel a unit. Large pictures within the drawing are ours, so no limit is needed.
    const png = await sharp(Buffer.from(svg), { density: 72 * scale, unlimited: true })
      .png()
      .toBuffer();
    return new Uint8Array(png.buffer, png.byteOffset, png.byteLength);
  } catch (cause) {
    throw new ImageError(expected("an SVG document", "rasterizeSvg", svg), { cause });
  }
}
