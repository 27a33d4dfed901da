/** Means over windows of steps; and the check that every figure is finite. */

import { DivergedError, type PlainTensor } from "@mmgan/core";
import type { Window } from "./health.js";

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
