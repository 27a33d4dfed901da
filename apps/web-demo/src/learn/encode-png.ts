/** Pictures as PNG files, in a worker or a page. */

import type { ImageBatch } from "@mmgan/core";

/** @param picture - one picture, grey or RGB, 0..255 */
export async function encodePng({ height, width, channels, data }: ImageBatch): Promise<Uint8Array> {
  const pixels = new ImageData(width, height);
  for (let i = 0; i < height * width; i++) {
    const at = i * channels;
    const green = channels === 3 ? at + 1 : at;
    const blue = channels === 3 ? at + 2 : at;
    pixels.data.set([data[at]!, data[green]!, data[blue]!, 255], 4 * i);
  }
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d")!.putImageData(pixels, 0, 0);
  const blob = await canvas.convertToBlob({ type: "image/png" });
  return new Uint8Array(await blob.arrayBuffer());
}
