import { availableParallelism } from "node:os";
import { expect, it } from "vitest";
import { defaultThreads, threadsFor } from "./default-threads.js";

it.each([
  [1, 1],
  [2, 2],
  [4, 4],
  [8, 8],
  [16, 8],
  [64, 8],
])("%d cores take %d threads", (cores, threads) => expect(threadsFor(cores)).toBe(threads));

it.each([
  [64, 2, 2],
  [64, 1.5, 2],
  [64, 0.5, 1],
  [2, 16, 2],
])("%d cores under a quota of %d take %d threads", (cores, quota, threads) =>
  expect(threadsFor(cores, quota)).toBe(threads),
);

it("never takes more than this process may use", () => {
  expect(defaultThreads()).toBeGreaterThanOrEqual(1);
  expect(defaultThreads()).toBeLessThanOrEqual(availableParallelism());
});
