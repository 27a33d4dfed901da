/** Generated samples as people see them: pictures in a grid, a column per cluster; points as a scatter plot. */

import type { Generated } from "./contract.js";
import { scatterPlot } from "./scatter-plot.js";
import type { ImageBatch } from "./tensor.js";
import { tileImages } from "./tile.js";

/** Rows drawn for each cluster. */
const ROWS = 10;
/** Samples of a point model. */
const POINTS = 1000;
/** Small pictures are enlarged so that a cell is about this many pixels wide. */
const CELL = 56;

/** Samples in a picture of all clusters when nobody says how many: 10 of each cluster, or 1,000 points. */
export function samplesShown(kind: "image" | "point", clusters: number): number {
  return kind === "image" ? ROWS * clusters : POINTS;
}

export interface SamplePictureOptions {
  /** Cells in a row: K shows a column per cluster, as `Model.generate` draws all clusters in turn. */
  readonly columns: number;
  /** Edge of the square that one pixel becomes, at least 1. Default: so that a cell is about 56 pixels wide. */
  readonly scale?: number;
}

/**
 * Lays samples out as one picture: grey or RGB tiles two pixels apart, or a 512x512 plot of points, a colour for each
 * cluster.
 *
 * @throws ArgumentError for an option out of range, no samples, or points of one coordinate
 */
export function samplePicture(
  { images, points, clusters }: Pick<Generated, "images" | "points" | "clusters">,
  { columns, scale }: SamplePictureOptions,
): ImageBatch {
  if (!images) return scatterPlot(points!, clusters);
  const enlarged = scale ?? Math.max(1, Math.round(CELL / images.width));
  return tileImages(images, { columns, scale: enlarged, gap: 2, background: 64 });
}
