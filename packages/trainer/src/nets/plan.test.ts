import { describe, expect, it } from "vitest";
import { NETS } from "../config.js";
import { type ConvLayer, convPlan } from "./plan.js";

const rows = (layers: ConvLayer[]) => layers.map((c) => [c.kernel, c.stride, c.outer, c.inner]);
const summary = (size: number) => rows(convPlan(size, 1, 24).inward);

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
      for (const net of NETS)
        for (const plan of Object.values(convPlan(size, 3, 16, net))) {
          expect(plan.length).toBeGreaterThanOrEqual(3);
          expect(plan[0]!.outer).toBe(size);
          plan.slice(1).forEach((c, i) => {
            expect([c.outer, c.outerChannels]).toEqual([plan[i]!.inner, plan[i]!.innerChannels]);
          });
          expect(plan.at(-1)!.inner).toBeGreaterThanOrEqual(2);
          expect(plan.at(-1)!.inner).toBeLessThanOrEqual(net === "light" ? 6 : 12);
        }
    }
  });
  it("heavy, 28: E ends with a 3x3 kernel, G grows 7 -> 14 -> 28 and ends with 3x3 at full size", () => {
    const { inward, outward } = convPlan(28, 1, 32, "heavy");
    expect(rows(inward)).toEqual([
      [4, 2, 28, 14],
      [4, 2, 14, 7],
      [3, 2, 7, 4],
    ]);
    expect(
      outward.map((c) => [c.kernel, c.stride, c.outer, c.outerChannels, c.inner, c.innerChannels]),
    ).toEqual([
      [3, 1, 28, 1, 28, 32],
      [4, 2, 28, 32, 14, 64],
      [4, 2, 14, 64, 7, 128],
    ]);
  });
});
