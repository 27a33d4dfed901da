/** The rival of `mmgan bench train`: the same recipe in PyTorch, fed the same weights, batches and rates. */

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { InterruptedError, PeerError } from "@mmgan/core";
import type { Dataset, Engine, EngineName, FedStep, MmganConfig, PlainState } from "@mmgan/trainer";
import type { Contender } from "./contender.js";
import { withTemporaryFolder } from "./folder.js";
import { readTensors, writeTensors } from "./peers.js";
import { type Trainer, weightsOf } from "./step-problem.js";

/** How the peer may lay its pictures and kernels out: it takes what is faster here. */
const LAYOUTS = ["channels_last", "contiguous"] as const;
export type Layout = (typeof LAYOUTS)[number];

/** Relative difference of losses from ours above which no time is compared. */
export const TOLERANCE = 1e-3;

/** Steps handed over at a time, at most. */
const BLOCK = 50;
/** Passes over the steps of the check; the layout is chosen by the last ones, when everything is warm. */
const PASSES = 3;

export type Losses = Record<string, number>;

/** What the first steps of both sides have in common. */
export interface Agreement {
  /** E.g. "PyTorch 2.15.0". */
  python: string;
  /** The faster one. */
  layout: Layout;
  /** Seconds of the check's steps in either layout. */
  layoutSeconds: Record<Layout, number>;
  /** Largest relative differences: of the losses of the check's steps, and of the weights after the first of E alone and of the GAN. */
  differences: { losses: number; weights: number };
}

/** A training of the peer: where it stood, and when, at every evaluated step. */
export interface PeerTraining {
  /** Of all steps. */
  seconds: number;
  kept: { step: number; seconds: number; state: PlainState }[];
}

interface Ran {
  seconds: number[];
  losses: Losses[];
}

/** Largest |a - b| / max(|a|, |b|) over every loss of every step; infinite where one side lacks one or is not finite. */
export function lossDifference(ours: readonly Losses[], theirs: readonly Losses[]): number {
  let largest = ours.length === theirs.length ? 0 : Number.POSITIVE_INFINITY;
  ours.forEach((step, i) => {
    for (const name of new Set([...Object.keys(step), ...Object.keys(theirs[i] ?? {})])) {
      const [a, b] = [step[name] ?? Number.NaN, theirs[i]?.[name] ?? Number.NaN];
      const difference = Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b), 1e-12);
      largest = Math.max(largest, Number.isFinite(difference) ? difference : Number.POSITIVE_INFINITY);
    }
  });
  return largest;
}

/**
 * Largest ||a - b|| / ||a|| over weights, running statistics and moving averages (Adam's moments left out: the weights
 * show them); infinite where one side lacks an entry or is not finite.
 */
export function weightDifference(ours: PlainState, theirs: PlainState): number {
  let largest = 0;
  for (const [name, { data }] of Object.entries(ours)) {
    if (name.startsWith("adam/")) continue;
    const other = theirs[name]?.data;
    if (other?.length !== data.length) return Number.POSITIVE_INFINITY;
    let [apart, size] = [0, 0];
    for (let i = 0; i < data.length; i++) {
      apart += (Number(data[i]) - Number(other[i])) ** 2;
      size += Number(data[i]) ** 2;
    }
    // Biases begin at zero: what never moved is equal, not 0 / 0.
    const difference = apart === 0 ? 0 : Math.sqrt(apart / size);
    largest = Math.max(largest, Number.isFinite(difference) ? difference : Number.POSITIVE_INFINITY);
  }
  return largest;
}

/**
 * Two short trainings that have every kind of step: E alone twice; then, from the start again, the GAN phase with all
 * terms once and without them twice. The loss after a step shows its gradients. More steps would tell no more: Adam makes
 * steps of full length of gradients that are rounding errors. No neighbour graph.
 */
export function checkedConfigs(config: MmganConfig): MmganConfig[] {
  const same = { ...config, starts: 1, startSteps: 1, repairs: 0, walk: 0, walkSpread: 0, walkLate: 0 };
  // Without time alone E has its full rate beside the GAN; here it is to have the rate that it has there.
  const encoderRate = config.encoderRate * config.encoderGanRate;
  return [
    { ...same, encoderSteps: 2, steps: 2 },
    { ...same, encoderSteps: 0, steps: 3, encoderRate },
  ];
}

/** One of the check's trainings. */
interface Checked {
  config: MmganConfig;
  steps: FedStep[];
  ours: { losses: Losses[]; state: PlainState };
}

/**
 * Runs the check's steps on both sides, the peer's in either layout.
 *
 * @throws PeerError when losses differ by more than {@link TOLERANCE}
 */
export async function agreeWithPeer(
  trainer: Trainer,
  contender: Contender,
  trained: MmganConfig,
  dataset: Dataset,
  { engine, threads }: { engine: EngineName; threads: number },
): Promise<Agreement> {
  const checks: Checked[] = [];
  for (const config of checkedConfigs(trained)) {
    const steps: FedStep[] = [];
    for await (const step of (await trainer.trainingFeed(config, dataset)).steps) steps.push(step);
    checks.push({ config, steps, ours: await runOurs(trainer, config, steps, engine, threads) });
  }
  return withTemporaryFolder(async (folder) => {
    const differences = { losses: 0, weights: 0 };
    const layoutSeconds = {} as Record<Layout, number>;
    let python = "";
    for (const layout of LAYOUTS) {
      let best = Number.POSITIVE_INFINITY;
      for (let pass = 0; pass < PASSES; pass++) {
        let total = 0;
        for (const { config, steps, ours } of checks) {
          python = await setUp(trainer, contender, folder, config, layout, threads);
          const first = await runBlock(contender, folder, steps.slice(0, 1));
          const state = await stateOf(contender, folder);
          const then = await runBlock(contender, folder, steps.slice(1));
          total += sum([...first.seconds, ...then.seconds]);
          const losses = [...first.losses, ...then.losses];
          const apart = lossDifference(ours.losses, losses);
          if (!(apart <= TOLERANCE))
            throw new PeerError(
              `Expected the losses of the first steps of ${python} (${layout}) within ${TOLERANCE} of ours, but they differ by ${apart.toExponential(1)}: ours ${JSON.stringify(ours.losses)}, its ${JSON.stringify(losses)}. These are two different trainings; no time is compared.`,
            );
          differences.losses = Math.max(differences.losses, apart);
          differences.weights = Math.max(differences.weights, weightDifference(ours.state, state));
        }
        best = Math.min(best, total);
      }
      layoutSeconds[layout] = best;
    }
    const layout = LAYOUTS.reduce((a, b) => (layoutSeconds[b] < layoutSeconds[a] ? b : a));
    return { python, layout, layoutSeconds, differences };
  });
}

async function runOurs(
  trainer: Trainer,
  config: MmganConfig,
  steps: readonly FedStep[],
  name: EngineName,
  threads: number,
): Promise<{ losses: Losses[]; state: PlainState }> {
  const engine = await trainer.createEngine(name, trainer.initialState(config), { threads });
  try {
    const losses: Losses[] = [];
    let state: PlainState = {};
    for (const { step, program, batch } of steps) {
      const outputs = await engine.run(program, batch, trainer.hyperAt(config, program.hyper, step));
      losses.push(
        Object.fromEntries(
          Object.entries(outputs)
            .filter(([output]) => output.startsWith("loss/"))
            .map(([output, { data }]) => [output.slice("loss/".length), Number(data[0])]),
        ),
      );
      if (losses.length === 1) state = await engine.state();
    }
    return { losses, state };
  } finally {
    await engine.dispose();
  }
}

interface Place {
  layout: Layout;
  threads: number;
  every: number;
  stopAfter?: number;
  signal: AbortSignal;
}

/**
 * A whole training of the peer, or its first `stopAfter` steps. Only its steps are on its clock: batches, the neighbour graph and judging starts are
 * ours, and handing them over costs it nothing.
 */
export async function trainPeer(
  trainer: Trainer,
  contender: Contender,
  config: MmganConfig,
  dataset: Dataset,
  { layout, threads, every, stopAfter, signal }: Place,
): Promise<PeerTraining> {
  return withTemporaryFolder(async (folder) => {
    const feed = await trainer.trainingFeed(config, dataset, { threads, signal });
    await setUp(trainer, contender, folder, config, layout, threads);
    const training: PeerTraining = { seconds: 0, kept: [] };
    let judge: Engine | undefined;
    let block: FedStep[] = [];
    const run = async () => {
      if (block.length > 0) training.seconds += sum((await runBlock(contender, folder, block)).seconds);
      block = [];
    };
    try {
      for await (const step of feed.steps) {
        if (signal.aborted) throw new InterruptedError("Stopped on request.");
        if (step.endsStart) {
          await run();
          judge ??= await trainer.createEngine("onnx", trainer.initialState(config), { threads });
          await judge.load(await stateOf(contender, folder));
          const adamSteps = await feed.judge(judge, step.step);
          await loadEncoder(contender, folder, await judge.state(), adamSteps);
        }
        block.push(step);
        const done = step.step + 1;
        const evaluated = done % every === 0 || done === config.steps;
        if (evaluated || block.length === BLOCK) await run();
        if (evaluated) {
          const entries = Object.entries(await stateOf(contender, folder));
          const state = Object.fromEntries(entries.filter(([name]) => /^(ema\/)?encoder\//.test(name)));
          training.kept.push({ step: done, seconds: training.seconds, state });
          if (stopAfter && done >= stopAfter) break;
        }
      }
      return training;
    } finally {
      await judge?.dispose();
    }
  });
}

/** Gives the peer nets, settings and starting weights. @returns what it runs on */
async function setUp(
  trainer: Trainer,
  contender: Contender,
  folder: string,
  config: MmganConfig,
  layout: Layout,
  threads: number,
): Promise<string> {
  const tensors = join(folder, "weights");
  await writeTensors(tensors, weightsOf(trainer.initialState(config)));
  const { loss, pairing, alpha, information, balance, r1, r1Every, beta1, beta2, ema } = config;
  const { python } = await contender.ask<{ python: string }>({
    ...{ do: "setup", plan: trainer.netPlan(config), tensors, layout, threads },
    ...{ loss, pairing, alpha, information, balance, r1, r1Every, beta1, beta2, ema },
  });
  return python;
}

async function runBlock(contender: Contender, folder: string, block: readonly FedStep[]): Promise<Ran> {
  const tensors = join(folder, "batches");
  const entries = block.flatMap(({ batch }, i) =>
    Object.entries(batch).map(([name, tensor]) => [`${i}/${name}`, tensor] as const),
  );
  await writeTensors(tensors, Object.fromEntries(entries));
  const steps = block.map(({ variant, rates }) => ({ kind: variant, rates }));
  const ran = await contender.ask<Ran>({ do: "steps", tensors, steps });
  await Promise.all([".json", ".bin"].map((end) => rm(tensors + end, { force: true })));
  return ran;
}

/** The peer's whole state under our names. */
async function stateOf(contender: Contender, folder: string): Promise<PlainState> {
  const tensors = join(folder, "state");
  await contender.ask({ do: "state", tensors });
  return readTensors(tensors);
}

async function loadEncoder(contender: Contender, folder: string, state: PlainState, adamSteps: number) {
  const tensors = join(folder, "encoder");
  const own = Object.entries(state).filter(([name]) => /^(adam\/[mv]\/|ema\/)?encoder\//.test(name));
  await writeTensors(tensors, Object.fromEntries(own));
  await contender.ask({ do: "load", tensors, adamSteps });
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
