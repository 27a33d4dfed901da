/** The config of one training: every field, its range, default and reason in one table. Written whole into config.json. */

import { ArgumentError, expected, unknownName } from "@mmgan/core";
import { contestEnd, firstGanStep } from "./models/phases.js";
import { type AllSettings, RIVAL_CHOICES, RIVAL_RANGES } from "./models/settings/fields.js";
import { RIVAL_NAMES, RIVALS, type RivalName } from "./models/settings/index.js";
import type { ModelSettings } from "./models/settings/model-settings.js";

/** Every model that `train` takes: the paper's own, and its rivals. */
export type ModelName = "mmgan" | RivalName;
export const MODEL_NAMES: readonly ModelName[] = ["mmgan", ...RIVAL_NAMES];

/** Adversarial losses of the paper, section "Training". `sgan-minimax` is SGAN with the saturating generator loss. */
export const LOSSES = ["sgan", "sgan-minimax", "rsgan", "crasgan"] as const;
export type Loss = (typeof LOSSES)[number];

/** How y of Algorithm 1, step 5 is made from E(x_r); `off` draws it from the prior ("no pairings"). */
export const PAIRINGS = ["soft", "hard", "straight-through", "off"] as const;
export type Pairing = (typeof PAIRINGS)[number];

/** Starting means: distinct vertices of {-1, 1}^d, or all means on one of them (the paper's ablation). */
export const INITS = ["hypercube", "same"] as const;
export type Init = (typeof INITS)[number];

/**
 * Sizes of the nets for pictures. `light`: G grows its picture from the map where E ends. `heavy`: G starts from a map
 * twice as wide and ends with a 3x3 layer at full size, at about eight times the arithmetic; E and D end with a 3x3 layer.
 */
export const NETS = ["light", "heavy"] as const;
export type Net = (typeof NETS)[number];

export const RECIPE_NAMES = ["paper", "default"] as const;
export type RecipeName = (typeof RECIPE_NAMES)[number];

/** How x' of the information term is drawn from x. Amplitudes of uniform draws; 0 switches a part off. */
export interface Augmentation {
  /** Radians either way, 0..pi. */
  rotation: number;
  /** Relative size either way, 0..0.9. */
  scale: number;
  /** Horizontal shear either way, 0..1. */
  shear: number;
  /** Share of the side either way, 0..0.5. */
  shift: number;
  /** Mirror left-right with probability 1/2. */
  flip: boolean;
  /** Relative brightness either way, 0..1. */
  brightness: number;
  /** Gamma is exp(u), u uniform within this either way, 0..2. */
  gamma: number;
  /** Standard deviation of Gaussian noise, the only part used for points, >= 0, in data units. */
  jitter: number;
}

/** What the data look like once loaded. */
export type InputShape =
  | { kind: "image"; height: number; width: number; channels: 1 | 3; fit: "contain" | "cover" | "stretch" }
  | { kind: "point"; dim: number };

/** The fields that a recipe of MMGAN sets and a user may override. */
export interface Settings {
  steps: number;
  /** Images per step of the encoder's information term. */
  batch: number;
  /** Images per adversarial step: the first ones of the batch. */
  ganBatch: number;
  latentDim: number;
  /** Filters of the first convolution; the next ones double it. Width of both dense layers for points. */
  filters: number;
  loss: Loss;
  pairing: Pairing;
  /** Weight of the cross-entropy of E on generated images, Algorithm 1 step 8. */
  alpha: number;
  /** Weight of the information term on E; 0 leaves it out. */
  information: number;
  /** lambda: weight of the marginal entropies within the information term. */
  balance: number;
  /** Prior over the clusters' sizes: largest over smallest, those between evenly spaced in logarithm; 1 = all alike. */
  sizeRatio: number;
  /** The information term is computed at every n-th adversarial step. */
  informationEvery: number;
  /** Steps that train E alone, before the GAN; with several starts, those of the start that goes on. */
  encoderSteps: number;
  /** Short trainings of E alone, each from other weights; the one whose views agree best goes on. */
  starts: number;
  /** Steps of each of several starts, at most `encoderSteps`. */
  startSteps: number;
  /**
   * Rounds after the starts in which two clusters of the best E are merged and another is split; each goes on if its
   * views agree better than the best before it.
   */
  repairs: number;
  /** Steps of each repair. */
  repairSteps: number;
  /** Longest random walk on the neighbour graph from an image to the image its other view is made of; 0 = no graph. */
  walk: number;
  /**
   * Shortens `walk` by what the graph is like: to the greatest power of two for which the ends of the walks from an
   * image spread over at most this share of n / K images. 0 = `walk` as it is.
   */
  walkSpread: number;
  /** The same from the last 40 % of E's time alone on. */
  walkLate: number;
  /** Gamma of R1, (gamma / 2) E |grad C(x_r)|^2 (Mescheder et al. 2018, eq. 9); 0 leaves it out. */
  r1: number;
  /** R1 is computed at every n-th adversarial step, with n times the weight. */
  r1Every: number;
  /** What the critic sees is moved by up to this share of the side, real or not (Zhao et al. 2020, DiffAugment). */
  criticShift: number;
  /** The same for brightness and contrast. */
  criticLight: number;
  /** The same for a grey square of this share of the side. */
  criticCutout: number;
  init: Init;
  /** sigma_k at the start. */
  sigma: number;
  encoderRate: number;
  /** E's rate beside the GAN, as a share of `encoderRate`; it falls there in a line over the last 40 % of E's time alone. */
  encoderGanRate: number;
  generatorRate: number;
  criticRate: number;
  mixtureRate: number;
  /** Share of the steps beside the GAN with constant rates; then they fall linearly. */
  rateHold: number;
  /** Rates at the last step, as a share of the first. */
  rateEnd: number;
  beta1: number;
  beta2: number;
  /** Decay of the moving average of E; 0 switches all averages off. */
  ema: number;
  /** Decay of the moving average of G and the mixture. Its lag, 1 / (1 - decay), must be short against the GAN's steps. */
  generatorEma: number;
  /** Batch normalisation in E and G. */
  batchNorm: boolean;
  /** Size of the nets for pictures; points have the same nets with either. */
  net: Net;
}

/** What every config has beside its model's fields. */
export interface BaseConfig {
  model: ModelName;
  recipe: RecipeName;
  data: string;
  split: "train" | "test" | "all";
  clusters: number;
  seed: number;
  input: InputShape;
  augmentation: Augmentation;
}

export interface MmganConfig extends BaseConfig, Settings {
  model: "mmgan";
}

/** The fields of a rival, by its name. */
export type RivalFields<M extends RivalName> = Pick<AllSettings, (typeof RIVALS)[M]["fields"][number]>;
/** The config of a rival by its name, or of any of them. */
export type RivalConfig<M extends RivalName = RivalName> = {
  [N in M]: Omit<BaseConfig, "model"> & { model: N } & RivalFields<N>;
}[M];

/** The config of a training. It holds the fields that its model has, and no others. */
export type TrainConfig = MmganConfig | RivalConfig;

export type NumberRule = { min: number; max: number; integer?: boolean; help: string };

/** Ranges, once: they feed the checks, the messages, the command line's help and the documentation. */
export const RANGES: Record<
  { [F in keyof Settings]: Settings[F] extends number ? F : never }[keyof Settings] | "clusters" | "seed",
  NumberRule
> = {
  clusters: { min: 1, max: 1024, integer: true, help: "number of clusters K" },
  seed: { min: 0, max: 2 ** 32 - 1, integer: true, help: "seed of everything random" },
  steps: { min: 1, max: 10_000_000, integer: true, help: "training steps" },
  batch: { min: 2, max: 8192, integer: true, help: "images per step" },
  ganBatch: { min: 2, max: 8192, integer: true, help: "images per adversarial step" },
  latentDim: { min: 1, max: 1024, integer: true, help: "latent dimension d" },
  filters: { min: 1, max: 512, integer: true, help: "filters of the first layer" },
  alpha: { min: 0, max: 1000, help: "weight of the cross-entropy on generated images" },
  information: { min: 0, max: 1000, help: "weight of the information term on E, 0 = off" },
  balance: { min: 0, max: 100, help: "weight of the marginal entropies in the information term" },
  sizeRatio: { min: 1, max: 1000, help: "prior over cluster sizes: largest over smallest, 1 = all alike" },
  informationEvery: { min: 1, max: 10_000, integer: true, help: "adversarial steps per information term" },
  encoderSteps: { min: 0, max: 10_000_000, integer: true, help: "steps of E alone before the GAN" },
  starts: { min: 1, max: 64, integer: true, help: "short starts of E, of which the best goes on" },
  startSteps: { min: 1, max: 10_000_000, integer: true, help: "steps of each of several starts" },
  repairs: { min: 0, max: 64, integer: true, help: "rounds of merging and splitting E's clusters, 0 = off" },
  repairSteps: { min: 1, max: 10_000_000, integer: true, help: "steps of each repair" },
  walk: {
    min: 0,
    max: 100_000,
    integer: true,
    help: "longest walk to a neighbour for the other view, 0 = off",
  },
  walkSpread: {
    min: 0,
    max: 100,
    help: "share of n/K images that walks spread over, shortens them, 0 = off",
  },
  walkLate: {
    min: 0,
    max: 100_000,
    integer: true,
    help: "longest walk from the last 40 % of E's time alone on",
  },
  r1: { min: 0, max: 10_000, help: "R1 weight gamma, 0 = off" },
  r1Every: { min: 1, max: 10_000, integer: true, help: "adversarial steps per R1 term" },
  criticShift: { min: 0, max: 0.5, help: "what the critic sees is moved, share of the side, 0 = off" },
  criticLight: { min: 0, max: 1, help: "brightness and contrast of what the critic sees, 0 = off" },
  criticCutout: { min: 0, max: 1, help: "grey square on what the critic sees, share of the side, 0 = off" },
  sigma: { min: 0.1, max: 1, help: "sigma of every cluster at the start" },
  encoderRate: { min: 0, max: 1, help: "learning rate of E" },
  encoderGanRate: { min: 0, max: 1, help: "learning rate of E beside the GAN, share of encoderRate" },
  generatorRate: { min: 0, max: 1, help: "learning rate of G" },
  criticRate: { min: 0, max: 1, help: "learning rate of D" },
  mixtureRate: { min: 0, max: 1, help: "learning rate of means and sigmas" },
  rateHold: { min: 0, max: 1, help: "share of the GAN's steps with constant rates" },
  rateEnd: { min: 0, max: 1, help: "rates at the end, share of the start" },
  beta1: { min: 0, max: 0.9999, help: "Adam beta1" },
  beta2: { min: 0, max: 0.99999, help: "Adam beta2" },
  ema: { min: 0, max: 0.99999, help: "decay of the moving average of E, 0 = all averages off" },
  generatorEma: { min: 0, max: 0.99999, help: "decay of the moving average of G and the mixture" },
};

/** Fields that configs of earlier versions lack, as those versions behaved. */
export function withLaterFields(config: TrainConfig): TrainConfig {
  if (config.model !== "mmgan") return config;
  const later: Partial<TrainConfig> = {
    ...{
      repairs: 0,
      repairSteps: 1,
      sizeRatio: 1,
      walkSpread: 0,
      criticShift: 0,
      criticLight: 0,
      criticCutout: 0,
    },
    generatorEma: config.ema,
  };
  return { ...later, ...config };
}

/** Side of square pictures, in pixels. */
export const IMAGE_SIZE: NumberRule = {
  min: 8,
  max: 128,
  integer: true,
  help: "side of the square pictures in pixels",
};

/** Ranges of the augmentation's amplitudes. */
export const AUGMENTATION_RANGES: Record<Exclude<keyof Augmentation, "flip">, NumberRule> = {
  rotation: { min: 0, max: Math.PI, help: "radians either way" },
  scale: { min: 0, max: 0.9, help: "relative size either way" },
  shear: { min: 0, max: 1, help: "horizontal shear either way" },
  shift: { min: 0, max: 0.5, help: "share of the side either way" },
  brightness: { min: 0, max: 1, help: "relative brightness either way" },
  gamma: { min: 0, max: 2, help: "gamma is exp(u), u within this either way" },
  jitter: { min: 0, max: 100, help: "standard deviation of noise on points, in data units" },
};

/** The fields of MMGAN with a few valid names. */
export const CHOICES = { loss: LOSSES, pairing: PAIRINGS, init: INITS, net: NETS } as const;

/** Ranges and choices of every field that some model has; the others are true or false. */
export const FIELD_RANGES: Readonly<Record<string, NumberRule>> = { ...RANGES, ...RIVAL_RANGES };
export const FIELD_CHOICES: Readonly<Record<string, readonly string[]>> = { ...CHOICES, ...RIVAL_CHOICES };

/** The fields of a model's recipes. */
export function fieldsOf(model: ModelName): readonly string[] {
  return model === "mmgan"
    ? [
        ...Object.keys(RANGES).filter((f) => f !== "clusters" && f !== "seed"),
        ...Object.keys(CHOICES),
        "batchNorm",
      ]
    : RIVALS[model].fields;
}

/** Every field that some model has. */
export const ALL_FIELDS: readonly string[] = [...new Set(MODEL_NAMES.flatMap(fieldsOf))];

/**
 * @throws UnknownNameError for a field that no model has, ArgumentError for one that this model has not, naming those
 *   that do
 */
export function mustHaveField(model: ModelName, field: string): void {
  if (fieldsOf(model).includes(field)) return;
  if (!ALL_FIELDS.includes(field)) throw unknownName("setting", field, fieldsOf(model));
  const having = MODEL_NAMES.filter((name) => fieldsOf(name).includes(field));
  throw new ArgumentError(
    expected(`a setting of the model ${model}`, "setting", field, `It is one of ${having.join(", ")}`),
  );
}

/** The range of a field in words, e.g. "an integer from 1 to 1024". */
export function rangeText(field: keyof typeof RANGES): string {
  return ruleText(RANGES[field]);
}

/** A range in words. */
export function ruleText({ min, max, integer }: Omit<NumberRule, "help">): string {
  return `${integer ? "an integer" : "a number"} from ${min} to ${max}`;
}

/**
 * Checks every field against its range or choices, and the fields against each other.
 *
 * @throws ArgumentError for a value out of range, UnknownNameError for a wrong choice or an unknown field
 */
export function checkConfig<C extends TrainConfig>(config: C): C {
  if (!MODEL_NAMES.includes(config.model)) throw unknownName("model", config.model, MODEL_NAMES);
  const fields = [...fieldsOf(config.model), "clusters", "seed"];
  const values = config as Readonly<Record<string, unknown>>;
  for (const [field, { min, max, integer }] of Object.entries(FIELD_RANGES)) {
    if (!fields.includes(field)) continue;
    const value = values[field];
    if (typeof value !== "number" || !(value >= min && value <= max) || (integer && !Number.isInteger(value)))
      throw new ArgumentError(
        expected(ruleText({ min, max, ...(integer && { integer }) }), field, value ?? "nothing"),
      );
  }
  for (const field of Object.keys(AUGMENTATION_RANGES) as (keyof typeof AUGMENTATION_RANGES)[]) {
    const rule = AUGMENTATION_RANGES[field];
    const value = config.augmentation[field];
    if (!(value >= rule.min && value <= rule.max))
      throw new ArgumentError(expected(ruleText(rule), `augmentation.${field}`, value ?? "nothing"));
  }
  for (const [field, choices] of Object.entries(FIELD_CHOICES))
    if (fields.includes(field) && !choices.includes(values[field] as string))
      throw unknownName(field, values[field] as string, choices);
  checkInput(config.input);
  if (config.model === "mmgan") checkMmgan(config);
  else checkRival(config);
  return config;
}

function checkRival(config: RivalConfig): void {
  const { criticBatchNorm } = config as Partial<AllSettings>;
  if (criticBatchNorm !== undefined && typeof criticBatchNorm !== "boolean")
    throw new ArgumentError(expected("true or false", "criticBatchNorm", criticBatchNorm));
  const settings: ModelSettings = RIVALS[config.model];
  settings.check?.(config);
}

function checkMmgan(config: MmganConfig): void {
  if (config.ganBatch > config.batch)
    throw new ArgumentError(
      expected(
        `at most the batch of ${config.batch}`,
        "ganBatch",
        config.ganBatch,
        "Raise --batch or lower ganBatch",
      ),
    );
  if ((config.starts > 1 || config.repairs > 0) && config.startSteps > config.encoderSteps)
    throw new ArgumentError(
      expected(
        `at most the encoderSteps of ${config.encoderSteps}`,
        "startSteps",
        config.startSteps,
        "Raise encoderSteps or set starts to 1 and repairs to 0",
      ),
    );
  if (config.repairs > 0 && config.clusters < 3)
    throw new ArgumentError(
      expected(
        "0 for fewer than 3 clusters",
        "repairs",
        config.repairs,
        "There is nothing to merge and split",
      ),
    );
  if (config.information === 0 && config.encoderSteps > 0)
    throw new ArgumentError(
      expected(
        "0 without the information term",
        "encoderSteps",
        config.encoderSteps,
        "E alone learns by that term: raise --information or set encoderSteps to 0",
      ),
    );
  if (firstGanStep(config) > config.steps)
    throw new ArgumentError(
      expected(
        `at most the ${config.steps} steps`,
        "the steps of E alone (with its starts and repairs)",
        firstGanStep(config),
        "Raise --steps or lower encoderSteps",
      ),
    );
  if (contestEnd(config) >= config.steps)
    throw new ArgumentError(
      expected(
        `fewer than the ${config.steps} steps`,
        "the steps of all starts and repairs",
        contestEnd(config),
        "Raise --steps or lower starts and repairs",
      ),
    );
  if (config.init === "hypercube" && config.latentDim < 31 && config.clusters > 2 ** config.latentDim)
    throw new ArgumentError(
      expected(
        `at most 2^${config.latentDim} = ${2 ** config.latentDim} (vertices of the hypercube)`,
        "clusters",
        config.clusters,
        "Raise --latent or lower --clusters",
      ),
    );
  for (const field of ["criticShift", "criticLight", "criticCutout"] as const)
    if (config.input.kind === "point" && config[field] > 0)
      throw new ArgumentError(
        expected("0 for points", field, config[field], "It changes pictures: leave it out"),
      );
}

function checkInput(input: InputShape): void {
  if (input.kind === "point") return;
  const { height, width, channels } = input;
  if (height !== width || height < IMAGE_SIZE.min || height > IMAGE_SIZE.max)
    throw new ArgumentError(
      expected(
        "a square of 8 to 128 pixels",
        "image size",
        `${height}x${width}`,
        "Set --size to a value from 8 to 128",
      ),
    );
  if (channels !== 1 && channels !== 3) throw new ArgumentError(expected("1 or 3", "channels", channels));
}
