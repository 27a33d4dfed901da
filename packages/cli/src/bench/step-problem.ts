/** The steps that are measured: config, start and batch of each, all from fixed seeds, so that every process makes the same. */

import { type PlainTensor, Rng } from "@mmgan/core";
import type { MmganConfig, Net, PlainState, Program, Variant } from "@mmgan/trainer";

export type Trainer = typeof import("@mmgan/trainer");

/** What bench step is asked for. */
export interface StepProblem {
  net: Net;
  recipe: "bare" | "default";
  filters: number;
  batch: number;
  size: number;
  clusters: number;
}

/** Batch of the nets as they are compared with others'. */
export const BENCH_BATCH: Record<Net, number> = { light: 64, heavy: 100 };
export const BENCH_FILTERS = 32;

/**
 * The config of a problem. `bare` is Algorithm 1 alone: RSGAN, soft pairing, no batch norm, no other term, no averages;
 * `default` is the recipe of that name, on the same nets, its pictures as many as the recipe has.
 */
export function stepConfig(
  trainer: Trainer,
  { net, recipe, filters, batch, size, clusters }: StepProblem,
): MmganConfig {
  const input = { kind: "image", height: size, width: size, channels: 1, fit: "contain" } as const;
  const request = { data: "mnist", clusters, input, count: 60_000 };
  if (recipe === "default")
    return trainer.resolveConfig({ ...request, recipe, overrides: { net, filters, latentDim: 32 } });
  return trainer.resolveConfig({
    ...request,
    recipe: "paper",
    overrides: {
      ...{ net, filters, batch, ganBatch: batch, latentDim: 32 },
      ...{ loss: "rsgan", pairing: "soft", alpha: 1, batchNorm: false, ema: 0 },
      ...{ information: 0, r1: 0 },
    },
  });
}

/** A kind of step, and how many of them there are in one period of the GAN phase. */
export interface StepKind {
  variant: Variant;
  /** Steps of a period; 0 for E alone, which has a phase of its own. */
  perPeriod: number;
}

/** The kinds of step of a config, E alone first. */
export function stepKinds(trainer: Trainer, config: MmganConfig): StepKind[] {
  const kinds = new Map<string, StepKind>();
  const add = (t: number, count: number) => {
    const variant = trainer.variantAt(config, t);
    const name = trainer.variantName(variant);
    const kind = kinds.get(name) ?? { variant, perPeriod: 0 };
    kinds.set(name, { ...kind, perPeriod: kind.perPeriod + count });
  };
  const first = trainer.firstGanStep(config);
  if (first > 0) add(0, 0);
  const { information, informationEvery, r1, r1Every } = config;
  const period = leastCommonMultiple(information > 0 ? informationEvery : 1, r1 > 0 ? r1Every : 1);
  for (let u = 0; u < period; u++) add(first + u, 1);
  return [...kinds.values()];
}

function leastCommonMultiple(a: number, b: number): number {
  let multiple = a;
  while (multiple % b !== 0) multiple += a;
  return multiple;
}

/** A batch for a program: uniform noise for pictures, one-hot labels in turn, normal noise. */
export function stepBatch(program: Program, clusters: number): Record<string, PlainTensor> {
  return Object.fromEntries(
    Object.entries(program.batch).map(([name, { dims }]) => {
      const size = dims.reduce((product, dim) => product * dim, 1);
      const rng = new Rng({ seed: 1, stream: `bench/${name}` });
      let data: Float32Array;
      if (name.endsWith("Labels")) {
        data = new Float32Array(size);
        for (let row = 0; row < dims[0]!; row++) data[row * clusters + (row % clusters)] = 1;
      } else if (name.endsWith("Noise")) data = rng.normal(size);
      else data = Float32Array.from(rng.uniform(size), (u) => 2 * u - 1);
      return [name, { dims, type: "float32", data } satisfies PlainTensor];
    }),
  );
}

/** Weights alone, without Adam's moments and averages. */
export function weightsOf(state: PlainState): PlainState {
  return Object.fromEntries(Object.entries(state).filter(([name]) => !/^(adam|ema)\//.test(name)));
}
