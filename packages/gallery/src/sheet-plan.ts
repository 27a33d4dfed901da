/** How thumbnails are laid out on sheets. */

import type { SheetLayout } from "@mmgan/node-io";
import type { Sheets } from "./page/gallery-data.js";
import type { PictureTable } from "./picture-table.js";

/** Of a sheet, in pixels: a page holds the sheets in view decoded, four bytes a pixel. */
const SHEET_SIDE = 1024;
/** Cells in a row at most, for tiny pictures. */
const COLUMNS_MAX = 16;
/** WebP codes blocks of this size: no block holds two pictures. */
const BLOCK = 16;

/** One sheet: pictures `from` to `to` - 1. */
export interface Sheet {
  readonly from: number;
  readonly to: number;
}

/**
 * @param size - pixels of a thumbnail's longer side at most; cells are smaller where all pictures are
 */
export function planSheets(
  { rows, starts }: Pick<PictureTable, "rows" | "starts">,
  size: number,
): { layout: SheetLayout; record: Sheets; sheets: Sheet[] } {
  let largest = 1;
  for (const { width, height } of rows) largest = Math.max(largest, width, height);
  const cell = Math.min(size, largest);
  // At least one pixel between two pictures, so that none shines through where the page scales a sheet.
  const pitch = Math.ceil((cell + 2) / BLOCK) * BLOCK;
  const columns = Math.max(1, Math.min(COLUMNS_MAX, Math.floor(SHEET_SIDE / pitch)));
  const perSheet = columns * columns;
  const sheets: Sheet[] = [];
  const first = starts.slice(0, -1).map((start, cluster) => {
    const number = sheets.length;
    const end = starts[cluster + 1]!;
    for (let from = start; from < end; from += perSheet)
      sheets.push({ from, to: Math.min(from + perSheet, end) });
    return number;
  });
  return { layout: { cell, pitch, columns }, record: { cell, pitch, columns, perSheet, first }, sheets };
}
