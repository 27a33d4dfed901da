import { Rng } from "@mmgan/core";
import { describe, expect, it } from "vitest";
import { initialState } from "../models/mmgan.js";
import { smallConfig } from "../testing/small.js";
import { informationOf, jointTable } from "./joint-table.js";
import { mergeAndSplit, type Repair, repairOptions } from "./repairs.js";

/** A table of pairs: rows of [cluster of the image, cluster of its view, how many]. */
function tableOf(k: number, pairs: [number, number, number][]) {
  const one = (i: number) => Array.from({ length: k }, (_, j) => +(i === j));
  const rows = pairs.flatMap(([i, j, n]) => Array.from({ length: n }, () => [one(i), one(j)] as const));
  const side = (s: 0 | 1) => Float32Array.from(rows.flatMap((row) => row[s]!));
  return jointTable(side(0), side(1), k);
}

describe("repairOptions", () => {
  it("merges the clusters that exchange their pairs and splits the large one that keeps them", () => {
    // Classes of 20: clusters 0 and 3 share one, cluster 1 holds two, cluster 2 one.
    const table = tableOf(4, [
      [0, 0, 5],
      [0, 3, 5],
      [3, 0, 5],
      [3, 3, 5],
      [1, 1, 40],
      [2, 2, 20],
    ]);
    expect(repairOptions(table)[0]).toEqual({ a: 0, b: 3, c: 1 });
    expect(repairOptions(table)).toHaveLength(6 * 2);
  });

  it("tries another merge and another split before it comes back to one", () => {
    const even = Array.from({ length: 6 }, (_, i): [number, number, number] => [i, i, 10 + i]);
    const options = repairOptions(tableOf(6, [...even, [0, 1, 4], [2, 3, 3]]));
    expect(options).toHaveLength(15 * 4);
    const [first, second] = options as [Repair, Repair];
    expect(first).toEqual({ a: 0, b: 1, c: 5 });
    expect(second).toEqual({ a: 2, b: 3, c: 4 });
  });

  it("ranks by the information itself: what a merge loses is the fall of I", () => {
    const table = tableOf(3, [
      [0, 0, 6],
      [0, 1, 2],
      [1, 1, 7],
      [1, 2, 1],
      [2, 2, 9],
    ]);
    const merged = (a: number, b: number) =>
      tableOf(
        3,
        (
          [
            [0, 0, 6],
            [0, 1, 2],
            [1, 1, 7],
            [1, 2, 1],
            [2, 2, 9],
          ] as [number, number, number][]
        ).map(([i, j, n]) => [i === b ? a : i, j === b ? a : j, n]),
      );
    const gain = ({ a, b, c }: { a: number; b: number; c: number }) =>
      table.shares[c * 3 + c]! * Math.LN2 - (informationOf(table) - informationOf(merged(a, b)));
    const gains = repairOptions(table).map(gain);
    expect(gains).toEqual(gains.toSorted((x, y) => y - x));
    expect(new Set(gains).size).toBe(3);
  });
});

describe("mergeAndSplit", () => {
  const state = initialState(smallConfig());
  const k = 3;
  const column = (data: ArrayLike<number>, at: number) =>
    Array.from({ length: data.length / k }, (_, i) => data[i * k + at]!);

  it("a becomes the mean of a and b, b and c are c tilted either way", () => {
    const changed = mergeAndSplit(state, k, { a: 0, b: 1, c: 2 }, new Rng({ seed: 1, stream: "test" }));
    const [old, now] = [state, changed].map((s) => s["encoder/out/kernel"]!.data as Float32Array);
    const [a, b, c] = [0, 1, 2].map((at) => column(old!, at));
    column(now!, 0).forEach((v, i) => {
      expect(v).toBeCloseTo((a![i]! + b![i]!) / 2, 6);
    });
    const [left, right] = [column(now!, 1), column(now!, 2)];
    left.forEach((v, i) => {
      expect((v + right[i]!) / 2).toBeCloseTo(c![i]!, 6);
    });
    expect(left).not.toEqual(right);
    expect(changed["encoder/out/bias"]!.data[0]).toBeCloseTo(Math.LN2 / 2, 6);
    // nothing but the last layer changes, and the state it was made from not at all
    expect(Object.keys(changed).every((name) => name.includes("encoder/out/"))).toBe(true);
    expect(state).toEqual(initialState(smallConfig()));
  });
});
