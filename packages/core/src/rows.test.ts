import { expect, it } from "vitest";
import { takeRows } from "./rows.js";

it("takes rows in the order asked for, also twice, in the table's type", () => {
  const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6);
  expect(takeRows(bytes, 2, Int32Array.of(2, 0, 2))).toEqual(Uint8Array.of(5, 6, 1, 2, 5, 6));
  expect(takeRows(Float32Array.of(0.5, 1.5), 1, [1])).toEqual(Float32Array.of(1.5));
  expect(takeRows(bytes, 2, [])).toEqual(new Uint8Array(0));
});
