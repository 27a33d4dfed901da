/** What the table of models says of each: fields, recipes, words for card and help. Light: the command line reads it. */

import { ArgumentError, expected } from "@mmgan/core";
import type { BaseConfig, RecipeName } from "../../config.js";
import type { AllSettings } from "./fields.js";

export interface ModelSettings {
  /** As people write it. */
  readonly title: string;
  readonly source: { readonly text: string; readonly url: string };
  /** Its objective in a word or two, for manifests. */
  readonly objective: string;
  /** What its recipes are, a sentence each. */
  readonly about: Readonly<Record<RecipeName, string>>;
  /** Whether a bundle's features are a latent code, which k-means may cluster, rather than a net's last hidden layer. */
  readonly codes: boolean;
  /** The fields it has; any other is refused. */
  readonly fields: readonly (keyof AllSettings)[];
  readonly recipes: Readonly<Record<RecipeName, Partial<AllSettings>>>;
  /** Where points differ, with either recipe. */
  readonly points: Partial<AllSettings>;
  /** Where the recipe `default` differs for a known data set. */
  readonly data?: Readonly<Record<string, Partial<AllSettings>>>;
  /** Checks the fields against each other. @throws ArgumentError */
  check?(config: BaseConfig & Partial<AllSettings>): void;
}

/** Fields that every model has. */
export const SHARED = [
  ...(["steps", "batch", "latentDim", "filters", "batchNorm", "net"] as const),
  ...([
    "encoderRate",
    "generatorRate",
    "rateHold",
    "rateEnd",
    "beta1",
    "beta2",
    "ema",
    "generatorEma",
  ] as const),
] as const;

/** The information term on E, an extension that every rival takes: off unless asked for. */
export const INFORMATION = ["information", "balance", "sizeRatio", "walk", "walkSpread", "walkLate"] as const;

/** The information term's fields where it is off. */
const WITHOUT_INFORMATION: Pick<AllSettings, (typeof INFORMATION)[number]> = {
  ...{ information: 0, balance: 2, sizeRatio: 1, walk: 0, walkSpread: 0, walkLate: 0 },
};

/** MMGAN's nets, Adam, batch and number of steps: what a like-for-like comparison holds fixed. */
export const LIKE_FOR_LIKE: Pick<AllSettings, (typeof SHARED)[number] | (typeof INFORMATION)[number]> = {
  ...{ steps: 2500, batch: 64, latentDim: 32, filters: 24, batchNorm: true, net: "light" },
  ...{ encoderRate: 1e-3, generatorRate: 1e-3, rateHold: 0.6, rateEnd: 0.02, beta1: 0.5, beta2: 0.99 },
  ...{ ema: 0.99, generatorEma: 0.99 },
  ...WITHOUT_INFORMATION,
};

/** Rates that stay, and no averages: what papers before those had. */
export const PLAIN: Partial<AllSettings> = { rateHold: 1, rateEnd: 1, ema: 0, generatorEma: 0 };

/** Nets for points, as MMGAN's. */
export const POINTS: Partial<AllSettings> = { filters: 128, batchNorm: false, latentDim: 2, batch: 256 };

/**
 * A gradient penalty needs the gradient of each sample's own score; batch normalisation makes a score depend on the whole
 * batch (Gulrajani et al. 2017, section 4).
 *
 * @throws ArgumentError
 */
export function mustHaveNoCriticNorm(
  { criticBatchNorm }: Partial<AllSettings>,
  penalty: "penalty" | "r1",
  weight: number | undefined,
): void {
  if (criticBatchNorm && (weight ?? 0) > 0)
    throw new ArgumentError(
      expected(
        `false with ${penalty} = ${weight}`,
        "criticBatchNorm",
        "true",
        `The penalty takes the gradient of each sample's own score, and batch normalisation mixes the samples: set ${penalty}=0 or criticBatchNorm=false`,
      ),
    );
}
