/** Figure 5: the critic's loss over the steps, a colour for each kind of run, a thin line for each seed. */

import { type Caption, COLOURS, drawPicture, type Picture } from "./figure.js";

export interface CriticLine {
  /** The kind of run, e.g. "pairings". */
  readonly name: string;
  readonly seed: number;
  readonly points: readonly { readonly step: number; readonly loss: number }[];
}

/** Draws every seed thin and the mean over the seeds bold. */
export function drawCritic(lines: readonly CriticLine[], caption: Caption): Promise<Picture> {
  const names = [...new Set(lines.map(({ name }) => name))];
  const each = lines.flatMap(({ name, seed, points }) =>
    points.map(({ step, loss }) => ({ name, run: `${name} ${seed}`, step, loss })),
  );
  const x = { field: "step", type: "quantitative", axis: { title: "training step", format: "d" } };
  const y = { field: "loss", type: "quantitative", axis: { title: "critic's loss" } };
  const colour = {
    field: "name",
    type: "nominal",
    scale: { domain: names, range: COLOURS.slice(0, names.length) },
    legend: { title: null },
  };
  const several = lines.length > names.length;
  const layer = [
    ...(several
      ? [
          {
            data: { values: each },
            mark: { type: "line", opacity: 0.3, strokeWidth: 1 },
            encoding: { x, y, color: colour, detail: { field: "run" } },
          },
        ]
      : []),
    {
      data: { values: names.flatMap((name) => meanLine(name, lines)) },
      mark: { type: "line", strokeWidth: 2 },
      encoding: { x, y, color: colour },
    },
  ];
  return drawPicture({ width: 640, height: 320, layer }, caption);
}

/** Means over the seeds at the steps that all of them have. */
export function meanLine(name: string, lines: readonly CriticLine[]) {
  const own = lines.filter((line) => line.name === name);
  const byStep = new Map<number, number[]>();
  for (const { points } of own)
    for (const { step, loss } of points) byStep.set(step, [...(byStep.get(step) ?? []), loss]);
  return [...byStep]
    .filter(([, losses]) => losses.length === own.length)
    .sort(([a], [b]) => a - b)
    .map(([step, losses]) => ({ name, step, loss: losses.reduce((a, b) => a + b, 0) / losses.length }));
}
