import { describe, expect, it } from "vitest";
import { samplePicture, samplesShown } from "./sample-picture.js";
import { scatterPlot } from "./scatter-plot.js";

describe("pictures", () => {
  const images = { count: 4, height: 28, width: 28, channels: 1, data: new Uint8Array(4 * 28 * 28).fill(7) };
  const clusters = Int32Array.of(0, 1, 0, 1);

  it("are enlarged to about 56 pixels, two pixels apart", () => {
    const grid = samplePicture({ images, clusters }, { columns: 2 });
    // 56 / 28 = 2 pixels for each; 2 cells of 28 * 2 and one gap of 2
    expect([grid.count, grid.height, grid.width, grid.channels]).toEqual([1, 2 * 56 + 2, 2 * 56 + 2, 1]);
    expect(grid.data[0]).toBe(7);
    expect(grid.data[56]).toBe(64);
  });

  it("keep the scale asked for", () => {
    const grid = samplePicture({ images, clusters }, { columns: 4, scale: 1 });
    expect([grid.height, grid.width]).toEqual([28, 4 * 28 + 3 * 2]);
  });
});

it("points become the scatter plot", () => {
  const points = { count: 2, dim: 2, data: Float32Array.of(0, 0, 1, 1) };
  const clusters = Int32Array.of(0, 1);
  expect(samplePicture({ points, clusters }, { columns: 2 })).toEqual(scatterPlot(points, clusters));
});

it("ten of each cluster are shown, or a thousand points", () => {
  expect(samplesShown("image", 7)).toBe(7 * 10);
  expect(samplesShown("point", 2)).toBe(1000);
});
