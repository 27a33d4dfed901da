import { Rng } from "@mmgan/core";
import { describe, expect, test } from "vitest";
import { largestEigenvectors, orthonormalise } from "./eigen.js";

const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

describe("orthonormalise", () => {
  test("is Gram-Schmidt: (3, 4) and (1, 0)", () => {
    const vectors = Float64Array.of(3, 4, 1, 0);
    orthonormalise(vectors, 2, 2);
    // (3, 4) / 5; (1, 0) - 3/5 (3/5, 4/5) = (16, -12) / 25, of length 20 / 25.
    [3 / 5, 4 / 5, 16 / 20, -12 / 20].forEach((x, i) => {
      expect(vectors[i]).toBeCloseTo(x, 14);
    });
  });

  test("makes a vector in the span of those before it 0", () => {
    const vectors = Float64Array.of(1, 2, 2, 0, 0, 3, 3, 6, 9);
    orthonormalise(vectors, 3, 3);
    expect([...vectors.subarray(6)]).toEqual([0, 0, 0]);
    expect(dot(vectors.subarray(0, 3), vectors.subarray(3, 6))).toBeCloseTo(0, 14);
  });
});

describe("largestEigenvectors", () => {
  test("of [[2, 1], [1, 2]]: 3 along (1, 1), 1 along (1, -1)", () => {
    const { values, vectors } = largestEigenvectors(Float64Array.of(2, 1, 1, 2), 2);
    expect(values[0]).toBeCloseTo(3, 14);
    expect(values[1]).toBeCloseTo(1, 14);
    expect(vectors[0]! * vectors[1]!).toBeCloseTo(1 / 2, 14);
    expect(vectors[2]! * vectors[3]!).toBeCloseTo(-1 / 2, 14);
  });

  test("solves A v = value v with orthonormal v, largest value first", () => {
    const n = 12;
    const half = new Rng({ seed: 1, stream: "eigen" }).normal(n * n);
    const a = Float64Array.from(
      { length: n * n },
      (_, i) => half[i]! + half[(i % n) * n + Math.floor(i / n)]!,
    );
    const { values, vectors } = largestEigenvectors(a, n);
    const row = (matrix: Float64Array, i: number) => matrix.subarray(i * n, (i + 1) * n);
    for (let i = 0; i < n; i++) {
      if (i > 0) expect(values[i]).toBeLessThanOrEqual(values[i - 1]!);
      for (let j = 0; j < n; j++) {
        expect(dot(row(a, j), row(vectors, i))).toBeCloseTo(values[i]! * vectors[i * n + j]!, 10);
        expect(dot(row(vectors, i), row(vectors, j))).toBeCloseTo(i === j ? 1 : 0, 12);
      }
    }
  });
});
