/** Small pictures for looking at, many to a sheet: what a page shows of a folder. */

import { statSync } from "node:fs";
import { rowError, ShapeError } from "@mmgan/core";
import sharp from "sharp";
import { pictureFormat } from "./picture-format.js";
import { type PlainPixels, plainPng } from "./plain-png.js";
import { readItem, unreadable } from "./sources/read-item.js";
import { fileItem } from "./sources/walk.js";

/** A small picture, row-major [height, width, 3], sRGB, 0..255. */
export interface Thumbnail {
  readonly height: number;
  readonly width: number;
  readonly data: Uint8Array;
}

/** Cells in rows, each `pitch` from the next; a picture lies in the middle of its cell. */
export interface SheetLayout {
  /** Pixels a side, at least as many as any picture on the sheet has. */
  readonly cell: number;
  /** Pixels from one cell to the next, at least `cell`. */
  readonly pitch: number;
  /** Cells in a row, at least 1. */
  readonly columns: number;
}

/** Cells up to this size are kept exactly: there is too little to spare in them, and they are cheap. */
const LOSSLESS_MAX = 64;
/** 0 to 100. At 75 the pictures of a sheet show no blocks at their own size. */
const QUALITY = 75;

/**
 * Decodes a picture to at most `size` pixels a side, its proportions kept, never enlarged. EXIF orientation is applied,
 * alpha laid over `background`; of an animation the first frame counts. JPEG files are shrunk while they load.
 *
 * @param image - a path, or the bytes of an encoded picture
 * @param size - pixels, at least 1
 * @param background - colour (CSS) behind transparent pixels. Default "black"
 * @throws ImageError, its `reason` saying why
 */
export async function makeThumbnail(
  image: string | Uint8Array,
  size: number,
  background = "black",
): Promise<Thumbnail> {
  const name = typeof image === "string" ? image : "the image's bytes";
  const bytes = typeof image === "string" ? await bytesOf(image) : image;
  if (bytes.length === 0) throw unreadable(name, rowError("E_IMAGE_EMPTY"));
  const plain = plainPng(bytes);
  if (plain && Math.max(plain.width, plain.height) <= size) return inColour(plain);
  try {
    const { data, info } = await sharp(bytes, { failOn: "error" })
      .autoOrient()
      .flatten({ background })
      .resize({ width: size, height: size, fit: "inside", withoutEnlargement: true })
      .toColourspace("srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    return {
      height: info.height,
      width: info.width,
      data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    };
  } catch (cause) {
    const known = pictureFormat(bytes).format !== undefined;
    throw unreadable(name, rowError(known ? "E_IMAGE_CORRUPT" : "E_IMAGE_FORMAT"), cause);
  }
}

async function bytesOf(path: string): Promise<Uint8Array> {
  const item = fileItem(path, path, statSync);
  if ("error" in item) throw unreadable(path, item.error);
  return (await readItem(item)).data;
}

function inColour({ width, height, channels, pixels }: PlainPixels): Thumbnail {
  if (channels === 3) return { width, height, data: pixels };
  const data = new Uint8Array(width * height * 3);
  for (let i = 0, to = 0; i < pixels.length; i++, to += 3) data.fill(pixels[i]!, to, to + 3);
  return { width, height, data };
}

/**
 * Lays thumbnails out on one sheet, row by row, and encodes it as WebP: exactly for cells of up to 64 pixels, at quality
 * 75 for larger ones. Where there is no picture the sheet is transparent.
 *
 * @param thumbnails - at least one; null leaves its cell empty
 * @throws ShapeError for a picture larger than its cell, or whose data do not fit its size
 */
export async function encodeSheet(
  thumbnails: readonly (Thumbnail | null)[],
  { cell, pitch, columns }: SheetLayout,
): Promise<Uint8Array> {
  const width = Math.min(columns, thumbnails.length) * pitch;
  const height = Math.ceil(thumbnails.length / columns) * pitch;
  const sheet = new Uint8Array(width * height * 4);
  thumbnails.forEach((thumbnail, i) => {
    if (thumbnail === null) return;
    mustFit(thumbnail, cell);
    const left = (i % columns) * pitch + centred(thumbnail.width, pitch);
    const top = Math.floor(i / columns) * pitch + centred(thumbnail.height, pitch);
    lay(thumbnail, sheet, (top * width + left) * 4, width * 4);
  });
  const webp = await sharp(sheet, { raw: { width, height, channels: 4 } })
    .webp(cell <= LOSSLESS_MAX ? { lossless: true } : { quality: QUALITY, alphaQuality: 100 })
    .toBuffer();
  return new Uint8Array(webp.buffer, webp.byteOffset, webp.byteLength);
}

const centred = (length: number, room: number) => Math.floor((room - length) / 2);

function mustFit({ height, width, data }: Thumbnail, cell: number): void {
  if (height <= cell && width <= cell && data.length === height * width * 3) return;
  throw new ShapeError(
    `Expected thumbnails of at most ${cell}x${cell}x3 values but received ${height}x${width} with ${data.length}.`,
  );
}

/** Copies RGB to RGBA. */
function lay({ height, width, data }: Thumbnail, sheet: Uint8Array, start: number, stride: number): void {
  for (let y = 0, from = 0; y < height; y++)
    for (let x = 0, to = start + y * stride; x < width; x++, from += 3, to += 4) {
      sheet[to] = data[from]!;
      sheet[to + 1] = data[from + 1]!;
      sheet[to + 2] = data[from + 2]!;
      sheet[to + 3] = 255;
    }
}
