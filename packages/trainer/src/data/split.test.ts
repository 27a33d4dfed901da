import { expect, test } from "vitest";
import { splitIndices } from "./split.js";

test("every fifth of twelve samples is held out", () => {
  expect([...splitIndices(12, "test")]).toEqual([4, 9]);
  expect([...splitIndices(12, "train")]).toEqual([0, 1, 2, 3, 5, 6, 7, 8, 10, 11]);
  expect([...splitIndices(12, "all")]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
});

test("train and test share nothing and miss nothing", () => {
  for (const count of [0, 1, 4, 5, 6, 1797]) {
    const both = [...splitIndices(count, "train"), ...splitIndices(count, "test")].sort((a, b) => a - b);
    expect(both).toEqual([...splitIndices(count, "all")]);
    expect(splitIndices(count, "test").length).toBe(Math.floor(count / 5));
  }
});
