/** metrics.jsonl: means over windows of steps, one line each. */

import { appendFile, readFile } from "node:fs/promises";
import { errorCode, writeError, writeFileAtomic } from "@mmgan/node-io";
import { effectiveClusters, type Window } from "./health.js";

export { MetricsWindow } from "./metrics-window.js";

export interface MetricsLine extends Window {
  /** Steps done. */
  step: number;
  /** Since training started or was resumed. */
  seconds: number;
  samplesPerSecond: number;
  /** Codes of the signs of collapse in this window. */
  warnings: string[];
}

export async function appendMetrics(path: string, line: MetricsLine): Promise<void> {
  const round = (x: number) => Number(x.toPrecision(6));
  const record = {
    step: line.step,
    seconds: round(line.seconds),
    samplesPerSecond: round(line.samplesPerSecond),
    effectiveClusters: round(effectiveClusters(line.shares)),
    ...Object.fromEntries(Object.entries(line.scalars).map(([name, value]) => [name, round(value)])),
    shares: line.shares.map(round),
    warnings: line.warnings,
  };
  await appendFile(path, `${JSON.stringify(record)}\n`).catch((cause) => {
    throw writeError(cause, path);
  });
}

/** All lines of a run, oldest first; a last line cut off by a kill is left out. */
export async function readMetrics(path: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(path, "utf8").catch((cause) => {
    if (errorCode(cause) === "ENOENT") return "";
    throw cause;
  });
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  return whole
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Drops the lines after `step`: the steps a resumed run will do again. */
export async function trimMetrics(path: string, step: number): Promise<void> {
  const kept = (await readMetrics(path)).filter((line) => (line.step as number) <= step);
  await writeFileAtomic(path, kept.map((line) => `${JSON.stringify(line)}\n`).join(""));
}
