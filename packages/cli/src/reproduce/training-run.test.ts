import { expect, it } from "vitest";
import { stopsOf } from "./training-run.js";

it("stops are spread evenly, with all snapshots, the last step last", () => {
  expect(stopsOf(100, 4, [])).toEqual([25, 50, 75, 100]);
  expect(stopsOf(100, 1, [])).toEqual([100]);
  expect(stopsOf(2000, 2, [1, 2000])).toEqual([1, 1000, 2000]);
  expect(stopsOf(2, 6, [])).toEqual([1, 2]); // 0.33 is no step
});
