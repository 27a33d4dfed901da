/** Grids of small grey or RGB pictures, a column for each cluster. */

import { clusterColour, type Palette } from "./theme.js";

/** Height of the coloured bar with the number above a column, in CSS pixels. */
const HEAD = 20;

/** Pictures of one size. */
export interface Pictures {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  /** [n, height, width, channels], 0..255 */
  readonly data: ArrayLike<number>;
}

/**
 * @param columns - the pictures of each column by index, from the top
 * @param rows - places in each column; what has no place is not drawn
 */
export function drawColumns(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  pictures: Pictures,
  columns: readonly (readonly number[])[],
  rows: number,
  palette: Palette,
): void {
  const cell = Math.min(width / columns.length, (height - HEAD) / rows);
  const left = (width - cell * columns.length) / 2;
  context.imageSmoothingEnabled = false;
  context.font = "600 11px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  columns.forEach((column, k) => {
    const x = left + k * cell;
    context.fillStyle = palette.ink;
    context.fillText(String(k), x + cell / 2, 11);
    context.fillStyle = clusterColour(palette, k);
    context.fillRect(x + 1, HEAD - 5, cell - 2, 3);
    column.slice(0, rows).forEach((index, row) => {
      context.drawImage(bitmapOf(pictures, index), x + 1, HEAD + row * cell + 1, cell - 2, cell - 2);
    });
  });
}

/** One picture as a canvas of its own size. */
export function bitmapOf({ height, width, channels, data }: Pictures, index: number): OffscreenCanvas {
  const pixels = new ImageData(width, height);
  const size = height * width;
  for (let i = 0; i < size; i++) {
    const at = (index * size + i) * channels;
    const [red, green, blue] =
      channels === 3 ? [data[at]!, data[at + 1]!, data[at + 2]!] : [data[at]!, data[at]!, data[at]!];
    pixels.data[4 * i] = red;
    pixels.data[4 * i + 1] = green;
    pixels.data[4 * i + 2] = blue;
    pixels.data[4 * i + 3] = 255;
  }
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d")!.putImageData(pixels, 0, 0);
  return canvas;
}
