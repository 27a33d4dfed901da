/** Pictures to pixels: the one decoder that training and clustering share, so that both see the same bytes. */

import { stat } from "node:fs/promises";
import { type RowError, rowError } from "@mmgan/core";
import sharp, { type Sharp } from "sharp";
import { fittedPixels } from "./fitted.js";
import { type PictureSize, plainSize } from "./header-size.js";
import { pictureFormat } from "./picture-format.js";
import { plainPng } from "./plain-png.js";
import { fileProblem, kindProblem } from "./sources/file-problem.js";
import { type EncodedPicture, readItem, unreadable } from "./sources/read-item.js";

/** Pixels of one picture, where nothing else is said: more than any camera's, and less than 400 MB once decoded. */
export const MAX_PIXELS = 120_000_000;

export interface DecodeOptions {
  /** Pixels, at least 1. */
  readonly height: number;
  /** Pixels, at least 1. */
  readonly width: number;
  /** 1 (grey) or 3 (RGB). */
  readonly channels: 1 | 3;
  /** `contain` keeps all of the picture and fills with `background`, `cover` crops, `stretch` changes proportions. */
  readonly fit: "contain" | "cover" | "stretch";
  /** Colour (CSS) behind transparent pixels and around a contained picture. Default "black". */
  readonly background?: string;
  /** Pixels of the encoded picture at most, told from its header before anything is decoded. Default 120 million. */
  readonly maxPixels?: number;
  /** Also SVG, drawn as large as is wanted. Default false. */
  readonly svg?: boolean;
}

/** A decoded picture. */
export interface Picture {
  /** Row-major [options.height, options.width, options.channels], 0..255. */
  readonly pixels: Uint8Array;
  /** Of the picture as it was encoded, in pixels, after its EXIF orientation. */
  readonly width: number;
  readonly height: number;
}

/**
 * Decodes one picture to raw pixels, row-major [height, width, channels], 0..255. EXIF orientation is applied, then alpha
 * is laid over `background`, the picture is fitted (Lanczos), and colours go to sRGB, through the picture's ICC profile
 * where it has one, or, for one channel, to luminance. 16-bit pictures are scaled to 8 bits; of an animation or a file of
 * several pages the first counts.
 *
 * @param image - a path, or the bytes of an encoded picture
 * @throws ImageError, its `rowCode` and `reason` saying why: missing, empty, truncated, too large, not a picture
 */
export async function decodeImage(image: string | Uint8Array, options: DecodeOptions): Promise<Uint8Array> {
  if (typeof image !== "string") return (await decodePicture(image, options)).pixels;
  const { data } = await readPath(image);
  return (await decodePicture(data, options, image)).pixels;
}

async function readPath(file: string): Promise<EncodedPicture> {
  let problem: RowError | undefined;
  try {
    const found = await stat(file);
    problem = kindProblem(found);
    if (!problem) return readItem({ path: file, file, size: found.size, mtimeMs: found.mtimeMs });
  } catch (cause) {
    throw unreadable(file, fileProblem(cause), cause);
  }
  throw unreadable(file, problem);
}

/**
 * As `decodeImage`, and says how large the picture was.
 *
 * @param name - for messages
 * @throws ImageError
 */
export async function decodePicture(
  data: Uint8Array,
  options: DecodeOptions,
  name = "the image's bytes",
): Promise<Picture> {
  const { height, width, channels, background = "black", maxPixels = MAX_PIXELS, svg = false } = options;
  if (data.length === 0) throw unreadable(name, rowError("E_IMAGE_EMPTY"));
  const { format, other } = pictureFormat(data);
  if (format === undefined)
    throw unreadable(name, rowError("E_IMAGE_FORMAT", other && `it is ${other}, which is not read`));
  if (format === "svg" && !svg)
    throw unreadable(name, rowError("E_IMAGE_FORMAT", "it is SVG, which is read where asked for alone"));
  const plain = format === "png" ? plainPng(data) : undefined;
  if (
    plain &&
    plain.width === width &&
    plain.height === height &&
    plain.channels === channels &&
    width * height <= maxPixels
  )
    return { pixels: plain.pixels, width, height };
  noCache();
  try {
    const size = plainSize(data, format) ?? (await sizeOf(data));
    if (size.width * size.height > maxPixels)
      throw unreadable(
        name,
        rowError("E_IMAGE_SIZE", `${size.width} x ${size.height} pixels, at most ${maxPixels} are decoded`),
      );
    const density = format === "svg" ? { density: svgDensity(size, options) } : {};
    const image = sharp(data, { failOn: "error", limitInputPixels: maxPixels, ...density })
      .autoOrient()
      .flatten({ background });
    return { pixels: await fittedPixels(image, options), ...size };
  } catch (cause) {
    if ((cause as { rowCode?: unknown }).rowCode !== undefined) throw cause;
    // libvips keeps one error text for all threads, so what it says is no part of the reason: that has to be the same
    // on every run. The format was recognised; the rest is damage.
    throw unreadable(name, rowError("E_IMAGE_CORRUPT"), cause);
  }
}

/** From the header alone. */
async function sizeOf(data: Uint8Array): Promise<PictureSize> {
  const { autoOrient }: { autoOrient: { width: number; height: number } } = await header(data).metadata();
  return { width: autoOrient.width, height: autoOrient.height };
}

const header = (data: Uint8Array): Sharp => sharp(data, { failOn: "error", limitInputPixels: false });

/** Dots per inch at which an SVG, 72 by itself, is drawn about as large as it is wanted. */
function svgDensity(size: PictureSize, { width, height }: DecodeOptions): number {
  const scale = Math.max(width / size.width, height / size.height, 1);
  return Math.min(Math.ceil(72 * scale), 2400);
}

let cached = true;
/** libvips would keep what it read of a file, also after the file changed. */
function noCache(): void {
  if (cached) sharp.cache(false);
  cached = false;
}
