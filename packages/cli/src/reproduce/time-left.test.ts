import { expect, it } from "vitest";
import { TimeLeft } from "./time-left.js";

const RUNS = [
  { kind: "a", work: 100, guess: 2 },
  { kind: "a", work: 100, guess: 2 },
  { kind: "b", work: 20, guess: 8 },
];

it("knows nothing before anything was seen", () => {
  const left = new TimeLeft(RUNS, 2, () => 0);
  left.update(0, 0);
  expect(left.left()).toBeNaN();
});

it("takes the seconds seen for like runs, and guesses in proportion for others", () => {
  let now = 0;
  const left = new TimeLeft(RUNS, 2, () => now);
  left.update(0, 0);
  now = 50_000;
  left.update(0, 50);
  // 1 s a unit, half the guess: 50 of the first, 100 of the second, 20 units of 8 / 2 s of the third; two at a time.
  expect(left.left()).toBeCloseTo((50 + 100 + 20 * (8 / 2)) / 2, 9);
  // The third turns out to take 6 s a unit.
  left.update(2, 0);
  now = 56_000;
  left.update(2, 1);
  expect(left.left()).toBeCloseTo((50 + 100 + 19 * 6) / 2, 9);
});

it("is never less than the longest run, which cannot be shared", () => {
  let now = 0;
  const left = new TimeLeft(RUNS, 4, () => now);
  left.update(0, 0);
  now = 10_000;
  left.update(0, 10);
  left.finish(0);
  left.finish(2);
  expect(left.left()).toBeCloseTo(100, 9);
});

it("does not count what was done before a resume as done now", () => {
  let now = 0;
  const left = new TimeLeft([{ kind: "a", work: 100, guess: 1 }], 1, () => now);
  left.update(0, 80);
  now = 20_000;
  left.update(0, 90);
  expect(left.left()).toBeCloseTo(10 * 2, 9);
});
