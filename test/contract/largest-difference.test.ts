import { expect, test } from "vitest";
import { largestDifference } from "./largest-difference.js";

test.each([
  [[1, 2, 3], [1, 2.5, 3], 0.5],
  [[0], [-2], 2],
  [[], [], 0],
  [[1], [1, 1], Number.POSITIVE_INFINITY],
  [[Number.NaN], [0], Number.POSITIVE_INFINITY],
  [[0, Number.NaN, 0], [0, Number.NaN, 0], Number.POSITIVE_INFINITY],
  [[Number.POSITIVE_INFINITY], [0], Number.POSITIVE_INFINITY],
])("%j and %j differ by %d", (a, b, difference) => {
  expect(largestDifference(a, b)).toBe(difference);
});
