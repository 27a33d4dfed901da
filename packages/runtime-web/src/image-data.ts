/** Pictures of a model as ImageData, for a canvas. */

import type { ImageBatch } from "@mmgan/core";

/** One opaque ImageData for each picture, in order; grey ones with three equal channels. */
export function toImageData({ count, height, width, channels, data }: ImageBatch): ImageData[] {
  const pixels = height * width;
  return Array.from({ length: count }, (_, row) => {
    const rgba = new Uint8ClampedArray(pixels * 4);
    for (let i = 0; i < pixels; i++) {
      const from = (row * pixels + i) * channels;
      rgba[i * 4] = data[from]!;
      rgba[i * 4 + 1] = data[channels === 3 ? from + 1 : from]!;
      rgba[i * 4 + 2] = data[channels === 3 ? from + 2 : from]!;
      rgba[i * 4 + 3] = 255;
    }
    return new ImageData(rgba, width, height);
  });
}
