/** `mmgan bench step`: training steps of every engine, the machine's limit, and PyTorch beside them. */

import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { type Device, type DeviceName, PeerError, resolveDevice } from "@mmgan/core";
import type { EngineName, Net, OperatorTime } from "@mmgan/trainer";
import { log } from "../output.js";
import { stepArithmetic } from "./arithmetic.js";
import { Contender } from "./contender.js";
import { type FamilyShare, familyShares } from "./families.js";
import { PRODUCT_SHAPES, productRate, shapeName } from "./gemm.js";
import { peerDevice, startPeer } from "./peers.js";
import { type Entry, type Measured, timeInRounds } from "./rounds.js";
import { setUpPeer } from "./step-peer.js";
import {
  BENCH_BATCH,
  BENCH_FILTERS,
  type StepProblem,
  stepConfig,
  stepKinds,
  type Trainer,
} from "./step-problem.js";
import { type Timing, timing } from "./timing.js";

export interface StepOptions {
  net?: Net;
  recipe: "bare" | "default";
  batch?: number;
  filters?: number;
  size?: number;
  engines: readonly EngineName[];
  threads?: number;
  /** Where the engine runs; on a graphics card, so does the peer. Engines other than onnx refuse all but the CPU. */
  device?: DeviceName;
  /** Whether the onnx engine chooses forms by measurement first. */
  tune: boolean;
  runs?: number;
  /** Whether the onnx engine is timed once more without each of the forms of {@link LEFT_OUT}. */
  forms?: boolean;
  /** Python with PyTorch 2. */
  peer?: string;
}

/** Forms of convolutions whose worth `--forms` shows, each left out by itself, then all of them. */
const LEFT_OUT: readonly (readonly string[])[] = [
  ["blocked"],
  ["parity"],
  ["col2im"],
  ["taps"],
  ["columns"],
  ["blocked", "parity", "col2im", "taps", "columns"],
];

/** One thing timed: a kind of step on an engine, or a variant of the peer. */
export interface StepTiming extends Timing {
  by: "mmgan" | "peer";
  /** The step of ours that it is. */
  kind: string;
  /** Engine of ours, library of the peer. */
  engine: string;
  variant: string;
  /** False for the peer's steps of lower precision, which are no rivals. */
  float32: boolean;
  /** Most memory of its process; of a peer, over all variants run so far. */
  peakBytes: number;
}

/** Ours over another's, at the medians and at the least times. */
export interface Ratio {
  median: number;
  min: number;
}

/** The measurements of one net. */
export interface NetResult {
  net: Net;
  recipe: "bare" | "default";
  batch: number;
  ganBatch: number;
  filters: number;
  size: number;
  clusters: number;
  timings: StepTiming[];
  /** By kind of step. */
  limits: { variant: string; gflop: number; limitMs: number; overLimit: Ratio | null }[];
  /** Mean step of a period in the recipe's proportions, per engine; only where a recipe has several kinds. */
  period?: { engine: string; medianMs: number; minMs: number }[];
  /** Where the onnx engine's time goes, by kind of step; of a run of its own under the runtime's profiler. */
  profile: { variant: string; families: FamilyShare[] }[];
  /** Ours over the best float32 variant of the peer, by kind of step; empty without a peer. */
  peers: PeerRatio[];
}

/** One kind of step beside the peer's. */
export interface PeerRatio {
  /** Our step. */
  name: string;
  /** What the peer runs on. */
  engine: string;
  /** The peer's variant of the least median. */
  best: string;
  ratio: Ratio;
  /** Largest relative difference of the losses of two steps. */
  largestLossDifference: number;
}

export interface StepResult {
  bench: "step";
  threads: number;
  device: Device;
  tuned: boolean;
  node: string;
  /** The best product of the same run. */
  product: { shape: string; gflops: number; all: Record<string, number> };
  nets: NetResult[];
}

interface Variants {
  variants: string[];
}
type Losses = Record<string, number>[];

/**
 * Largest relative differences of losses between ours and the peer's in the first step and in the second, above which
 * no ratio is printed. The second has Adam's first step in it, whose length is the rate however small the gradient: one
 * that is rounding alone moves its weight either way.
 */
export const LOSS_TOLERANCES = [1e-4, 1e-3] as const;

/**
 * Largest |a - b| / max(|a|, |b|) over our losses, in the first step and in the second. Infinite where one is missing
 * or not finite.
 */
export function lossDifferences(ours: Losses, theirs: Losses): number[] {
  return LOSS_TOLERANCES.map((_, step) => {
    const differences = Object.keys(ours[step] ?? { none: 0 }).map((name) => {
      const [a, b] = [ours[step]?.[name] ?? Number.NaN, theirs[step]?.[name] ?? Number.NaN];
      const difference = Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b), 1e-12);
      return Number.isFinite(difference) ? difference : Number.POSITIVE_INFINITY;
    });
    return Math.max(0, ...differences);
  });
}

const childFile = (name: string) => fileURLToPath(new URL(`./${name}.js`, import.meta.url));

export async function benchStep(options: StepOptions, signal: AbortSignal): Promise<StepResult> {
  const trainer = await import("@mmgan/trainer");
  const threads = options.threads ?? availableParallelism();
  const device = resolveDevice(options.device);
  const gemm = new Contender({
    name: "the product bench",
    file: process.execPath,
    args: [childFile("gemm-child")],
    threads,
    signal,
  });
  const products = new Map<string, number>();
  const measureProducts = async () => {
    const { ms } = await gemm.ask<{ ms: Record<string, number[]> }>({ do: "run", runs: 3 });
    for (const shape of PRODUCT_SHAPES) {
      const name = shapeName(shape);
      const rate = productRate(shape, Math.min(...ms[name]!));
      products.set(name, Math.max(products.get(name) ?? 0, rate));
    }
  };
  try {
    await gemm.ask({ do: "setup", threads, device });
    await gemm.ask({ do: "prepare" });
    const measured: NetMeasurement[] = [];
    for (const net of options.net ? [options.net] : (["light", "heavy"] as const)) {
      const problem: StepProblem = {
        net,
        recipe: options.recipe,
        filters: options.filters ?? BENCH_FILTERS,
        batch: options.batch ?? BENCH_BATCH[net],
        size: options.size ?? 28,
        clusters: 10,
      };
      measured.push(
        await measureNet(trainer, problem, { ...options, threads, device }, measureProducts, signal),
      );
    }
    const [shape, gflops] = [...products].reduce((best, one) => (one[1] > best[1] ? one : best));
    return {
      bench: "step",
      threads,
      device,
      tuned: options.tune,
      node: process.versions.node,
      product: { shape, gflops, all: Object.fromEntries(products) },
      nets: measured.map((one) => netResult(trainer, one, gflops)),
    };
  } finally {
    await gemm.stop();
  }
}

interface StepEntry extends Entry {
  by: "mmgan" | "peer";
  /** The step of ours that it is. */
  kind: string;
  engine: string;
  float32: boolean;
}

interface NetMeasurement {
  problem: StepProblem;
  entries: StepEntry[];
  /** Largest difference of losses from the peer's, by kind of step. */
  differences: Map<string, number>;
  /** By name of the entry. */
  times: Map<string, Measured>;
  profile: NetResult["profile"];
}

async function measureNet(
  trainer: Trainer,
  problem: StepProblem,
  { engines, threads, device, tune, runs, forms, peer }: StepOptions & { threads: number; device: Device },
  between: () => Promise<void>,
  signal: AbortSignal,
): Promise<NetMeasurement> {
  const contenders: Contender[] = [];
  const entries: StepEntry[] = [];
  try {
    const ours = new Map<string, Losses>();
    const own: { engine: EngineName; without: readonly string[] }[] = [
      ...engines.map((engine) => ({ engine, without: [] })),
      ...(forms ? LEFT_OUT.map((without) => ({ engine: "onnx" as const, without })) : []),
    ];
    for (const { engine, without } of own) {
      const label = without.length > 0 ? `${engine} without ${without.join(", ")}` : engine;
      const contender = new Contender({
        name: `the engine ${label}`,
        file: process.execPath,
        args: [childFile("step-child")],
        threads,
        signal,
      });
      contenders.push(contender);
      const { variants } = await contender.ask<Variants>({
        ...{ do: "setup", problem, engine, threads, device, tune, without },
      });
      for (const variant of variants) {
        const { losses } = await contender.ask<{ losses: Losses }>({ do: "prepare", variant });
        if (label === engines[0]) ours.set(variant, losses);
        const name = `${label} ${variant}`;
        entries.push({ name, contender, variant, kind: variant, by: "mmgan", engine: label, float32: true });
      }
    }
    const differences = new Map<string, number>();
    if (peer !== undefined) {
      const isBare = problem.recipe === "bare";
      const contender = startPeer(peer, isBare ? "step.py" : "default_step.py", threads, signal);
      contenders.push(contender);
      const { python, variants } = await setUpPeer(trainer, problem, contender, threads, peerDevice(device));
      const onlyKind = [...ours.keys()][0]!;
      for (const { name: variant, kind = onlyKind, float32 } of variants) {
        let losses: Losses;
        try {
          ({ losses } = await contender.ask<{ losses: Losses }>({ do: "prepare", variant }));
        } catch (error) {
          if (!(error instanceof PeerError)) throw error;
          log(`left out: ${error.message}`);
          continue;
        }
        if (float32) {
          const own = ours.get(kind)!;
          const found = lossDifferences(own, losses);
          differences.set(kind, Math.max(differences.get(kind) ?? 0, ...found));
          if (!found.every((difference, step) => difference <= LOSS_TOLERANCES[step]!))
            throw new PeerError(
              `Expected the losses of ${python} (${variant}) within ${LOSS_TOLERANCES.join(" and ")} of ours, but they differ by ${found.map((one) => one.toExponential(1)).join(" and ")}: ours ${JSON.stringify(own)}, its ${JSON.stringify(losses)}. These are two different steps; no time is compared.`,
            );
        }
        const name = `${python} ${variant}`;
        entries.push({
          ...{ name, contender, variant, kind, by: "peer", engine: python, float32 },
          ...(float32 ? {} : { rounds: 1 }), // no rival: seen once
        });
      }
    }
    const times = await timeInRounds(entries, runs, signal, between);
    const profile: NetResult["profile"] = [];
    // The profiler times the CPU's kernels alone.
    for (const { by, engine, contender, variant } of entries)
      if (by === "mmgan" && engine === "onnx" && device === "cpu") {
        const { operators } = await contender.ask<{ operators: OperatorTime[] }>({ do: "profile", variant });
        profile.push({ variant, families: familyShares(operators) });
      }
    return { problem, entries, differences, times, profile };
  } finally {
    for (const contender of contenders) await contender.stop();
  }
}

function netResult(
  trainer: Trainer,
  { problem, entries, differences, times, profile }: NetMeasurement,
  gflops: number,
): NetResult {
  const config = stepConfig(trainer, problem);
  const plan = trainer.netPlan(config);
  const kinds = stepKinds(trainer, config);
  const imagesOf = (kind: string) => {
    const found = kinds.find((one) => trainer.variantName(one.variant) === kind);
    return found?.variant.information ? config.batch : config.ganBatch;
  };
  const timings = entries.map((entry): StepTiming => {
    const { ms, peakBytes } = times.get(entry.name)!;
    const { name, by, engine, variant, kind, float32 } = entry;
    return { ...timing(name, ms, imagesOf(kind)), by, engine, variant, kind, float32, peakBytes };
  });
  const ours = timings.filter(({ by }) => by === "mmgan");
  const firstEngine = ours[0]?.engine;
  const ownStep = (variant: string) =>
    ours.find((one) => one.engine === firstEngine && one.variant === variant);
  const limits = kinds.map(({ variant }) => {
    const name = trainer.variantName(variant);
    const gflop = stepArithmetic(plan, config, variant) / 1e9;
    const limitMs = (gflop / gflops) * 1000;
    const own = ownStep(name);
    const overLimit = own ? { median: own.medianMs / limitMs, min: own.minMs / limitMs } : null;
    return { variant: name, gflop, limitMs, overLimit };
  });
  const { batch, ganBatch, filters, clusters } = config;
  return {
    net: problem.net,
    recipe: problem.recipe,
    ...{ batch, ganBatch, filters, size: problem.size, clusters },
    timings,
    limits,
    ...(kinds.length > 1 ? { period: periods(trainer, kinds, timings) } : {}),
    profile,
    peers: limits.flatMap(({ variant }) => {
      const ofKind = timings.filter(({ kind }) => kind === variant);
      return comparison(ownStep(variant), ofKind, differences.get(variant) ?? 0) ?? [];
    }),
  };
}

/** Mean step of a GAN period, for each engine of ours and for the peer's best variant of each kind. */
function periods(trainer: Trainer, kinds: ReturnType<typeof stepKinds>, timings: StepTiming[]) {
  const total = kinds.reduce((sum, { perPeriod }) => sum + perPeriod, 0);
  return [...new Set(timings.map(({ engine }) => engine))].map((engine) => {
    const mean = (field: "medianMs" | "minMs") =>
      kinds.reduce((sum, { variant, perPeriod }) => {
        const name = trainer.variantName(variant);
        const own = timings.filter((one) => one.engine === engine && one.kind === name && one.float32);
        return sum + perPeriod * Math.min(...own.map((one) => one[field]));
      }, 0) / total;
    return { engine, medianMs: mean("medianMs"), minMs: mean("minMs") };
  });
}

/** Ours over the best of the peer's float32 variants: its least median, and its least time of all. */
export function comparison(
  own: StepTiming | undefined,
  timings: StepTiming[],
  losses: number,
): PeerRatio | null {
  const rivals = timings.filter(({ by, float32 }) => by === "peer" && float32);
  if (!own || rivals.length === 0) return null;
  const best = rivals.reduce((a, b) => (b.medianMs < a.medianMs ? b : a));
  const least = Math.min(...rivals.map(({ minMs }) => minMs));
  return {
    name: own.name,
    engine: best.engine,
    best: best.variant,
    ratio: { median: own.medianMs / best.medianMs, min: own.minMs / least },
    largestLossDifference: losses,
  };
}
