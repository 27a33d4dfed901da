import { expect, it } from "vitest";
import type { GrowthPoint, GrowthResult } from "./growth.js";
import { growthSvg } from "./growth-plot.js";

const point = (growing: GrowthPoint["growing"], value: number, medianMs: number): GrowthPoint => ({
  ...{ growing, value, medianMs, minMs: medianMs, runs: 3, perSecond: 1, gflop: value, peakBytes: 1 },
});

const result: GrowthResult = {
  ...{ bench: "growth", threads: 2, tuned: false, engine: "onnx", net: "light" },
  base: { batch: 64, filters: 32, size: 28, clusters: 10 },
  points: [point("batch", 16, 12.5), point("batch", 32, 27.5), point("clusters", 2, 47.5)],
};

it("draws a panel for each size that grows, every time written at its point", async () => {
  const svg = await growthSvg(result);
  expect(svg).toMatch(/^<svg /);
  for (const text of ["12.5", "27.5", "47.5", "pictures a step (batch)", "clusters K"])
    expect(svg).toContain(text);
  expect(svg).not.toContain("filters of the first layer");
});
