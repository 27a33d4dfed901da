import { ArgumentError, Rng } from "@mmgan/core";
import { expect, it } from "vitest";
import { frechetDistance, type Moments, momentsOf } from "./frechet.js";

const gaussian = (mean: number[], covariance: number[]): Moments => ({
  dim: mean.length,
  mean: Float64Array.from(mean),
  covariance: Float64Array.from(covariance),
});

it("of diagonal covariances is the sum of squared differences of means and of deviations", () => {
  const a = gaussian([1, 2], [4, 0, 0, 9]);
  const b = gaussian([4, -2], [1, 0, 0, 25]);
  // 3^2 + 4^2 + (2 - 1)^2 + (3 - 5)^2
  expect(frechetDistance(a, b)).toBeCloseTo(30, 10);
  expect(frechetDistance(b, a)).toBeCloseTo(30, 10);
});

it("of covariances that do not commute, by the closed form in two dimensions", () => {
  // tr (A^1/2 B A^1/2)^1/2 = sqrt(tr(A B) + 2 sqrt(det A det B)), as for every 2x2 matrix.
  const [a, b] = [gaussian([0, 0], [2, 1, 1, 3]), gaussian([0, 0], [5, -2, -2, 1])];
  const traceOfProduct = 2 * 5 + 1 * -2 + 1 * -2 + 3 * 1;
  const determinants = (2 * 3 - 1) * (5 - 4);
  const expected = 5 + 6 - 2 * Math.sqrt(traceOfProduct + 2 * Math.sqrt(determinants));
  expect(frechetDistance(a, b)).toBeCloseTo(expected, 10);
});

it("is 0 of a set to itself, also where its covariance is singular", () => {
  const rows = new Rng({ seed: 1, stream: "test" }).normal(20 * 30);
  const moments = momentsOf(rows, 20, 30);
  expect(frechetDistance(moments, moments)).toBeLessThan(1e-6);
});

it("is the squared shift of a set that is moved", () => {
  const rows = new Rng({ seed: 2, stream: "test" }).normal(200 * 3);
  const moved = rows.map((x, i) => x + [1, -2, 0.5][i % 3]!);
  expect(frechetDistance(momentsOf(rows, 200, 3), momentsOf(moved, 200, 3))).toBeCloseTo(1 + 4 + 0.25, 4);
});

it("takes moments with count - 1", () => {
  const { mean, covariance } = momentsOf(Float32Array.of(1, 0, 3, 4), 2, 2);
  expect([...mean]).toEqual([2, 2]);
  expect([...covariance]).toEqual([2, 4, 4, 8]);
  expect(() => momentsOf(Float32Array.of(1, 2), 1, 2)).toThrow(ArgumentError);
});
