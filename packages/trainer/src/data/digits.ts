/** The embedded digits: 1,797 pictures of 8x8, shipped with this package (assets/README.md: source and licence). */

import { fileURLToPath } from "node:url";
import { parse } from "csv-parse/sync";
import { DATASETS } from "./catalogue.js";
import { corrupt, type FileSource, mustHaveSha256, readMaybeGzip } from "./data-file.js";
import { type Digits, digitsOfRows } from "./digits-rows.js";

export type { Digits };

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
  return digitsOfRows(parseRows(text, source), source);
}

function parseRows(text: string, source: FileSource): string[][] {
  try {
    return parse(text, { skip_empty_lines: true, relax_column_count: true });
  } catch (cause) {
    throw corrupt(source, "CSV", (cause as Error).message, cause);
  }
}
