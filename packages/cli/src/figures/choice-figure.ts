/** The choice of K: score against K, with the two sorts of agreement that it is made of. */

import type { ChoiceRecord } from "@mmgan/trainer";
import { COLOURS, drawPicture, type Picture } from "./figure.js";

/** Lines of the figure, by the field of a candidate. */
const LINES = {
  score: "score",
  betweenRuns: "between runs",
  betweenViews: "between views",
} as const;

/** Draws a choice that is made. */
export function drawChoice(record: Required<ChoiceRecord>, command: string): Promise<Picture> {
  const { candidates, chosen, runs } = record;
  const values = candidates.flatMap((candidate) =>
    Object.entries(LINES).flatMap(([field, line]) => {
      const value = candidate[field as keyof typeof LINES];
      return value === null ? [] : [{ K: candidate.clusters, value, line }];
    }),
  );
  const names = Object.values(LINES);
  const [width, height] = [560, 300];
  const x = {
    field: "K",
    type: "quantitative",
    scale: { zero: false, nice: false, padding: 12 },
    axis: { title: "clusters K", tickMinStep: 1, grid: false, format: "d" },
  };
  const y = {
    field: "value",
    type: "quantitative",
    scale: { zero: false },
    axis: { title: "0 to 1, higher is more stable" },
  };
  const color = {
    field: "line",
    type: "nominal",
    scale: { domain: names, range: COLOURS.slice(0, names.length) },
    legend: { title: null, orient: "bottom", labelLimit: 300 },
  };
  const encoding = { x, y, color };
  const layer = [
    {
      data: { values: [{ K: chosen.clusters }] },
      mark: { type: "rule", strokeDash: [4, 4], color: "#999" },
      encoding: { x },
    },
    { data: { values }, mark: { type: "line", strokeWidth: 2 }, encoding },
    { data: { values }, mark: { type: "point", filled: true, size: 36 }, encoding },
  ];
  return drawPicture(
    { width, height, layer },
    {
      title: `${chosen.clusters} clusters, the most stable of ${candidates[0]!.clusters} to ${candidates.at(-1)!.clusters}`,
      text: `Taken: ${chosen.why}. ${runs.length} short runs of the encoder on ${record.data.count} samples; no labels were read.`,
      command,
      width: 96,
    },
  );
}
