import { expect, it } from "vitest";
import { ArgumentError } from "./errors.js";
import { scatterPlot } from "./scatter-plot.js";

const isWhite = (data: Uint8Array, x: number, y: number) =>
  data.subarray((y * 512 + x) * 3, (y * 512 + x) * 3 + 3).every((value) => value === 255);

it("puts x to the right and y upwards", () => {
  const plot = scatterPlot({ count: 2, dim: 2, data: Float32Array.of(0, 0, 1, 1) }, Int32Array.of(0, 1));
  // 512 / 2 -+ (512 - 2 * 16) / 2 = 16 and 496; upwards: row 511 - 496 = 15
  expect(isWhite(plot.data, 16, 511 - 16)).toBe(false);
  expect(isWhite(plot.data, 496, 511 - 496)).toBe(false);
  expect(isWhite(plot.data, 16, 16)).toBe(true);
  const colour = (x: number, y: number) => plot.data.subarray((y * 512 + x) * 3, (y * 512 + x) * 3 + 3);
  expect(colour(16, 495)).not.toEqual(colour(496, 15));
});

it("draws a single point in the middle and refuses one coordinate", () => {
  const plot = scatterPlot({ count: 1, dim: 2, data: Float32Array.of(7, 7) }, Int32Array.of(0));
  expect(isWhite(plot.data, 256, 255)).toBe(false);
  expect(() => scatterPlot({ count: 1, dim: 1, data: Float32Array.of(1) }, Int32Array.of(0))).toThrow(
    ArgumentError,
  );
});
