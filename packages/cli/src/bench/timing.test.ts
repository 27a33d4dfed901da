import { expect, it } from "vitest";
import { timing } from "./timing.js";

it("takes the middle of an odd number of times, the mean of the middle two of an even one", () => {
  expect(timing("odd", [3, 1, 2])).toEqual({ name: "odd", runs: 3, minMs: 1, medianMs: 2 });
  // (2 + 4) / 2
  expect(timing("even", [9, 4, 2, 1]).medianMs).toBe((2 + 4) / 2);
});

it("gives images a second at the median", () => {
  // 64 images in 4 ms
  expect(timing("batch", [4, 3, 8], 64).perSecond).toBe((1000 * 64) / 4);
});
