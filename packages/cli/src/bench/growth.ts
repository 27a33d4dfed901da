/** `mmgan bench growth`: how a step's time grows with batch, filters, side of the pictures and number of clusters. */

import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { EngineName, Net } from "@mmgan/trainer";
import { stepArithmetic } from "./arithmetic.js";
import { Contender } from "./contender.js";
import { timeInRounds } from "./rounds.js";
import { BENCH_BATCH, BENCH_FILTERS, type StepProblem, stepConfig, stepKinds } from "./step-problem.js";
import { timing } from "./timing.js";

/** What grows, and its values; all else stays at the net's bench sizes. */
export const GROWING = {
  batch: [16, 32, 64, 128, 256, 512, 1024],
  filters: [16, 32, 64, 128],
  size: [16, 28, 32, 64, 128],
  clusters: [2, 10, 30, 100],
} as const;
export type Growing = keyof typeof GROWING;

export interface GrowthPoint {
  growing: Growing;
  value: number;
  runs: number;
  minMs: number;
  medianMs: number;
  perSecond: number;
  /** Of the convolutions and dense layers. */
  gflop: number;
  peakBytes: number;
}

export interface GrowthResult {
  bench: "growth";
  threads: number;
  tuned: boolean;
  engine: EngineName;
  net: Net;
  /** The sizes of those that do not grow. */
  base: Record<Growing, number>;
  points: GrowthPoint[];
}

export interface GrowthOptions {
  net?: Net;
  engine?: EngineName;
  threads?: number;
  /** Whether the onnx engine chooses forms by measurement first. */
  tune: boolean;
  runs?: number;
  /** Largest value of each, to shorten the bench. Default: all values. */
  most?: Partial<Record<Growing, number>>;
  onPoint?: (point: GrowthPoint) => void;
}

export async function benchGrowth(
  { net = "light", engine = "onnx", runs = 10, most = {}, tune, onPoint, ...options }: GrowthOptions,
  signal: AbortSignal,
): Promise<GrowthResult> {
  const threads = options.threads ?? availableParallelism();
  const base = { batch: BENCH_BATCH[net], filters: BENCH_FILTERS, size: 28, clusters: 10 };
  const points: GrowthPoint[] = [];
  for (const growing of Object.keys(GROWING) as Growing[])
    for (const value of GROWING[growing]) {
      if (value > (most[growing] ?? Number.POSITIVE_INFINITY)) continue;
      const problem: StepProblem = { net, recipe: "bare", ...base, [growing]: value };
      const point = { growing, value, ...(await measure(problem, { engine, threads, tune, runs, signal })) };
      points.push(point);
      onPoint?.(point);
    }
  return { bench: "growth", threads, tuned: tune, engine, net, base, points };
}

async function measure(
  problem: StepProblem,
  {
    engine,
    threads,
    tune,
    runs,
    signal,
  }: { engine: EngineName; threads: number; tune: boolean; runs: number; signal: AbortSignal },
) {
  const trainer = await import("@mmgan/trainer");
  const contender = new Contender({
    name: "the step's process",
    file: process.execPath,
    args: [fileURLToPath(new URL("./step-child.js", import.meta.url))],
    threads,
    signal,
  });
  try {
    const { variants } = await contender.ask<{ variants: string[] }>({
      do: "setup",
      ...{ problem, engine, threads, tune },
    });
    const variant = variants[0]!;
    await contender.ask({ do: "prepare", variant });
    const times = await timeInRounds([{ name: variant, contender, variant }], runs, signal);
    const { ms, peakBytes } = times.get(variant)!;
    const config = stepConfig(trainer, problem);
    const [kind] = stepKinds(trainer, config);
    const { minMs, medianMs, perSecond } = timing(variant, ms, problem.batch);
    const gflop = stepArithmetic(trainer.netPlan(config), config, kind!.variant) / 1e9;
    return { runs: ms.length, minMs, medianMs, perSecond: perSecond!, gflop, peakBytes };
  } finally {
    await contender.stop();
  }
}
