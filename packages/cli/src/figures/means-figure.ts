/** Figure 4: how far apart the clusters' means lie in the latent space, beside how unlike their pictures are. */

import type { ImageBatch } from "@mmgan/core";
import { encodePng } from "@mmgan/node-io";
import { type Caption, drawPicture, type Picture, pngUrl } from "./figure.js";

/** Side of a cell of a heat map, in units of the drawing. */
const CELL = 24;

export interface MeansPanel {
  readonly title: string;
  readonly clusters: number;
  /** [clusters, dim]. */
  readonly means: Float32Array;
  /** One mean picture a cluster. */
  readonly pictures: ImageBatch;
}

/**
 * 1 - cosine between all pairs of rows: 0 for the same direction, 1 for a right angle, 2 for opposite ones. A row of
 * zeros has no direction; its distances are 1.
 *
 * @param rows - [count, dim]
 * @returns [count, count], symmetric
 */
export function cosineDistances(rows: ArrayLike<number>, count: number): Float64Array {
  const dim = rows.length / count;
  const dot = (i: number, j: number) => {
    let sum = 0;
    for (let c = 0; c < dim; c++) sum += rows[i * dim + c]! * rows[j * dim + c]!;
    return sum;
  };
  const lengths = Array.from({ length: count }, (_, i) => Math.sqrt(dot(i, i)));
  return Float64Array.from({ length: count * count }, (_, at) => {
    const [i, j] = [Math.floor(at / count), at % count];
    const scale = lengths[i]! * lengths[j]!;
    return scale > 0 ? 1 - dot(i, j) / scale : 1;
  });
}

/** How unlike pictures are: 1 - cosine between what each has beyond the mean of all. [count, count] */
export function pictureDistances({ count, data }: ImageBatch): Float64Array {
  const size = data.length / count;
  const mean = new Float64Array(size);
  for (let at = 0; at < data.length; at++) mean[at % size]! += data[at]! / count;
  return cosineDistances(
    Float64Array.from(data, (value, at) => value - mean[at % size]!),
    count,
  );
}

/** Pearson's correlation of two symmetric matrices over the pairs i < j; NaN where one of them is constant. */
export function correlationOfPairs(a: Float64Array, b: Float64Array, count: number): number {
  const pairs: [number, number][] = [];
  for (let i = 0; i < count; i++)
    for (let j = 0; j < i; j++) pairs.push([a[i * count + j]!, b[i * count + j]!]);
  const mean = (of: (pair: [number, number]) => number) =>
    pairs.reduce((sum, pair) => sum + of(pair), 0) / pairs.length;
  const [ma, mb] = [mean(([x]) => x), mean(([, y]) => y)];
  const covariance = mean(([x, y]) => (x - ma) * (y - mb));
  return covariance / Math.sqrt(mean(([x]) => (x - ma) ** 2) * mean(([, y]) => (y - mb) ** 2));
}

/** Draws two heat maps a panel, the clusters' mean pictures above each. */
export async function drawMeans(panels: readonly MeansPanel[], caption: Caption): Promise<Picture> {
  const rows = await Promise.all(
    panels.map(async ({ title, clusters, means, pictures }) => {
      const latent = cosineDistances(means, clusters);
      const seen = pictureDistances(pictures);
      const correlation = correlationOfPairs(latent, seen, clusters);
      const urls = await pictureUrls(pictures);
      return {
        hconcat: [
          heatMap(`${title}: means`, latent, urls),
          heatMap(`${title}: pictures (correlation ${correlation.toFixed(2)})`, seen, urls),
        ],
      };
    }),
  );
  return drawPicture({ spacing: 24, vconcat: rows }, caption);
}

function pictureUrls(pictures: ImageBatch): Promise<string[]> {
  const { count, data } = pictures;
  const size = data.length / count;
  return Promise.all(
    Array.from({ length: count }, async (_, i) =>
      pngUrl(await encodePng({ ...pictures, count: 1, data: data.subarray(i * size, (i + 1) * size) })),
    ),
  );
}

function heatMap(title: string, distances: Float64Array, urls: readonly string[]): object {
  const count = urls.length;
  const side = count * CELL;
  const clusters = urls.map((_, i) => i);
  const x = { field: "j", type: "ordinal", scale: { domain: clusters } };
  const axis = { labels: false, ticks: false, domain: false, title: null };
  const values = Array.from(distances, (value, at) => ({ i: Math.floor(at / count), j: at % count, value }));
  return {
    spacing: 2,
    vconcat: [
      {
        title: { text: title, fontSize: 12, anchor: "start" },
        width: side,
        height: CELL,
        view: { stroke: null },
        data: { values: urls.map((url, j) => ({ url, j })) },
        mark: { type: "image", width: CELL - 2, height: CELL - 2 },
        encoding: { x: { ...x, axis }, y: { value: CELL / 2 }, url: { field: "url" } },
      },
      {
        width: side,
        height: side,
        data: { values },
        mark: "rect",
        encoding: {
          x: { ...x, axis: { title: "cluster", labelAngle: 0 } },
          y: { field: "i", type: "ordinal", axis: { title: "cluster" } },
          color: {
            field: "value",
            type: "quantitative",
            scale: { scheme: "viridis", domain: [0, 2] },
            legend: { title: "1 - cosine" },
          },
        },
      },
    ],
  };
}
