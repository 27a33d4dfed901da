/** What a visitor may choose for a run, and the config that comes of it. */

import {
  DATASETS,
  INITS,
  type Init,
  LOSSES,
  type Loss,
  type MmganConfig,
  PAIRINGS,
  type Pairing,
  RANGES,
  type RecipeName,
  resolveConfig,
} from "@mmgan/trainer/browser";

export const LEARN_SETS = ["moons", "digits"] as const;
export type LearnSet = (typeof LEARN_SETS)[number];

export interface LearnSettings {
  readonly data: LearnSet;
  readonly recipe: RecipeName;
  readonly loss: Loss;
  readonly pairing: Pairing;
  readonly init: Init;
  readonly clusters: number;
  readonly steps: number;
  readonly seed: number;
}

/** Ranges of the numbers. K: more would fit neither the panels nor a phone. */
export const LIMITS = {
  clusters: { min: 2, max: 12 },
  steps: { min: 100, max: 10_000 },
  seed: { min: RANGES.seed.min, max: RANGES.seed.max },
} as const;

/** Algorithm 1 alone finds the moons, in the paper's 2000 iterations of Figure 6; the seed is that of the shipped models. */
const BASE = {
  moons: { recipe: "paper", overrides: { steps: 2000 } },
  digits: { recipe: "default", overrides: {} },
} as const;
const SEED = 11;

/** What a set is learned with unless asked otherwise. */
export function defaultSettings(data: LearnSet): LearnSettings {
  const { recipe, overrides } = BASE[data];
  const clusters = DATASETS[data].defaults.clusters;
  const { loss, pairing, init, steps } = resolve(data, recipe, clusters, SEED, overrides);
  return { data, recipe, loss, pairing, init, clusters, steps, seed: SEED };
}

/** @throws ArgumentError, UnknownNameError as resolveConfig */
export function configOf({ data, recipe, clusters, seed, ...overrides }: LearnSettings): MmganConfig {
  return resolve(data, recipe, clusters, seed, overrides);
}

function resolve(
  data: LearnSet,
  recipe: RecipeName,
  clusters: number,
  seed: number,
  overrides: Partial<Pick<LearnSettings, "loss" | "pairing" | "init" | "steps">>,
): MmganConfig {
  const { kind, image, counts } = DATASETS[data];
  return resolveConfig({
    ...{ data, recipe, clusters, seed, count: counts.train, overrides },
    input: kind === "image" ? { kind, ...image!, fit: "contain" } : { kind, dim: 2 },
  });
}

/** The choices of each list, in the order shown, with what the list says of them. */
export const CHOICES: Readonly<{
  recipe: Readonly<Record<RecipeName, string>>;
  loss: Readonly<Record<Loss, string>>;
  pairing: Readonly<Record<Pairing, string>>;
  init: Readonly<Record<Init, string>>;
}> = {
  recipe: { paper: "Paper: Algorithm 1 alone", default: "Default: E learns first" },
  loss: named(LOSSES, {
    sgan: "SGAN",
    "sgan-minimax": "SGAN, saturating",
    rsgan: "RSGAN, relativistic",
    crasgan: "cRaSGAN, relativistic to the cluster",
  }),
  pairing: named(PAIRINGS, {
    soft: "Soft: E's probabilities",
    hard: "Hard: the likeliest cluster",
    "straight-through": "Straight-through",
    off: "Off: at random",
  }),
  init: named(INITS, { hypercube: "Hypercube vertices", same: "All equal" }),
};

/** In the order of `names`, which are the trainer's. */
function named<N extends string>(names: readonly N[], texts: Record<N, string>): Record<N, string> {
  return Object.fromEntries(names.map((name) => [name, texts[name]])) as Record<N, string>;
}

/** Whether two runs would be the same. */
export function sameSettings(a: LearnSettings, b: LearnSettings): boolean {
  return (Object.keys(a) as (keyof LearnSettings)[]).every((field) => a[field] === b[field]);
}
