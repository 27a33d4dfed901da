import type { Dataset } from "@mmgan/trainer";
import { expect, it } from "vitest";
import { firstOf } from "./labelled.js";

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
