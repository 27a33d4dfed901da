/** The order of the page. */

import type { ResultRow } from "@mmgan/core";
import { expect, it } from "vitest";
import { tableOf } from "./picture-table.js";

async function* rows(...of: Partial<ResultRow>[]): AsyncGenerator<ResultRow> {
  for (const [i, row] of of.entries())
    yield { path: `${i}`, cluster: 0, probability: 1, margin: 1, distance: null, ...row } as ResultRow;
}
const paths = async (...of: Partial<ResultRow>[]) =>
  (await tableOf(rows(...of), null, null)).rows.map(({ path }) => path);

it("puts clusters one after another, with the places that pictures have in the results", async () => {
  const table = await tableOf(rows({ cluster: 2 }, { cluster: 0 }, { cluster: 2 }), 4, null);
  expect(table.rows.map(({ path }) => path)).toEqual(["1", "0", "2"]);
  expect(table.positions).toEqual([1, 0, 2]);
  expect(table.starts).toEqual([0, 1, 1, 3, 3]);
  expect(table.sizes).toEqual([1, 0, 2, 0]);
});

it("puts the nearest first, the most probable where no distance is known, and keeps the order of equals", async () => {
  expect(await paths({ distance: 3 }, { distance: 1 }, { distance: null }, { distance: 2 })).toEqual([
    "1",
    "3",
    "0",
    "2",
  ]);
  expect(await paths({ probability: 0.5 }, { probability: 0.9 }, { probability: 0.5 })).toEqual([
    "1",
    "0",
    "2",
  ]);
});

it("keeps within a limit the more typical half and the least certain of the others", async () => {
  const of = [0.9, 0.2, 0.8, 0.1, 0.7, 0.6].map((margin, i) => ({ margin, distance: i }));
  const table = await tableOf(rows(...of), null, 4);
  // 0 and 1 are the nearest; of 2..5 the margins .1 and .6 are the smallest.
  expect(table.rows.map(({ path }) => path)).toEqual(["0", "1", "3", "5"]);
  expect(table.sizes).toEqual([6]);
  expect(table.starts).toEqual([0, 4]);
});
