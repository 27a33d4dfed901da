/** The embedded digits from the rows of their file: 1,797 pictures of 8x8. */

import { takeRows } from "@mmgan/core";
import { corrupt, type FileSource } from "./corrupt.js";
import type { Split } from "./dataset.js";
import { splitIndices } from "./split.js";

const PIXELS = 64;
const CLASSES = 10;
/** The largest value in the file: all 16 pixels of a 4x4 block are on. */
const FULL = 16;

export interface Digits {
  /** [1797, 8, 8], 0..255. */
  readonly pixels: Uint8Array;
  /** [1797], 0..9. */
  readonly labels: Int32Array;
}

/**
 * @param rows - 65 integers each: 64 pixels 0..16, then the label 0..9. A pixel v becomes round(v * 255 / 16), so that 16
 *   is white
 * @throws DataCorruptError naming the file, the check and the line
 */
export function digitsOfRows(rows: readonly (readonly string[])[], source: FileSource): Digits {
  const pixels = new Uint8Array(rows.length * PIXELS);
  const labels = new Int32Array(rows.length);
  rows.forEach((row, index) => {
    if (row.length !== PIXELS + 1)
      throw corrupt(source, "column", `line ${index + 1} has ${row.length} values instead of ${PIXELS + 1}`);
    row.forEach((text, column) => {
      const value = Number(text);
      const limit = column === PIXELS ? CLASSES - 1 : FULL;
      if (text.trim() === "" || !Number.isInteger(value) || value < 0 || value > limit)
        throw corrupt(
          source,
          "value",
          `line ${index + 1}, column ${column + 1} is "${text}", not an integer 0..${limit}`,
        );
      if (column === PIXELS) labels[index] = value;
      else pixels[index * PIXELS + column] = Math.round((value * 255) / FULL);
    });
  });
  return { pixels, labels };
}

/** The pictures of a split, and their labels. */
export function digitsOfSplit({ pixels, labels }: Digits, split: Split): Digits {
  const indices = splitIndices(labels.length, split);
  return {
    pixels: takeRows(pixels, PIXELS, indices),
    labels: indices.map((index) => labels[index]!),
  };
}
