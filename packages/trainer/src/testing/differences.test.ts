import { describe, expect, it } from "vitest";
import { centralDifferences, expectClose } from "./differences.js";

describe("expectClose", () => {
  it("passes what is close and names the worst entry of what is not", () => {
    expectClose([1, 2], [1.00001, 2]);
    expect(() => expectClose([1, 5, 3], [1, 2, 2])).toThrow(/entry 1 is 5, wanted 2/);
  });
  it("never passes NaN or another length", () => {
    expect(() => expectClose([Number.NaN], [Number.NaN])).toThrow(/entry 0/);
    expect(() => expectClose([1], [1, 2])).toThrow(/1 entries, wanted 2/);
  });
});

describe("centralDifferences", () => {
  it("is exact for a quadratic: d(x^2 y)/dx = 2 x y", () => {
    const [dx, dy] = centralDifferences(([x, y]) => x! * x! * y!, [3, 2]);
    expect(dx).toBeCloseTo(2 * 3 * 2, 6);
    expect(dy).toBeCloseTo(3 * 3, 6);
  });
});
