/** Figure 6: generated points and the latent mixture at two moments, a row for each way to start the means. */

import type { PointBatch } from "@mmgan/core";
import { type Caption, COLOURS, drawPicture, INK, type Picture } from "./figure.js";

/** The state of a training at one moment, seen through the same latent codes. */
export interface MoonsMoment {
  readonly step: number;
  /** [n, 2], what the codes become. */
  readonly points: PointBatch;
  /** [n, 2], the codes: mean + sigma noise of their cluster. */
  readonly latents: Float32Array;
  /** [n], the cluster each code is drawn from. */
  readonly clusters: Int32Array;
  /** [K, 2] and [K]. */
  readonly means: Float32Array;
  readonly sigmas: Float32Array;
}

export interface MoonsRow {
  readonly title: string;
  readonly moments: readonly MoonsMoment[];
}

const SIDE = 210;
type Range = [number, number];

/**
 * Draws, for each row and moment, the generated points over the real ones (grey) and the codes with each cluster's mean
 * (cross) and circle of one sigma. All panels of a kind share their axes.
 *
 * @param real - [n, 2]
 */
export function drawMoons(rows: readonly MoonsRow[], real: PointBatch, caption: Caption): Promise<Picture> {
  const all = rows.flatMap(({ moments }) => moments);
  const data = squareRange([real.data]);
  const latent = squareRange(all.map(({ latents }) => latents));
  const vconcat = rows.map(({ title, moments }) => ({
    title: { text: title, fontSize: 12, anchor: "start", offset: 8 },
    hconcat: moments.flatMap((moment) => {
      const after = `after ${moment.step.toLocaleString("en-US")} iteration${moment.step === 1 ? "" : "s"}`;
      return [
        dataPanel(`generated, ${after}`, moment, real, data),
        latentPanel(`latent, ${after}`, moment, latent),
      ];
    }),
  }));
  return drawPicture({ spacing: 24, vconcat }, caption);
}

/** The ranges of both coordinates with some air, of equal lengths. */
function squareRange(sets: readonly Float32Array[]): [Range, Range] {
  const ranges = [0, 1].map((axis): Range => {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const set of sets)
      for (let at = axis; at < set.length; at += 2) {
        low = Math.min(low, set[at]!);
        high = Math.max(high, set[at]!);
      }
    return [low, high];
  });
  const half = Math.max(...ranges.map(([low, high]) => (high - low) / 2)) * 1.1 || 1;
  const [x, y] = ranges.map(([low, high]): Range => [(low + high) / 2 - half, (low + high) / 2 + half]);
  return [x!, y!];
}

const coordinates = ([x, y]: [Range, Range]) => {
  const encode = (field: string, domain: Range) => ({
    ...{ field, type: "quantitative" },
    scale: { domain, nice: false, zero: false },
    axis: { title: null, tickCount: 4 },
  });
  return { x: encode("x", x), y: encode("y", y) };
};

const pairs = (values: Float32Array) =>
  Array.from({ length: values.length / 2 }, (_, i) => ({ x: values[2 * i]!, y: values[2 * i + 1]! }));

function colour(clusters: number) {
  return {
    ...{ field: "cluster", type: "nominal", legend: null },
    scale: { domain: Array.from({ length: clusters }, (_, k) => k), range: COLOURS.slice(0, clusters) },
  };
}

const coloured = (values: Float32Array, clusters: Int32Array) =>
  pairs(values).map((point, i) => ({ ...point, cluster: clusters[i]! }));

const panel = (title: string, layer: object[]) => ({
  title: { text: title, fontSize: 11, fontWeight: "normal" },
  width: SIDE,
  height: SIDE,
  layer,
});

function dataPanel(
  title: string,
  { points, clusters, sigmas }: MoonsMoment,
  real: PointBatch,
  domain: [Range, Range],
) {
  const encoding = coordinates(domain);
  return panel(title, [
    {
      data: { values: pairs(real.data) },
      mark: { type: "circle", size: 8, color: "#c4c4c4", opacity: 1, clip: true },
      encoding,
    },
    {
      data: { values: coloured(points.data, clusters) },
      mark: { type: "circle", size: 10, opacity: 0.8, clip: true },
      encoding: { ...encoding, color: colour(sigmas.length) },
    },
  ]);
}

/** Points of a circle, joined in order. */
const CIRCLE = 65;

function latentPanel(title: string, moment: MoonsMoment, domain: [Range, Range]) {
  const { latents, clusters, means, sigmas } = moment;
  const encoding = coordinates(domain);
  const color = colour(sigmas.length);
  const circles = [...sigmas].flatMap((sigma, cluster) =>
    Array.from({ length: CIRCLE }, (_, order) => {
      const angle = (2 * Math.PI * order) / (CIRCLE - 1);
      const [x, y] = [
        means[2 * cluster]! + sigma * Math.cos(angle),
        means[2 * cluster + 1]! + sigma * Math.sin(angle),
      ];
      return { x, y, cluster, order };
    }),
  );
  return panel(title, [
    {
      data: { values: coloured(latents, clusters) },
      mark: { type: "circle", size: 10, opacity: 0.6, clip: true },
      encoding: { ...encoding, color },
    },
    {
      data: { values: circles },
      mark: { type: "line", strokeWidth: 1.5, clip: true },
      encoding: { ...encoding, color, order: { field: "order" }, detail: { field: "cluster" } },
    },
    {
      data: { values: pairs(means) },
      mark: { type: "point", shape: "cross", filled: true, size: 60, color: INK, opacity: 1 },
      encoding,
    },
  ]);
}
