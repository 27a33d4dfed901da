import { Rng } from "@mmgan/core";
import { describe, expect, test } from "vitest";
import { nearestNeighbours } from "./nearest.js";

/** The definition, in float64: ascending distance, then ascending index. */
function bruteForce(rows: Float32Array, count: number, dim: number, k: number): Int32Array {
  const found = new Int32Array(count * k);
  const best = new Float64Array(k);
  for (let i = 0; i < count; i++) {
    best.fill(Number.POSITIVE_INFINITY);
    for (let j = 0; j < count; j++) {
      if (j === i) continue;
      let squares = 0;
      for (let c = 0; c < dim; c++) squares += (rows[i * dim + c]! - rows[j * dim + c]!) ** 2;
      let at = k;
      while (at > 0 && squares < best[at - 1]!) at--;
      if (at === k) continue;
      best.copyWithin(at + 1, at, k - 1);
      best[at] = squares;
      found.copyWithin(i * k + at + 1, i * k + at, (i + 1) * k - 1);
      found[i * k + at] = j;
    }
  }
  return found;
}

const normal = (count: number, seed: number) => new Rng({ seed, stream: "rows" }).normal(count);

describe("nearestNeighbours", () => {
  test("on a line: 0, 1, 3, 6", async () => {
    const found = await nearestNeighbours(Float32Array.of(0, 1, 3, 6), 4, 1, 2);
    expect([...found]).toEqual([1, 2, 0, 2, 1, 0, 2, 1]);
  });

  test("is brute force over several blocks of queries and of rows", async () => {
    const [count, dim] = [4300, 4];
    const rows = normal(count * dim, 1);
    expect(await nearestNeighbours(rows, count, dim, 5)).toEqual(bruteForce(rows, count, dim, 5));
  });

  test("is brute force in many dimensions and for many neighbours", async () => {
    const [count, dim] = [600, 48];
    const rows = normal(count * dim, 2);
    expect(await nearestNeighbours(rows, count, dim, 70)).toEqual(bruteForce(rows, count, dim, 70));
  });

  test("is brute force where most rows have equals and most distances tie", async () => {
    const [count, dim] = [900, 3];
    const rows = Float32Array.from(new Rng({ seed: 3, stream: "grid" }).integers(count * dim, 4));
    expect(await nearestNeighbours(rows, count, dim, 5)).toEqual(bruteForce(rows, count, dim, 5));
  });

  test.each([
    ["far from the origin", 1, 100_000],
    ["tiny", 1e-30, 0],
    ["huge", 1e30, 0],
  ])("is brute force for numbers that are %s", async (_, scale, shift) => {
    const [count, dim] = [300, 5];
    const rows = normal(count * dim, 4).map((x) => x * scale + shift);
    expect(await nearestNeighbours(rows, count, dim, 5)).toEqual(bruteForce(rows, count, dim, 5));
  });

  test("is brute force where float32 products cannot tell near rows apart", async () => {
    // Pairs 1e-6 apart among rows of norm 1: float32 scores are off by more than the squared distances, 1e-12.
    const [count, dim] = [200, 6];
    const base = normal((count / 2) * dim, 5);
    const nudge = normal(count * dim, 6);
    const rows = Float32Array.from(nudge, (x, i) => base[i % base.length]! + 1e-6 * x);
    expect(await nearestNeighbours(rows, count, dim, 3)).toEqual(bruteForce(rows, count, dim, 3));
  });

  test("of equal rows are those of the least indices", async () => {
    const found = await nearestNeighbours(new Float32Array(200 * 2).fill(7), 200, 2, 3);
    expect([...found.subarray(0, 12)]).toEqual([1, 2, 3, 0, 2, 3, 0, 1, 3, 0, 1, 2]);
    for (let row = 3; row < 200; row++) expect([...found.subarray(row * 3, row * 3 + 3)]).toEqual([0, 1, 2]);
  });

  test("does not depend on the number of threads", async () => {
    const [count, dim] = [700, 10];
    const rows = normal(count * dim, 7);
    const one = await nearestNeighbours(rows, count, dim, 5, { threads: 1 });
    expect(await nearestNeighbours(rows, count, dim, 5, { threads: 2 })).toEqual(one);
  });

  test("of no rows, of one row, and none of several are none", async () => {
    expect(await nearestNeighbours(new Float32Array(0), 0, 3, 0)).toEqual(new Int32Array(0));
    expect(await nearestNeighbours(Float32Array.of(1), 1, 1, 0)).toEqual(new Int32Array(0));
    expect(await nearestNeighbours(Float32Array.of(1, 2), 2, 1, 0)).toEqual(new Int32Array(0));
  });

  test("refuses more neighbours than there are, and rows that are not finite", async () => {
    await expect(nearestNeighbours(Float32Array.of(1, 2), 2, 1, 2)).rejects.toThrow(
      expect.objectContaining({
        code: "E_ARGUMENT",
        message: expect.stringContaining("Expected an integer from 0 to 1 for k but received 2"),
      }),
    );
    await expect(nearestNeighbours(Float32Array.of(1, 2, 3, Number.NaN), 2, 2, 1)).rejects.toThrow(
      expect.objectContaining({
        code: "E_ARGUMENT",
        message: expect.stringContaining("Expected finite numbers for row 1 of the data but received NaN"),
      }),
    );
  });
});
