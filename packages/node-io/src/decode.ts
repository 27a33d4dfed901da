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
  const bytes = typeof image === "string" ? await readImage(image) : image;
  if (bytes.length === 0) throw unreadable(name, "it is empty (0 bytes)");
  const { height, width, channels, fit, background = "black" } = options;
  try {
    const { data, info } = await sharp(bytes, { failOn: "error" })
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
    throw unreadable(name, decodeProblem((cause as Error).message), cause);
  }
}

async function readImage(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const problems: Record<string, string> = {
      ENOENT: "the file does not exist",
      EACCES: "there is no permission to read it",
      EISDIR: "it is a folder",
    };
    throw unreadable(path, problems[errorCode(cause) ?? ""] ?? (cause as Error).message, cause);
  }
}

/** One line for a person from what libvips says, which repeats itself over many. */
function decodeProblem(message: string): string {
  const lines = [...new Set(message.split("\n").map((line) => line.trim()))].filter((line) => line !== "");
  const said = lines.slice(0, 2).join("; ");
  if (/unsupported image format/i.test(said)) return "it is not a picture of a supported format";
  if (/premature end|truncated|read error|unexpected end|not enough data|EOF/i.test(message))
    return `it is truncated or corrupt (${said})`;
  if (/pixel limit/i.test(said)) return "it has more pixels than the decoder accepts (268 million)";
  return `it cannot be decoded (${said})`;
}

function unreadable(name: string, reason: string, cause?: unknown): ImageError {
  return new ImageError(
    `Expected a readable image for ${name} but ${reason}. Replace or remove it; JPEG, PNG, WebP, GIF, AVIF and TIFF are supported.`,
    { cause, reason },
  );
}
