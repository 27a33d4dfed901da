import { expect, it } from "vitest";
import { summarise } from "./statistics.js";

it("mean, sample standard deviation and worst, by hand", () => {
  // mean (0.7 + 0.9 + 0.8) / 3, squares (0.1^2 + 0.1^2 + 0) / (3 - 1)
  const { mean, sd, worst } = summarise([0.7, 0.9, 0.8]);
  expect(mean).toBeCloseTo(0.8, 14);
  expect(sd).toBeCloseTo(Math.sqrt((0.1 * 0.1 + 0.1 * 0.1) / 2), 14);
  expect(worst).toBe(0.7);
});

it("one seed has no deviation; equal seeds have none", () => {
  expect(summarise([0.5])).toEqual({ mean: 0.5, sd: null, worst: 0.5 });
  expect(summarise([0.25, 0.25])).toEqual({ mean: 0.25, sd: 0, worst: 0.25 });
});
