import { Rng } from "@mmgan/core";
import { expect, it } from "vitest";
import { meanAgreement } from "./agreement.js";

it("is 1 for equal partitions, whatever their clusters are called", () => {
  expect(
    meanAgreement([
      [0, 0, 1, 1, 2, 2],
      [2, 2, 0, 0, 1, 1],
      [7, 7, 5, 5, 9, 9],
    ]),
  ).toBe(1);
});

it("is the mean of the adjusted Rand indices of all pairs", () => {
  // a and b: pairs together 2 of both; by chance 2 * 2 / 6, at most 2: (0 - 2/3) / (2 - 2/3) = -1/2 for a and c.
  const [a, b, c] = [
    [0, 0, 1, 1],
    [1, 1, 0, 0],
    [0, 1, 0, 1],
  ];
  expect(meanAgreement([a, b, c])).toBeCloseTo((1 - 1 / 2 - 1 / 2) / 3, 12);
});

it("is about 0 for independent partitions, of few clusters or many", () => {
  for (const clusters of [2, 10, 30]) {
    const random = (step: number) => new Rng({ seed: 1, stream: "partition", step }).integers(4000, clusters);
    expect(Math.abs(meanAgreement([random(0), random(1), random(2)])!)).toBeLessThan(0.01);
  }
});

it("says nothing of a single partition", () => {
  expect(meanAgreement([[0, 1]])).toBeUndefined();
});
