import { expect, it } from "vitest";
import { ArgumentError, ShapeError } from "./errors.js";
import { exemplarAccuracy } from "./exemplars.js";

it("the surest sample of each cluster names it", () => {
  // Cluster 0 holds samples 0, 1, 2 and is named by sample 2 (.9, label 7); cluster 1 holds 3 and 4, named by 4.
  const probabilities = [0.6, 0.4, 0.7, 0.3, 0.9, 0.1, 0.2, 0.8, 0.1, 0.9];
  expect(exemplarAccuracy([5, 5, 7, 7, 8], probabilities, 2)).toBe((1 + 1) / 5);
  expect(exemplarAccuracy([7, 7, 7, 8, 8], probabilities, 2)).toBe(1);
});

it("a sample of another cluster may be the surest of one it is not in", () => {
  // Nothing falls into cluster 1; its exemplar is never asked.
  expect(exemplarAccuracy([1, 2], [0.9, 0.1, 0.6, 0.4], 2)).toBe(1 / 2);
});

it("of equal probabilities the first sample and the first cluster count", () => {
  expect(exemplarAccuracy([3, 4], [0.5, 0.5, 0.5, 0.5], 2)).toBe(1 / 2);
});

it("refuses what does not fit", () => {
  expect(() => exemplarAccuracy([], [], 2)).toThrow(ArgumentError);
  expect(() => exemplarAccuracy([1], [1], 2)).toThrow(ShapeError);
});
