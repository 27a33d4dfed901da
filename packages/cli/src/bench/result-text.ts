/** What benches of plain timings print for people. */

import { textTable } from "../output.js";
import type { BenchResult } from "./model.js";

export function resultText({ bench, settings, timings, ratios }: BenchResult): string {
  return [
    `bench ${bench}: ${Object.entries(settings)
      .map(([name, value]) => `${name} ${value}`)
      .join(", ")}`,
    textTable([
      ["", "runs", "min ms", "median ms", "images/s"],
      ...timings.map(({ name, runs, minMs, medianMs, perSecond }) => [
        name,
        `${runs}`,
        minMs.toFixed(2),
        medianMs.toFixed(2),
        perSecond === undefined ? "-" : perSecond.toFixed(0),
      ]),
    ]),
    ...(ratios ?? []).map(
      ({ batch, against, median, min }) =>
        `batch ${batch}: ${median.toFixed(2)} times the speed of ${against} (least times ${min.toFixed(2)})`,
    ),
  ].join("\n");
}
