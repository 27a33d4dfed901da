/** Points, circles and surfaces on a square part of the plane, y upwards. */

import type { SquareRange } from "./square-range.js";
import { clusterColour, type Palette, rgbOf } from "./theme.js";

export interface Plane {
  readonly context: CanvasRenderingContext2D;
  /** Of the square panel, in CSS pixels. */
  readonly side: number;
  readonly range: SquareRange;
  readonly palette: Palette;
}

/** [x, y] of the plane in pixels of the panel. */
export function place({ side, range: { x, y, half } }: Plane, px: number, py: number): [number, number] {
  return [((px - x) / half + 1) * (side / 2), (1 - (py - y) / half) * (side / 2)];
}

/** The other way round, for pointers. */
export function unplace(
  { x, y, half }: SquareRange,
  side: number,
  left: number,
  top: number,
): [number, number] {
  return [x + ((2 * left) / side - 1) * half, y + (1 - (2 * top) / side) * half];
}

/**
 * Dots, in the colours of their clusters or in one.
 *
 * @param points - [n, 2]
 * @param colour - [n], clusters; or one colour for all
 */
export function drawDots(
  plane: Plane,
  points: ArrayLike<number>,
  colour: ArrayLike<number> | string,
  { radius = 2, alpha = 0.85 } = {},
): void {
  const { context, palette } = plane;
  context.globalAlpha = alpha;
  if (typeof colour === "string") context.fillStyle = colour;
  for (let i = 0; i < points.length / 2; i++) {
    if (typeof colour !== "string") context.fillStyle = clusterColour(palette, colour[i]!);
    const [left, top] = place(plane, points[2 * i]!, points[2 * i + 1]!);
    context.beginPath();
    context.arc(left, top, radius, 0, 2 * Math.PI);
    context.fill();
  }
  context.globalAlpha = 1;
}

/** A circle of radius sigma about each mean, one of two sigmas, and the cluster's number. */
export function drawMixture(plane: Plane, means: ArrayLike<number>, sigmas: ArrayLike<number>): void {
  const { context, side, range, palette } = plane;
  const perUnit = side / (2 * range.half);
  context.font = "600 12px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let k = 0; k < sigmas.length; k++) {
    const [left, top] = place(plane, means[2 * k]!, means[2 * k + 1]!);
    const colour = clusterColour(palette, k);
    for (const [times, alpha] of [
      [1, 1],
      [2, 0.4],
    ] as const) {
      context.globalAlpha = alpha;
      context.strokeStyle = colour;
      context.lineWidth = 1.5;
      context.beginPath();
      context.arc(left, top, times * sigmas[k]! * perUnit, 0, 2 * Math.PI);
      context.stroke();
    }
    context.globalAlpha = 1;
    context.fillStyle = palette.background;
    context.beginPath();
    context.arc(left, top, 9, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
    context.fillStyle = palette.ink;
    context.fillText(String(k), left, top + 0.5);
  }
}

/** Bands of a surface, so that its slopes show. */
const BANDS = 14;

/**
 * A field of scores in bands from the palette's low to its high; the outermost 2 % of the values share the ends.
 *
 * @param values - [side, side], rows from below
 */
export function drawSurface(plane: Plane, values: Float32Array): void {
  const sorted = values.slice().sort();
  const low = sorted[Math.floor(0.02 * (sorted.length - 1))]!;
  const high = sorted[Math.ceil(0.98 * (sorted.length - 1))]!;
  const { palette } = plane;
  paint(plane, values.length, (i) => {
    const share = high > low ? Math.min(1, Math.max(0, (values[i]! - low) / (high - low))) : 0;
    const level = Math.round(share * BANDS) / BANDS;
    const mix = (c: number) => palette.low[c]! + level * (palette.high[c]! - palette.low[c]!);
    return [mix(0), mix(1), mix(2), 255];
  });
}

/**
 * The regions of the clusters, the stronger the surer.
 *
 * @param clusters - [side * side], rows from below
 * @param confidence - [side * side], from 1/K to 1
 */
export function drawRegions(plane: Plane, clusters: Int32Array, confidence: Float32Array): void {
  paint(plane, clusters.length, (i) => [
    ...rgbOf(clusterColour(plane.palette, clusters[i]!)),
    Math.round(20 + 60 * confidence[i]! ** 2),
  ]);
}

type Rgba = [red: number, green: number, blue: number, alpha: number];

/** Cells of a square grid, rows from below, drawn smoothly over the whole panel. */
function paint({ context, side }: Plane, cells: number, colourOf: (cell: number) => Rgba): void {
  const size = Math.round(Math.sqrt(cells));
  const pixels = new ImageData(size, size);
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++)
      pixels.data.set(colourOf(row * size + column), 4 * ((size - 1 - row) * size + column));
  const small = new OffscreenCanvas(size, size);
  small.getContext("2d")!.putImageData(pixels, 0, 0);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  context.drawImage(small, 0, 0, side, side);
}
