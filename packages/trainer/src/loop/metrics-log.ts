/** metrics.jsonl: means over windows of steps, one line each; and the check that every figure is finite. */

import { appendFile, readFile } from "node:fs/promises";
import { DivergedError, type PlainTensor } from "@mmgan/core";
import { errorCode, writeError, writeFileAtomic } from "@mmgan/node-io";
import { effectiveClusters, type Window } from "./health.js";

/** Collects the outputs of steps until a line is due. */
export class MetricsWindow {
  private sums = new Map<string, { sum: number; count: number }>();
  private shares: number[] = [];
  private steps = 0;

  /** @throws DivergedError naming the first figure that is not finite */
  add(outputs: Record<string, PlainTensor>, step: number): void {
    // Losses first: of all figures that are not finite, theirs tell most.
    const byTelling = Object.entries(outputs).sort(
      ([a], [b]) => Number(b.startsWith("loss/")) - Number(a.startsWith("loss/")),
    );
    for (const [name, { data }] of byTelling) {
      const values = Array.from(data as Float32Array);
      if (!values.every(Number.isFinite))
        throw new DivergedError(
          `${name} is ${values.find((x) => !Number.isFinite(x))} at step ${step}. Checkpoints of earlier steps are kept. Lower the learning rates, or raise --r1.`,
        );
      if (name === "shares") {
        this.steps++;
        values.forEach((value, k) => {
          this.shares[k] = (this.shares[k] ?? 0) + value;
        });
        continue;
      }
      const entry = this.sums.get(name) ?? { sum: 0, count: 0 };
      this.sums.set(name, { sum: entry.sum + values[0]!, count: entry.count + 1 });
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
