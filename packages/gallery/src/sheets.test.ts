/** Sheets: as they are planned, as they are written, and as the page reads them, must be the same. */

import type { ResultRow } from "@mmgan/core";
import { encodeSheet, type Thumbnail } from "@mmgan/node-io";
import { expect, it } from "vitest";
import { sheetPartOf } from "./page/thumbnail.js";
import { planSheets } from "./sheet-plan.js";
import { writeSheets } from "./write-sheets.js";

const rowsOf = (sizes: readonly number[], side: number) => {
  const rows = sizes.flatMap((size, cluster) =>
    Array.from({ length: size }, (_, i) => ({ path: `${cluster}/${i}`, cluster, width: side, height: side })),
  ) as unknown as ResultRow[];
  const starts = [0];
  for (const size of sizes) starts.push(starts.at(-1)! + size);
  return { rows, starts };
};

it("cells are as large as the largest picture, at most as asked for, and blocks of WebP hold one picture each", () => {
  expect(planSheets(rowsOf([1], 28), 128).record).toMatchObject({
    cell: 28,
    pitch: 32,
    columns: 16,
    perSheet: 256,
  });
  expect(planSheets(rowsOf([1], 500), 128).record).toMatchObject({
    cell: 128,
    pitch: 144,
    columns: 7,
    perSheet: 49,
  });
  expect(planSheets(rowsOf([1], 1), 128).record).toMatchObject({ cell: 1, pitch: 16 });
});

it("each cluster begins a sheet, an empty one has none", () => {
  const { record, sheets } = planSheets(rowsOf([300, 0, 2], 28), 128);
  expect(record.first).toEqual([0, 2, 2]);
  expect(sheets).toEqual([
    { from: 0, to: 256 },
    { from: 256, to: 300 },
    { from: 300, to: 302 },
  ]);
});

it("the page finds on a sheet the very picture that was put there", async () => {
  const table = rowsOf([300, 0, 20], 3);
  const { layout, record, sheets } = planSheets(table, 128);
  const written = new Map<string, Uint8Array>();
  // Picture n is of one colour that tells n.
  const colour = (n: number): [number, number, number] => [n & 15, (n >> 4) & 31, 200];
  const failed = await writeSheets({
    folder: { write: async (name, data) => void written.set(name, data as Uint8Array) },
    rows: table.rows,
    layout,
    sheets,
    thumbnailOf: async (row): Promise<Thumbnail> => {
      const data = Uint8Array.from({ length: 27 }, (_, i) => colour(table.rows.indexOf(row))[i % 3]!);
      return { height: 3, width: 3, data };
    },
  });
  expect(failed).toEqual([]);
  const pixels = new Map<string, { width: number; height: number; data: Uint8Array }>();
  for (const [name, bytes] of written) pixels.set(name, await decode(bytes));
  for (const n of [0, 1, 15, 16, 255, 256, 299, 300, 301, 319]) {
    const cluster = n < 300 ? 0 : 2;
    const part = sheetPartOf({ sheets: record, starts: table.starts }, n, cluster);
    const sheet = pixels.get(part.file)!;
    expect([sheet.width, sheet.height], `sheet of ${n}`).toEqual([part.width, part.height]);
    const middle = ((part.top + 1) * sheet.width + part.left + 1) * 3;
    expect([...sheet.data.subarray(middle, middle + 3)], `picture ${n}`).toEqual(colour(n));
  }
});

it("a sheet whose pictures are all gone is still a sheet", async () => {
  const bytes = await encodeSheet([null, null], { cell: 8, pitch: 16, columns: 4 });
  expect(await decode(bytes)).toMatchObject({ width: 32, height: 16 });
});

async function decode(bytes: Uint8Array): Promise<{ width: number; height: number; data: Uint8Array }> {
  const { makeThumbnail } = await import("@mmgan/node-io");
  return makeThumbnail(bytes, 4096);
}
