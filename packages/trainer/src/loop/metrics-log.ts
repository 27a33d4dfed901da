/** metrics.jsonl: means over windows of steps, one line each; and the check that every figure is finite. */

import { appendFile, readFile } from "node:fs/promises";
import { DivergedError, type PlainTensor } from "@mmgan/core";
import { errorCode, writeError, writeFileAtomic } from "@mmgan/node-io";
import { effectiveClusters, type Window } from "./health.js";

/** Names a figure that is not finite: a loss where there is one, as of all figures theirs tell most. */
function diverged(outputs: Record<string, PlainTensor>, step: number): DivergedError {
  const bad = Object.entries(outputs).filter(
    ([, { data }]) => !(data as Float32Array).every(Number.isFinite),
  );
  const [name, { data }] = bad.find(([name]) => name.startsWith("loss/")) ?? bad[0]!;
  return new DivergedError(
    `${name} is ${(data as Float32Array).find((x) => !Number.isFinite(x))} at step ${step}. Checkpoints of earlier steps are kept. Lower the learning rates, or raise --r1.`,
  );
}

/** Collects the outputs of steps until a line is due. */
export class MetricsWindow {
  private sums = new Map<string, { sum: number; count: number }>();
  private shares: number[] = [];
  private steps = 0;

  /** @throws DivergedError naming the first figure that is not finite */
  add(outputs: Record<string, PlainTensor>, step: number): void {
    for (const [name, { data }] of Object.entries(outputs)) {
      const values = data as Float32Array;
      if (!values.every(Number.isFinite)) throw diverged(outputs, step);
      if (name === "shares") {
        this.steps++;
        for (let k = 0; k < values.length; k++) this.shares[k] = (this.shares[k] ?? 0) + values[k]!;
        continue;
      }
      const entry = this.sums.get(name);
      if (entry) {
        entry.sum += values[0]!;
        entry.count++;
      } else this.sums.set(name, { sum: values[0]!, count: 1 });
    }
  }

  /** Means since the last call, and a fresh start. */
  take(): Window {
    const scalars = Object.fromEntries([...this.sums].map(([name, { sum, count }]) => [name, sum / count]));
    const shares = this.shares.map((sum) => sum / this.steps);
    this.sums.clear();
    this.shares = [];
    this.steps = 0;
    return { scalars, shares };
  }
}

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
