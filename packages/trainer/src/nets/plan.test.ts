import { describe, expect, it } from "vitest";
import { convPlan } from "./plan.js";

const summary = (size: number) => convPlan(size, 1, 24).map((c) => [c.kernel, c.stride, c.outer, c.inner]);

describe("convPlan", () => {
  it("28: three halvings of 4x4, to 4x4", () => {
    expect(summary(28)).toEqual([
      [4, 2, 28, 14],
      [4, 2, 14, 7],
      [4, 2, 7, 4],
    ]);
  });
  it("8: one 3x3 that keeps the size, then two halvings, to 2x2", () => {
    expect(summary(8)).toEqual([
      [3, 1, 8, 8],
      [4, 2, 8, 4],
      [4, 2, 4, 2],
    ]);
  });
  it("128: five halvings, to 4x4", () => {
    expect(summary(128).at(-1)).toEqual([4, 2, 8, 4]);
    expect(summary(128)).toHaveLength(5);
  });
  it("every size from 8 to 128 has at least three layers, joined sizes, and 2 to 6 pixels inside", () => {
    for (let size = 8; size <= 128; size++) {
      const plan = convPlan(size, 3, 16);
      expect(plan.length).toBeGreaterThanOrEqual(3);
      expect(plan[0]!.outer).toBe(size);
      plan.slice(1).forEach((c, i) => {
        expect([c.outer, c.outerChannels]).toEqual([plan[i]!.inner, plan[i]!.innerChannels]);
      });
      expect(plan.at(-1)!.inner).toBeGreaterThanOrEqual(2);
      expect(plan.at(-1)!.inner).toBeLessThanOrEqual(6);
    }
  });
});
