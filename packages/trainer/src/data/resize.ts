/** Brings the pictures of a known set to another size or number of channels, as the decoder of files does. */

import { resizePixels } from "@mmgan/node-io";
import type { Fit, ImageShape } from "./dataset.js";
import { forEachIndex, type WorkOptions } from "./work.js";

/**
 * @param pixels - [n, from.height, from.width, from.channels], 0..255
 * @returns [n, to.height, to.width, to.channels], 0..255; `pixels` itself when nothing changes
 * @throws InterruptedError
 */
export async function resizeImages(
  pixels: Uint8Array,
  from: ImageShape,
  to: ImageShape,
  fit: Fit,
  options: WorkOptions,
): Promise<Uint8Array> {
  if (from.height === to.height && from.width === to.width && from.channels === to.channels) return pixels;
  const [before, after] = [from, to].map(({ height, width, channels }) => height * width * channels) as [
    number,
    number,
  ];
  const resized = new Uint8Array((pixels.length / before) * after);
  await forEachIndex(pixels.length / before, "resizing images", options, async (index) => {
    const picture = pixels.subarray(index * before, (index + 1) * before);
    resized.set(await resizePixels(picture, from, { ...to, fit }), index * after);
  });
  return resized;
}
