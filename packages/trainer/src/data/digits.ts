/** The embedded digits: 1,797 pictures of 8x8, shipped with this package (assets/README.md: source and licence). */

import { fileURLToPath } from "node:url";
import { parse } from "csv-parse/sync";
import { DATASETS } from "./catalogue.js";
import { corrupt, type FileSource, mustHaveSha256, readMaybeGzip } from "./data-file.js";

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

/** Reads the embedded digits. @throws DataCorruptError when the installed package is damaged */
export async function readDigits(): Promise<Digits> {
  // Both src/data and dist/data lie two folders below the package's root.
  const path = fileURLToPath(new URL("../../assets/digits.csv.gz", import.meta.url));
  const source = { path, remedy: "Install @mmgan/trainer again" };
  const bytes = await readMaybeGzip(source);
  mustHaveSha256(bytes, DATASETS.digits.files[0]!.content.sha256, source);
  return parseDigits(new TextDecoder().decode(bytes), source);
}

/**
 * Parses lines of 65 comma-separated integers: 64 pixels 0..16, then the label 0..9.
 * A pixel v becomes round(v * 255 / 16), so that 16 is white.
 *
 * @throws DataCorruptError naming the file, the check and the line
 */
export function parseDigits(text: string, source: FileSource): Digits {
  const rows = parseRows(text, source);
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

function parseRows(text: string, source: FileSource): string[][] {
  try {
    return parse(text, { skip_empty_lines: true, relax_column_count: true });
  } catch (cause) {
    throw corrupt(source, "CSV", (cause as Error).message, cause);
  }
}
