/** Figure 3: generated pictures, a column per cluster, one panel a loss. */

import type { ImageBatch } from "@mmgan/core";
import { encodePng } from "@mmgan/node-io";
import { gridImage } from "@mmgan/trainer";
import { type Caption, drawPicture, type Picture, pngUrl } from "./figure.js";

/** Side by side, so many to a row. */
const PANELS_IN_ROW = 3;

export interface ClustersPanel {
  readonly title: string;
  readonly clusters: number;
  /** Row i from cluster i mod `clusters`. */
  readonly images: ImageBatch;
}

/** Draws the grids side by side. */
export async function drawClusters(panels: readonly ClustersPanel[], caption: Caption): Promise<Picture> {
  const grids = await Promise.all(
    panels.map(async ({ title, clusters, images }) => {
      const grid = gridImage(images, clusters);
      return { title, width: grid.width, height: grid.height, url: pngUrl(await encodePng(grid)) };
    }),
  );
  const concat = grids.map(({ title, width, height, url }) => ({
    title: { text: title, fontSize: 12, anchor: "middle" },
    width,
    height,
    view: { stroke: null },
    data: { values: [{ url }] },
    mark: { type: "image", width, height },
    encoding: { x: { value: width / 2 }, y: { value: height / 2 }, url: { field: "url" } },
  }));
  return drawPicture({ columns: PANELS_IN_ROW, spacing: 24, concat }, caption);
}
