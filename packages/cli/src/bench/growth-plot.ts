/** The growth of a step's time as a picture: one panel each for batch, filters, side and clusters, both axes logarithmic. */

import type { TopLevelSpec } from "vega-lite";
import { threadCount } from "../output.js";
import { vegaSvg } from "../vega.js";
import type { Growing, GrowthResult } from "./growth.js";

const TITLES: Record<Growing, string> = {
  batch: "pictures a step (batch)",
  filters: "filters of the first layer",
  size: "side of the pictures, pixels",
  clusters: "clusters K",
};
const INK = "#333";
const LINE = "#1f5f99";
const LIMIT = "#9aa3ab";

/** The plot as a Vega-Lite specification. */
export function growthSpec({ points, threads, net, base, engine }: GrowthResult): TopLevelSpec {
  const most = Math.max(...points.map(({ medianMs }) => medianMs));
  const least = Math.min(...points.map(({ medianMs }) => medianMs));
  const panels = (Object.keys(TITLES) as Growing[])
    .map((growing) => ({ growing, rows: points.filter((point) => point.growing === growing) }))
    .filter(({ rows }) => rows.length > 0);
  const panel = ({ growing, rows }: (typeof panels)[number]) => {
    const at = rows.find(({ value }) => value === base[growing]) ?? rows[0]!;
    const scaled = rows.map(({ value, gflop }) => ({ value, ms: (gflop / at.gflop) * at.medianMs }));
    const x = {
      field: "value",
      type: "quantitative",
      scale: { type: "log", base: 2, nice: false, domain: [rows[0]!.value / 1.2, rows.at(-1)!.value * 1.2] },
      axis: { title: TITLES[growing], values: rows.map(({ value }) => value), format: "d", grid: false },
    } as const;
    const y = (field: string) =>
      ({
        field,
        type: "quantitative",
        scale: { type: "log", domain: [least / 1.5, most * 1.3], nice: false },
        axis: { title: "ms a step", format: "~r", tickCount: 5 },
      }) as const;
    return {
      width: 280,
      height: 200,
      layer: [
        {
          data: { values: scaled },
          mark: { type: "line", strokeDash: [4, 4], color: LIMIT },
          encoding: { x, y: y("ms") },
        },
        {
          data: { values: rows.map(({ value, medianMs }) => ({ value, medianMs })) },
          mark: { type: "line", color: LINE, point: { color: LINE, size: 40 } },
          encoding: { x, y: y("medianMs") },
        },
        {
          data: { values: rows.map(({ value, medianMs }) => ({ value, medianMs })) },
          mark: { type: "text", dy: -10, color: INK, fontSize: 10 },
          encoding: { x, y: y("medianMs"), text: { field: "medianMs", format: ".3~r" } },
        },
      ],
    };
  };
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    background: "white",
    padding: 12,
    title: {
      text: `Milliseconds of a training step as one size grows (net ${net}, ${engine}, ${threadCount(threads)})`,
      subtitle: `Others stay at batch ${base.batch}, ${base.filters} filters, ${base.size}x${base.size}, K ${base.clusters}. Dashed: in proportion to the arithmetic.`,
      anchor: "start",
      fontSize: 14,
      subtitleColor: INK,
      offset: 14,
    },
    columns: 2,
    spacing: 30,
    concat: panels.map(panel),
    config: { font: "sans-serif", axis: { labelColor: INK, titleColor: INK, titleFontWeight: "normal" } },
  } as unknown as TopLevelSpec;
}

/** The plot as an SVG. @throws PeerError where vega is not installed */
export function growthSvg(result: GrowthResult): Promise<string> {
  return vegaSvg(growthSpec(result), "--out");
}
