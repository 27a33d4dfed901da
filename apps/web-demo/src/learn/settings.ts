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
  readonly seed: number;
}

/** K that the page offers: more would fit neither the panels nor a phone. */
export const CLUSTERS = { min: 2, max: 12 } as const;

/** Algorithm 1 alone finds the moons; the seed is that of the shipped model. */
const RECIPE = { moons: "paper", digits: "default" } as const;
const SEED = 11;

/** The recipe's own choice of everything else. */
export function defaultSettings(data: LearnSet): LearnSettings {
  const recipe = RECIPE[data];
  const clusters = DATASETS[data].defaults.clusters;
  const { loss, pairing, init } = configOf({ data, recipe, clusters, seed: SEED });
  return { data, recipe, loss, pairing, init, clusters, seed: SEED };
}

/**
 * @throws ArgumentError, UnknownNameError as resolveConfig
 */
export function configOf({
  data,
  recipe,
  clusters,
  seed,
  ...overrides
}: Pick<LearnSettings, "data" | "recipe" | "clusters" | "seed"> &
  Partial<Pick<LearnSettings, "loss" | "pairing" | "init">>): MmganConfig {
  const { kind, image, counts } = DATASETS[data];
  return resolveConfig({
    ...{ data, recipe, clusters, seed, count: counts.train, overrides },
    input: kind === "image" ? { kind, ...image!, fit: "contain" } : { kind, dim: 2 },
  });
}

/** What each choice does, in a line. */
export const ABOUT: Readonly<{
  recipe: Record<RecipeName, string>;
  loss: Record<Loss, string>;
  pairing: Record<Pairing, string>;
  init: Record<Init, string>;
}> = {
  recipe: {
    default: "Default: E first learns alone, from neighbours",
    paper: "Paper: Algorithm 1 alone",
  },
  loss: {
    sgan: "SGAN: real against generated",
    "sgan-minimax": "SGAN, saturating generator loss",
    rsgan: "RSGAN: each pair, which is more real",
    crasgan: "cRaSGAN: against the cluster's mean score",
  },
  pairing: {
    soft: "Soft: the latent code of E's probabilities",
    hard: "Hard: the code of the likeliest cluster",
    "straight-through": "Straight-through: hard forward, soft backward",
    off: "Off: pairs at random",
  },
  init: {
    hypercube: "Hypercube: distinct vertices",
    same: "Equal: all means on one vertex",
  },
};

export const CHOICES = { recipe: ["default", "paper"], loss: LOSSES, pairing: PAIRINGS, init: INITS } as const;
