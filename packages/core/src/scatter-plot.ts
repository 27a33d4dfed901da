/** Points as a picture: the first two coordinates, a colour for each cluster. */

import { ArgumentError, expected } from "./errors.js";
import type { ImageBatch, PointBatch } from "./tensor.js";

const SIDE = 512;
const MARGIN = 16;
/** Half the edge of a dot. */
const DOT = 2;

/**
 * Draws points on white, x to the right, y upwards, both axes at one scale.
 *
 * @param points - [count, dim] with dim at least 2
 * @param clusters - [count], the colour of each
 * @returns one RGB picture of 512x512
 * @throws ArgumentError for points of one coordinate
 */
export function scatterPlot(points: PointBatch, clusters: Int32Array): ImageBatch {
  const { count, dim, data } = points;
  if (dim < 2) throw new ArgumentError(expected("points of at least 2 coordinates", "scatter plot", dim));
  const pixels = new Uint8Array(SIDE * SIDE * 3).fill(255);
  const at = (i: number, axis: number) => data[i * dim + axis]!;
  const low = [0, 1].map((axis) => extreme(count, (i) => at(i, axis), Math.min));
  const high = [0, 1].map((axis) => extreme(count, (i) => at(i, axis), Math.max));
  const span = Math.max(high[0]! - low[0]!, high[1]! - low[1]!) || 1;
  const place = (value: number, axis: number) =>
    Math.round(SIDE / 2 + ((value - (low[axis]! + high[axis]!) / 2) / span) * (SIDE - 2 * MARGIN));
  for (let i = 0; i < count; i++) {
    const x = place(at(i, 0), 0);
    const y = SIDE - 1 - place(at(i, 1), 1);
    const colour = clusterColour(clusters[i]!);
    for (let dy = -DOT; dy <= DOT; dy++)
      for (let dx = -DOT; dx <= DOT; dx++) pixels.set(colour, ((y + dy) * SIDE + x + dx) * 3);
  }
  return { count: 1, height: SIDE, width: SIDE, channels: 3, data: pixels };
}

function extreme(
  count: number,
  value: (i: number) => number,
  pick: (a: number, b: number) => number,
): number {
  let found = value(0);
  for (let i = 1; i < count; i++) found = pick(found, value(i));
  return found;
}

/** Hues a golden angle (137.5 degrees) apart, so that neighbours in number differ in colour. */
function clusterColour(cluster: number): [number, number, number] {
  const hue = (cluster * 137.508) % 360;
  const channel = (offset: number) => {
    const k = (offset + hue / 30) % 12;
    return Math.round(255 * (0.45 - 0.35 * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}
