/** Where a picture's thumbnail lies, and how CSS shows it. */

import type { About, SheetFile } from "./gallery-data.js";

/** A part of a sheet, in the sheet's pixels. */
export interface SheetPart {
  readonly file: SheetFile;
  /** Of the sheet. */
  readonly width: number;
  readonly height: number;
  /** Of the cell, which is square. */
  readonly left: number;
  readonly top: number;
  readonly cell: number;
}

/** @param cluster - the one that the picture had before any correction */
export function sheetPartOf(
  { sheets, starts }: Pick<About, "sheets" | "starts">,
  picture: number,
  cluster: number,
): SheetPart {
  const { cell, pitch, columns, perSheet, first } = sheets;
  const place = picture - starts[cluster]!;
  const sheet = Math.floor(place / perSheet);
  const onSheet = Math.min(perSheet, starts[cluster + 1]! - starts[cluster]! - sheet * perSheet);
  const i = place % perSheet;
  const inset = Math.floor((pitch - cell) / 2);
  return {
    file: `sheets/${first[cluster]! + sheet}.webp`,
    width: Math.min(columns, onSheet) * pitch,
    height: Math.ceil(onSheet / columns) * pitch,
    left: (i % columns) * pitch + inset,
    top: Math.floor(i / columns) * pitch + inset,
    cell,
  };
}

/** Shows a part of a sheet as the background of `element`, which is `side` CSS pixels square. */
export function showPart({ style }: HTMLElement, part: SheetPart, side: number): void {
  const scale = side / part.cell;
  style.backgroundImage = `url("${part.file}")`;
  style.backgroundSize = `${part.width * scale}px ${part.height * scale}px`;
  style.backgroundPosition = `${-part.left * scale}px ${-part.top * scale}px`;
  // Enlarged, the pixels of tiny pictures are better seen than smeared.
  style.imageRendering = scale >= 1.5 && part.cell <= 64 ? "pixelated" : "auto";
}
