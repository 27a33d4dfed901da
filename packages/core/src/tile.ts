/** Many pictures in one: the grids that trainings and bundles show. */

import { mustBeInteger } from "./check-argument.js";
import { ArgumentError, expected, ShapeError } from "./errors.js";
import type { ImageBatch } from "./tensor.js";

export interface TileOptions {
  /** Cells in a row, at least 1. With K columns and row i from cluster i mod K, each column shows one cluster. */
  readonly columns: number;
  /** Edge of the square that one pixel becomes, in pixels, at least 1. Default 1. */
  readonly scale?: number;
  /** Pixels between cells, not scaled, at least 0; none around the edge. Default 1. */
  readonly gap?: number;
  /** Value of gaps and of cells left over in the last row, 0..255, in every channel. Default 128. */
  readonly background?: number;
}

/**
 * Lays pictures out in rows, left to right, top to bottom.
 *
 * @returns one picture of height rows * height * scale + (rows - 1) * gap with rows = ceil(count / columns), and width
 *   likewise by columns
 * @throws ArgumentError for an option out of range or no pictures, ShapeError when `data` is not of the stated size
 */
export function tileImages(images: ImageBatch, options: TileOptions): ImageBatch {
  const { columns, scale = 1, gap = 1, background = 128 } = options;
  const { count, height, width, channels, data } = images;
  mustBeInteger(columns, "columns", 1, Number.MAX_SAFE_INTEGER);
  mustBeInteger(scale, "scale", 1, Number.MAX_SAFE_INTEGER);
  mustBeInteger(gap, "gap", 0, Number.MAX_SAFE_INTEGER);
  mustBeInteger(background, "background", 0, 255);
  if (count < 1) throw new ArgumentError(expected("at least 1 image", "images", count));
  if (data.length !== count * height * width * channels)
    throw new ShapeError(
      expected(
        `${count * height * width * channels} values`,
        `images of shape [${count}, ${height}, ${width}, ${channels}]`,
        data.length,
      ),
    );
  const rows = Math.ceil(count / columns);
  const outHeight = rows * height * scale + (rows - 1) * gap;
  const outWidth = columns * width * scale + (columns - 1) * gap;
  const out = new Uint8Array(outHeight * outWidth * channels).fill(background);
  for (let i = 0; i < count; i++) {
    const top = Math.floor(i / columns) * (height * scale + gap);
    const left = (i % columns) * (width * scale + gap);
    for (let y = 0; y < height * scale; y++) {
      const line = (i * height + Math.floor(y / scale)) * width;
      for (let x = 0; x < width * scale; x++) {
        const from = (line + Math.floor(x / scale)) * channels;
        const to = ((top + y) * outWidth + left + x) * channels;
        for (let channel = 0; channel < channels; channel++) out[to + channel] = data[from + channel]!;
      }
    }
  }
  return { count: 1, height: outHeight, width: outWidth, channels, data: out };
}
