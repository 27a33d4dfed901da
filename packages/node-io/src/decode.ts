/** Pictures to pixels: the one decoder that training and clustering share, so that both see the same bytes. */

import { readFile } from "node:fs/promises";
import { ImageError } from "@mmgan/core";
import sharp from "sharp";
import { errorCode } from "./file-errors.js";

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
}

/**
 * Decodes one picture to raw pixels, row-major [height, width, channels], 0..255. EXIF orientation is applied, then alpha
 * is laid over `background`, the picture is fitted (Lanczos), and colours go to sRGB or, for one channel, to luminance.
 * 16-bit pictures are scaled to 8 bits; of an animation the first frame counts.
 *
 * @param image - a path, or the bytes of an encoded picture
 * @throws ImageError, its `reason` saying why: missing, empty, truncated, not a picture, of a format not supported
 */
export async function decodeImage(image: string | Uint8Array, options: DecodeOptions): Promise<Uint8Array> {
  const name = typeof image === "string" ? image : "the image's bytes";
  const { height, width, channels, fit, background = "black" } = options;
  // libvips would give a path's old picture after the file changed.
  sharp.cache(false);
  try {
    const { data, info } = await sharp(image, { failOn: "error" })
      .autoOrient()
      .flatten({ background })
      .resize({ width, height, fit: fit === "stretch" ? "fill" : fit, background })
      .toColourspace(channels === 1 ? "b-w" : "srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== channels)
      throw new Error(`it decodes to ${info.channels} channels instead of ${channels}`);
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  } catch (cause) {
    const reason = (await fileProblem(image)) ?? decodeProblem((cause as Error).message);
    throw new ImageError(
      `Expected a readable image for ${name} but ${reason}. Replace or remove it; JPEG, PNG, WebP, GIF, AVIF and TIFF are supported.`,
      { cause, reason },
    );
  }
}

/** What is wrong with the file itself, before any decoding. */
async function fileProblem(image: string | Uint8Array): Promise<string | undefined> {
  try {
    const size = typeof image === "string" ? (await readFile(image)).length : image.length;
    return size === 0 ? "it is empty (0 bytes)" : undefined;
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return "the file does not exist";
    if (errorCode(cause) === "EACCES") return "there is no permission to read it";
    if (errorCode(cause) === "EISDIR") return "it is a folder";
    return (cause as Error).message;
  }
}

/** One line for a person from what libvips says, which repeats itself over many. */
function decodeProblem(message: string): string {
  const lines = [...new Set(message.split("\n").map((line) => line.trim()))].filter((line) => line !== "");
  const said = lines.slice(0, 2).join("; ");
  if (/unsupported image format/i.test(said))
    return "it is not a picture of a supported format, or is damaged";
  if (
    /premature end|truncated|read error|unexpected end|not enough data|corrupt|unable to parse/i.test(message)
  )
    return `it is truncated or corrupt (${said})`;
  // libvips keeps one error text for all threads: while others decode, it may be gone. Its format was recognised, though.
  if (/^unknown error$/i.test(said)) return "it is truncated or corrupt";
  if (/pixel limit/i.test(said)) return "it has more pixels than the decoder accepts (268 million)";
  return `it cannot be decoded (${said})`;
}
