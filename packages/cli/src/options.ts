/** Options shared by the commands: each states its default and range in its help, and checks what it is given. */

import { ArgumentError, expected, unknownName } from "@mmgan/core";
import {
  IMAGE_SIZE,
  INITS,
  LOSSES,
  MODEL_NAMES,
  NETS,
  type NumberRule,
  PAIRINGS,
  RANGES,
  RECIPE_NAMES,
  ruleText,
} from "@mmgan/trainer/config";
import { POINT_SETTINGS, RECIPES } from "@mmgan/trainer/recipes";
import { type Command, Option } from "commander";

/** Limits of a number, both inclusive. */
export type Range = Omit<NumberRule, "help">;

/** As runtime-node, the engines and the loader have them; options.test.ts compares. Their modules load too much for help. */
export const DEVICES = ["auto", "cpu", "webgpu", "cuda"] as const;
export const ENGINES = ["onnx", "tensorflow", "reference"] as const;
export const FALLBACKS = ["none", "cpu"] as const;
export const SPLITS = ["train", "test", "all"] as const;
const THREADS: Range = { min: 1, max: 256, integer: true };

/**
 * Reads a number of an option.
 *
 * @throws ArgumentError when `text` is no number or out of range
 */
export function parseNumber(name: string, range: Range, text: string): number {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (!(value >= range.min && value <= range.max) || (range.integer && !Number.isInteger(value)))
    throw new ArgumentError(expected(ruleText(range), name, text));
  return value;
}

/** Options that must be given, and the flag that excuses them. */
const REQUIRED = new WeakMap<Option, { unless?: string | undefined }>();

/** Marks an option as required. Not commander's own mark: that one is checked before misspelt options are named. */
export function required(option: Option, unless?: string): Option {
  REQUIRED.set(option, { unless });
  return option;
}

/** "required", "required without --resume", or nothing. */
export function requirement(option: Option): string | undefined {
  const mark = REQUIRED.get(option);
  return mark && (mark.unless ? `required without --${mark.unless}` : "required");
}

/**
 * Checks that a parsed command has what it requires.
 *
 * @throws ArgumentError naming the option and what it is for
 */
export function mustHaveRequired(command: Command): void {
  const given = command.opts();
  for (const option of command.options) {
    const mark = REQUIRED.get(option);
    if (!mark || given[option.attributeName()] !== undefined || (mark.unless && given[mark.unless])) continue;
    const remedy = `Run mmgan ${command.name()} --help for all options`;
    throw new ArgumentError(expected(option.description, option.flags, "nothing", remedy));
  }
}

const longName = (flags: string) => flags.match(/--[a-z0-9-]+/)![0];

/** An option with a number: range and default go into the help. */
export function numberOption(flags: string, help: string, range: Range, defaultText: string): Option {
  const name = longName(flags);
  return new Option(flags, `${help} (${ruleText(range)}; default: ${defaultText})`).argParser(
    (text: string) => parseNumber(name, range, text),
  );
}

/**
 * An option with one of a few names.
 *
 * @throws UnknownNameError with the nearest valid name, from its parser
 */
export function choiceOption(
  flags: string,
  help: string,
  choices: readonly string[],
  defaultText: string,
): Option {
  const name = longName(flags);
  return new Option(flags, `${help} (one of ${choices.join(", ")}; default: ${defaultText})`).argParser(
    (text: string) => {
      if (choices.includes(text)) return text;
      throw unknownName(name, text, choices);
    },
  );
}

/** Default of a recipe's field in words, e.g. "1500, recipe paper: 2500, points: 6000"; only what differs is said. */
export function recipeDefault(field: keyof typeof RECIPES.default): string {
  const own = RECIPES.default[field];
  const paper = RECIPES.paper[field];
  const points = POINT_SETTINGS[field];
  return [
    `${own}`,
    ...(own === paper ? [] : [`recipe paper: ${paper}`]),
    // Points get theirs with either recipe.
    ...(points === undefined || (points === own && points === paper) ? [] : [`points: ${points}`]),
  ].join(", ");
}

/** Long option of `mmgan train` -> field of the recipe; `--set` reaches the others. */
export const SETTING_OPTIONS = {
  steps: "steps",
  batch: "batch",
  latent: "latentDim",
  filters: "filters",
  alpha: "alpha",
  information: "information",
  balance: "balance",
  r1: "r1",
  sigma: "sigma",
} as const;

/** The number options of `mmgan train` that override a recipe's field. */
export function settingOption(
  name: keyof typeof SETTING_OPTIONS,
  placeholder: string,
  defaultText?: string,
): Option {
  const field = SETTING_OPTIONS[name];
  return numberOption(
    `--${name} <${placeholder}>`,
    RANGES[field].help,
    RANGES[field],
    defaultText ?? recipeDefault(field),
  );
}

/** Which model `train` trains; its recipe's fields are those of `--set`. */
export const trainedModelOption = () =>
  choiceOption(
    "--model <name>",
    "what to train: the paper's own model or a rival (see docs/models.md); defaults of other options are those of mmgan",
    MODEL_NAMES,
    "mmgan",
  );
export const recipeOption = () =>
  choiceOption("--recipe <name>", "settings to start from", RECIPE_NAMES, "default");
export const netOption = (defaultText: string) =>
  choiceOption("--net <name>", "size of the nets", NETS, defaultText);
export const lossOption = () =>
  choiceOption("--loss <name>", "adversarial loss", LOSSES, recipeDefault("loss"));
export const pairingOption = () =>
  choiceOption(
    "--pairing <name>",
    "how real images choose their generated partner",
    PAIRINGS,
    recipeDefault("pairing"),
  );
export const initOption = () => choiceOption("--init <name>", "starting means", INITS, recipeDefault("init"));
export const seedOption = (help: string = RANGES.seed.help, defaultText = "0") =>
  numberOption("--seed <n>", help, RANGES.seed, defaultText);
/** Seeds at most in one command: a slip of the keyboard must not start a million trainings. */
const SEEDS_MAX = 1000;
/** Several seeds as "1..3" or "0,4,7". */
export const seedsOption = () =>
  new Option(
    "--seeds <list>",
    `train each of several seeds, into --out/seed-<n> (1..3 or 0,4,7; at most ${SEEDS_MAX}; default: only --seed)`,
  ).argParser(parseSeeds);
export const jobsOption = () =>
  numberOption(
    "--jobs <n>",
    "trainings side by side with --seeds, short runs with --restarts",
    THREADS,
    "one a seed or short run, at most one a core",
  );
/** As the trainer has them; options.test.ts compares. */
export const CANDIDATES_MAX = 64;
export const RESTARTS: Range = { min: 1, max: 64, integer: true };
/** One K, or several as "8..16" or "5,10,20". */
export const clustersOption = () =>
  new Option(
    "--clusters <k>",
    `${RANGES.clusters.help} (${ruleText(RANGES.clusters)}; or several, 8..16 or 5,10,20, of which the most stable is taken; at most ${CANDIDATES_MAX}; default: none)`,
  ).argParser(parseClusters);
export const restartsOption = () =>
  numberOption(
    "--restarts <n>",
    "short runs of E from as many seeds, whose agreement chooses among several --clusters, and of which the best goes on",
    RESTARTS,
    "3 with several --clusters, else off",
  );
export const restartStepsOption = () =>
  numberOption("--restart-steps <n>", "steps of each short run", RANGES.steps, "200");

/** @throws ArgumentError unless `text` is a number, FIRST..LAST or an ascending list, within range */
export function parseClusters(text: string): number | number[] {
  if (!/\.\.|,/.test(text)) return parseNumber("--clusters", RANGES.clusters, text);
  const range = /^(\d+)\.\.(\d+)$/.exec(text);
  const [first, last] = [Number(range?.[1]), Number(range?.[2])];
  const count = range ? last - first + 1 : 0;
  const several = range
    ? Array.from({ length: count > 1 && count <= CANDIDATES_MAX ? count : 0 }, (_, i) => first + i)
    : text.split(",").map((k) => (/^\d+$/.test(k) ? Number(k) : Number.NaN));
  const known = several.every((k, i) => k > (several[i - 1] ?? 1) && k <= RANGES.clusters.max);
  if (!known || several.length < 2 || several.length > CANDIDATES_MAX)
    throw new ArgumentError(
      expected(
        `a number, FIRST..LAST or ascending numbers with commas, 2 to ${CANDIDATES_MAX} of them from 2 to ${RANGES.clusters.max},`,
        "--clusters",
        text,
      ),
    );
  return several;
}

/** Candidates as the option takes them: "8..16" where each follows the one before, else "5,10,20". */
export function clustersText(candidates: readonly number[]): string {
  const [first, last] = [candidates[0]!, candidates.at(-1)!];
  if (candidates.length === 1) return `${first}`;
  return last - first === candidates.length - 1 ? `${first}..${last}` : candidates.join(",");
}

const FITS = ["contain", "cover", "stretch"] as const;
export const fitOption = () =>
  choiceOption(
    "--fit <name>",
    "pictures that are not square: whole with bars, cut, or squeezed",
    FITS,
    "contain",
  );

/** @throws ArgumentError unless `text` is FIRST..LAST or a list of different seeds */
export function parseSeeds(text: string): number[] {
  const range = /^(\d+)\.\.(\d+)$/.exec(text);
  const [first, last] = [Number(range?.[1]), Number(range?.[2])];
  const count = range ? last - first + 1 : 0;
  const seeds = range
    ? Array.from({ length: count > 0 && count <= SEEDS_MAX ? count : 0 }, (_, i) => first + i)
    : text.split(",").map((seed) => (/^\d+$/.test(seed) ? Number(seed) : Number.NaN));
  const known = seeds.every((seed) => seed <= RANGES.seed.max) && new Set(seeds).size === seeds.length;
  if (!known || seeds.length === 0 || seeds.length > SEEDS_MAX)
    throw new ArgumentError(
      expected(`FIRST..LAST or different seeds with commas, 1 to ${SEEDS_MAX} of them`, "--seeds", text),
    );
  return seeds;
}

/** What the commands take that go on from `mmgan cluster`. */
export const RESULTS_ARGUMENT = "file that mmgan cluster wrote: .csv, .jsonl or .parquet";
export const rootOption = () =>
  new Option(
    "--root <folder>",
    "where the pictures lie now (default: where they lay when they were clustered)",
  );

/** What `inspect` and `evaluate` take, and `--model` of the others. */
export const BUNDLE_ARGUMENT = "folder written by mmgan export, or a shipped model's name (see mmgan models)";
export const modelOption = () => required(new Option("--model <name|bundle>", BUNDLE_ARGUMENT));
export const deviceOption = (help = "where the model runs") =>
  choiceOption("--device <name>", help, DEVICES, "auto");
export const fallbackOption = () =>
  choiceOption(
    "--fallback <name>",
    "an operator the device lacks: refuse, or run it on the CPU",
    FALLBACKS,
    "none",
  );
const TUNE = ["on", "off"] as const;
export const tuneOption = () =>
  choiceOption(
    "--tune <name>",
    "time the forms of convolutions on the device first, some seconds that are kept for the next time",
    TUNE,
    "MMGAN_TUNE, else off",
  );
/** Whether to tune: the option, else the environment's word, else no. */
export const isTuned = (option: string | undefined): boolean => (option ?? process.env.MMGAN_TUNE) === "on";
export const engineOption = () =>
  choiceOption("--engine <name>", "what runs the training step", ENGINES, "onnx");
export const threadsOption = (defaultText = "all cores, at most 16") =>
  numberOption("--threads <n>", "CPU threads", THREADS, defaultText);
export const dataDirOption = () =>
  new Option(
    "--data-dir <folder>",
    "where data sets are looked for first (default: MMGAN_DATA, then the user's cache)",
  );
export const jsonOption = () => new Option("--json", "print one JSON document on stdout (default: off)");
export const splitOption = (fallback: string) =>
  choiceOption("--split <name>", "part of the data set", SPLITS, fallback);
export const sizeOption = (
  defaultText = "the data set's own; of a folder 32, or its pictures' where all are one square of 8 to 32",
) => numberOption("--size <px>", IMAGE_SIZE.help, IMAGE_SIZE, defaultText);
export function channelsOption(): Option {
  const option = choiceOption(
    "--channels <n>",
    "grey or colour",
    ["1", "3"],
    "the data set's own; of a folder 3, or 1 where all its pictures are grey",
  );
  const check = option.parseArg!;
  return option.argParser((text: string) => Number(check(text, undefined)));
}
