/** Pixels to pixels of another size: the decoder's own resizing, for pictures that are not in files. */

import { ShapeError } from "@mmgan/core";
import sharp from "sharp";
import type { DecodeOptions } from "./decode.js";
import { fittedPixels } from "./fitted.js";

/**
 * Fits raw pixels, row-major [height, width, channels], 0..255, exactly as `decodeImage` fits a lossless file of the
 * same picture.
 *
 * @param from - shape of `pixels`; channels 1 (grey) or 3 (RGB)
 * @param options - the shape wanted
 * @returns [options.height, options.width, options.channels], 0..255
 * @throws ShapeError when the length of `pixels` does not fit `from`
 */
export async function resizePixels(
  pixels: Uint8Array,
  from: { readonly height: number; readonly width: number; readonly channels: 1 | 3 },
  options: DecodeOptions,
): Promise<Uint8Array> {
  const expectedLength = from.height * from.width * from.channels;
  if (pixels.length !== expectedLength)
    throw new ShapeError(
      `Expected ${expectedLength} values for pixels [${from.height}, ${from.width}, ${from.channels}] but received ${pixels.length}.`,
    );
  const { width, height, channels } = from;
  return fittedPixels(sharp(pixels, { raw: { width, height, channels } }), options);
}
