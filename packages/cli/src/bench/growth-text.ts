/** What `mmgan bench growth` prints for people. */

import { formatBytes, textTable, threadCount } from "../output.js";
import type { GrowthResult } from "./growth.js";

export function growthText({ threads, engine, net, base, points }: GrowthResult): string {
  const head = `bench growth: net ${net}, engine ${engine}, ${threadCount(threads)}; elsewhere batch ${base.batch}, ${base.filters} filters, ${base.size}x${base.size}, K ${base.clusters}`;
  const rows = points.map(({ growing, value, runs, minMs, medianMs, perSecond, gflop, peakBytes }) => [
    growing === "size" ? `${value}x${value}` : `${growing} ${value}`,
    `${runs}`,
    minMs.toFixed(1),
    medianMs.toFixed(1),
    perSecond.toFixed(0),
    gflop.toFixed(2),
    formatBytes(peakBytes),
  ]);
  return [
    head,
    textTable([["", "runs", "min ms", "median ms", "images/s", "GFLOP", "peak memory"], ...rows]),
  ].join("\n");
}
