import { Rng } from "@mmgan/core";
import { describe, expect, it } from "vitest";
import { meanOverPairs, sharedInformation } from "./agreement.js";

/** `times` samples in each of K clusters. */
const even = (k: number, times: number) => Int32Array.from({ length: k * times }, (_, i) => i % k);

describe("sharedInformation", () => {
  it("of equal, even partitions is ln K, but for the correction of (K - 1)^2 / 2n", () => {
    for (const k of [2, 7, 20]) {
      const partition = even(k, 200);
      expect(sharedInformation(partition, partition)).toBeCloseTo(
        Math.log(k) - ((k - 1) * (k - 1)) / (2 * 200 * k),
        12,
      );
    }
  });

  it("ignores what clusters are called", () => {
    const a = new Rng({ seed: 4, stream: "a" }).integers(900, 5);
    const b = a.map((cluster, i) => (i % 3 === 0 ? 0 : cluster));
    const names = [40, 2, 77, 1, 0];
    expect(
      sharedInformation(
        a.map((cluster) => names[cluster]!),
        b,
      ),
    ).toBeCloseTo(sharedInformation(a, b), 12);
    expect(sharedInformation(b, a)).toBeCloseTo(sharedInformation(a, b), 12);
  });

  it("of halves and quarters is that of the halves", () => {
    // Each half is two quarters: I = H(halves) = ln 2; less (2 - 1)(4 - 1) / 2n.
    const quarters = even(4, 100);
    const halves = quarters.map((q) => Math.floor(q / 2));
    expect(sharedInformation(halves, quarters)).toBeCloseTo(Math.log(2) - (1 * 3) / (2 * 400), 12);
  });

  it("of independent partitions is about 0, of few clusters or many", () => {
    for (const k of [2, 10, 30]) {
      const random = (step: number) => new Rng({ seed: 1, stream: "partition", step }).integers(4000, k);
      expect(sharedInformation(random(0), random(1)) / Math.log(k)).toBeLessThan(0.01);
    }
  });

  it("of all in one cluster is 0", () => {
    expect(sharedInformation(new Int32Array(50), even(5, 10))).toBe(0);
  });
});

describe("meanOverPairs", () => {
  it("takes every pair once", () => {
    expect(meanOverPairs([1, 2, 4], (a, b) => b - a)).toBe((1 + 3 + 2) / 3);
    expect(meanOverPairs([1], (a, b) => b - a)).toBeUndefined();
  });
});
