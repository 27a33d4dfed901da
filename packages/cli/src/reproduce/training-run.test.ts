import type { Dataset } from "@mmgan/trainer";
import { expect, it } from "vitest";
import { firstOf } from "../labelled.js";
import { stopsOf } from "./training-run.js";

it("stops are spread evenly, with all snapshots, the last step last", () => {
  expect(stopsOf(100, 4, [])).toEqual([25, 50, 75, 100]);
  expect(stopsOf(100, 1, [])).toEqual([100]);
  expect(stopsOf(2000, 2, [1, 2000])).toEqual([1, 1000, 2000]);
  expect(stopsOf(2, 6, [])).toEqual([1, 2]); // 0.33 is no step
});

it("the first samples of a set, with their labels", () => {
  const set = {
    ...{ name: "x", kind: "point", split: "test", fit: "contain", count: 3, dim: 2 },
    points: Float32Array.of(1, 2, 3, 4, 5, 6),
    labels: Int32Array.of(7, 8, 9),
  } as Dataset;
  expect(firstOf(set, 2)).toMatchObject({
    count: 2,
    points: Float32Array.of(1, 2, 3, 4),
    labels: Int32Array.of(7, 8),
  });
  expect(firstOf(set, 3)).toBe(set);
});
