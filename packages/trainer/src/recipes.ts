/** The two named recipes, `paper` and `default`, and how they meet a data set. */

import { ArgumentError, expected, unknownName } from "@mmgan/core";
import {
  type Augmentation,
  checkConfig,
  type InputShape,
  type MmganConfig,
  MODEL_NAMES,
  type ModelName,
  mustHaveField,
  RECIPE_NAMES,
  type RecipeName,
  type RivalConfig,
  type Settings,
  type TrainConfig,
} from "./config.js";
import { firstGanStep } from "./models/phases.js";
import type { AllSettings } from "./models/settings/fields.js";
import { RIVALS, type RivalName } from "./models/settings/index.js";
import type { ModelSettings } from "./models/settings/model-settings.js";

const NO_AUGMENTATION: Augmentation = {
  rotation: 0,
  scale: 0,
  shear: 0,
  shift: 0,
  flip: false,
  brightness: 0,
  gamma: 0,
  jitter: 0,
};

/** Handwriting: moves and slants, never a mirror image. */
const HANDWRITING: Augmentation = { ...NO_AUGMENTATION, rotation: 0.3, scale: 0.15, shear: 0.2, shift: 0.09 };

const AUGMENTATIONS: Record<string, Augmentation> = {
  mnist: HANDWRITING,
  digits: HANDWRITING,
  "fashion-mnist": { ...HANDWRITING, flip: true, brightness: 0.4, gamma: 0.4 },
  "coil-20": {
    ...NO_AUGMENTATION,
    rotation: 0.05,
    scale: 0.05,
    shear: 0.05,
    shift: 0.05,
    brightness: 0.2,
    gamma: 0.2,
  },
};
/** A folder of pictures nobody described: small moves, some light; no flip, which is wrong for anything written. */
const ANY_IMAGES: Augmentation = {
  ...NO_AUGMENTATION,
  rotation: 0.15,
  scale: 0.15,
  shear: 0.1,
  shift: 0.08,
  brightness: 0.2,
  gamma: 0.2,
};

/** Algorithm 1 alone. Fields the paper does not give carry our reading. */
const PAPER: Settings = {
  steps: 2500,
  batch: 64,
  ganBatch: 64,
  latentDim: 32,
  filters: 24,
  loss: "crasgan",
  pairing: "soft",
  alpha: 1, // the paper's
  information: 0,
  balance: 1,
  sizeRatio: 1,
  informationEvery: 1,
  encoderSteps: 0,
  starts: 1,
  startSteps: 1,
  repairs: 0,
  repairSteps: 1,
  walk: 0,
  walkSpread: 0,
  walkLate: 0,
  r1: 0,
  r1Every: 4,
  criticShift: 0,
  criticLight: 0,
  criticCutout: 0,
  init: "hypercube", // the paper's
  sigma: 1, // "at most 1 at the start"
  encoderRate: 2e-4,
  encoderGanRate: 1,
  generatorRate: 1e-3,
  criticRate: 1e-3,
  mixtureRate: 1e-3,
  rateHold: 1,
  rateEnd: 1,
  beta1: 0.5, // the paper's
  beta2: 0.99, // the paper's
  ema: 0,
  generatorEma: 0,
  batchNorm: true,
  net: "light",
};

/** Algorithm 1 with an information term on real images. */
const DEFAULT: Settings = {
  ...PAPER,
  steps: 1500,
  batch: 256,
  information: 5,
  balance: 2, // 1 lets clusters empty or merge
  informationEvery: 4,
  encoderSteps: 350,
  ...{ starts: 2, startSteps: 100, repairs: 4, repairSteps: 50 },
  walk: 128,
  walkSpread: 0.75, // a small set affords shorter ones; known sets have lengths of their own
  walkLate: 16, // long walks join the parts of a class, short ones then sharpen its borders
  r1: 1,
  encoderRate: 3e-3,
  encoderGanRate: 0.003, // the adversarial gradient blurs a partition that stands
  mixtureRate: 2e-5, // faster lets sigma fall to its floor before G can use it
  rateHold: 0.6,
  rateEnd: 0.02,
  ema: 0.99,
  generatorEma: 0.99,
};

/** Points: two dense layers of 128 (the paper's), a small latent space, the adversarial loss the paper found best on Moon. */
export const POINT_SETTINGS: Partial<Settings> = {
  filters: 128,
  latentDim: 2,
  batchNorm: false,
  batch: 256,
  ganBatch: 256,
  steps: 6000,
  loss: "rsgan",
  pairing: "hard",
  sigma: 0.5, // the paper's, for its Figure 6
  encoderRate: 2e-3,
  criticRate: 1e-2, // a slower critic never shows G the gap between the moons
  mixtureRate: 1e-5,
  rateHold: 0.8,
  rateEnd: 0.1,
};

/** A rival's walks where the information term was asked for. */
const WALKS: Partial<Settings> = { walk: 128, walkSpread: 0.75, walkLate: 16 };

const WITHOUT_INFORMATION: Partial<Settings> = {
  encoderSteps: 0,
  starts: 1,
  repairs: 0,
  walk: 0,
  walkSpread: 0,
  walkLate: 0,
  encoderGanRate: 1,
};

/** Where the `default` recipe differs for a known data set. Measured in docs/decisions/0009. */
export const DATA_SETTINGS: Record<string, Partial<Settings>> = {
  // One long start on short walks: with starts, repairs and walks of 128 two seeds of eight merged two digits.
  mnist: { encoderSteps: 600, starts: 1, repairs: 0, walk: 16, walkSpread: 0 },
  digits: {
    ...{ steps: 1800, batch: 128, encoderSteps: 460, startSteps: 160 },
    ...{ repairs: 8, repairSteps: 60, walk: 256, walkSpread: 0, walkLate: 4 },
    generatorRate: 4e-4, // at 1e-3 the pictures of a cluster vary little
  },
  "fashion-mnist": { steps: 1200, walk: 256, walkSpread: 0 },
  "coil-20": { steps: 1100, walkSpread: 0, encoderSteps: 500, repairs: 6, repairSteps: 40 },
};

export const RECIPES: Record<RecipeName, Settings> = { paper: PAPER, default: DEFAULT };

/** A request for a model's config; MMGAN's where no model is named. */
export interface ConfigRequest<M extends ModelName = "mmgan"> {
  /** Default: mmgan. */
  model?: M;
  /** Name of a data set, or the path of a folder. */
  data: string;
  clusters: number;
  input: InputShape;
  /** Number of images or points, for the check against K. */
  count: number;
  recipe?: RecipeName;
  split?: TrainConfig["split"];
  seed?: number;
  overrides?: Partial<AllSettings> & { augmentation?: Partial<Augmentation> };
}

/**
 * The whole config of a training: recipe, adapted to the data, then overrides.
 *
 * @throws UnknownNameError, ArgumentError as {@link checkConfig}; ArgumentError when K exceeds the number of images, and
 *   for a field that the model has not
 */
export function resolveConfig(request: ConfigRequest): MmganConfig;
export function resolveConfig(request: ConfigRequest<ModelName>): TrainConfig;
export function resolveConfig(request: ConfigRequest<ModelName>): TrainConfig {
  const {
    model = "mmgan",
    data,
    clusters,
    input,
    count,
    recipe = "default",
    split = "train",
    seed = 0,
    overrides = {},
  } = request;
  if (!MODEL_NAMES.includes(model)) throw unknownName("model", model, MODEL_NAMES);
  if (!RECIPE_NAMES.includes(recipe)) throw unknownName("recipe", recipe, RECIPE_NAMES);
  const { augmentation, ...settings } = overrides;
  for (const field of Object.keys(settings)) mustHaveField(model, field);
  if (clusters > count)
    throw new ArgumentError(
      expected(
        `at most the number of images, ${count}`,
        "clusters",
        clusters,
        "Lower --clusters or add images",
      ),
    );
  const common = {
    ...{ recipe, data, split, clusters, seed, input },
    augmentation: { ...augmentationFor(data, input), ...augmentation },
  };
  if (model !== "mmgan") return resolveRival(model, common, settings);
  return resolveMmgan(common, settings);
}

type Common = Omit<MmganConfig, "model" | keyof Settings>;

/** A rival's recipe, adapted to the data, then overrides. */
function resolveRival(model: RivalName, common: Common, settings: Partial<AllSettings>): RivalConfig {
  const { recipe, data, input } = common;
  const own: ModelSettings = RIVALS[model];
  const config = {
    model,
    ...common,
    ...own.recipes[recipe],
    ...(input.kind === "point" ? own.points : {}),
    ...(recipe === "default" ? own.data?.[data] : {}),
    // The information term wants other views of an image that differ.
    ...((settings.information ?? 0) > 0 && WALKS),
    ...settings,
  };
  return checkConfig(config as RivalConfig);
}

function resolveMmgan(common: Common, settings: Partial<Settings>): MmganConfig {
  const { recipe, data, input, clusters } = common;
  const base: Settings = {
    ...RECIPES[recipe],
    ...(input.kind === "point" ? POINT_SETTINGS : {}),
    ...(recipe === "default" ? DATA_SETTINGS[data] : {}),
  };
  // Without the information term E has nothing to learn alone, and no use for neighbours.
  if (settings.information === 0) Object.assign(base, WITHOUT_INFORMATION);
  const merged = { ...base, ...settings };
  // A walk that was asked for is taken as it is.
  if (settings.walk !== undefined && settings.walkSpread === undefined) merged.walkSpread = 0;
  // An override of one batch size moves the other only as far as it must.
  if (settings.batch !== undefined && settings.ganBatch === undefined)
    merged.ganBatch = Math.min(merged.ganBatch, settings.batch);
  if (settings.steps !== undefined && settings.encoderSteps === undefined)
    merged.encoderSteps = Math.floor(base.encoderSteps * Math.min(1, settings.steps / base.steps));
  if (settings.startSteps === undefined)
    merged.startSteps = Math.max(1, Math.min(base.startSteps, merged.encoderSteps));
  // Starts, then repairs, take what is left of E's share of the steps.
  let room = Math.floor(firstGanStep(base) * Math.min(1, merged.steps / base.steps)) - merged.encoderSteps;
  const fitting = (most: number, each: number) => Math.max(0, Math.min(most, Math.floor(room / each)));
  if (settings.starts === undefined) {
    merged.starts = merged.encoderSteps === 0 ? 1 : 1 + fitting(base.starts - 1, merged.startSteps);
    room -= (merged.starts - 1) * merged.startSteps;
  }
  if (settings.repairs === undefined)
    merged.repairs =
      merged.encoderSteps === 0 || clusters < 3 ? 0 : fitting(base.repairs, merged.repairSteps);
  return checkConfig({
    model: "mmgan",
    ...{ recipe, data, split: common.split, clusters, seed: common.seed, input },
    ...merged,
    augmentation: common.augmentation,
  });
}

function augmentationFor(data: string, input: InputShape): Augmentation {
  if (input.kind === "point") return { ...NO_AUGMENTATION, jitter: 0.05 };
  return AUGMENTATIONS[data] ?? ANY_IMAGES;
}
