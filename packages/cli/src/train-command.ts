/** The command line that trains what a run's config.json says. */

import type { ChoiceRequest, TrainConfig } from "@mmgan/trainer";
import { clustersText, SETTING_OPTIONS } from "./options.js";

type Trainer = typeof import("@mmgan/trainer");
type Fields = Record<string, unknown>;

/** Field of the recipe -> its own option; the others go through `--set`. */
const OPTIONS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(SETTING_OPTIONS).map(([option, field]) => [field, `--${option}`])),
  loss: "--loss",
  pairing: "--pairing",
  init: "--init",
};

/**
 * `mmgan train ...` with an option for every field in which `config` departs from its recipe. It trains the same on the same
 * engine; a folder of data is named as it was given.
 *
 * @param out - the run folder to name
 * @param choice - what was asked of the choice of K and seed, where the run began with one
 */
export function trainCommand(
  { DATASETS, isDatasetName, resolveConfig }: Pick<Trainer, "DATASETS" | "isDatasetName" | "resolveConfig">,
  config: TrainConfig,
  out: string,
  choice?: ChoiceRequest,
): string {
  const { model, data, clusters, recipe, split, input } = config;
  const known = isDatasetName(data) ? DATASETS[data] : undefined;
  const words = ["mmgan", "train", ...(model === "mmgan" ? [] : ["--model", model]), "--data", data];
  words.push("--clusters", choice ? clustersText(choice.candidates) : `${clusters}`);
  if (choice) words.push("--restarts", `${choice.restarts}`, "--restart-steps", `${choice.steps}`);
  words.push("--recipe", recipe);
  if (split !== (known ? "train" : "all")) words.push("--split", split);
  if (input.kind === "image") {
    // What a folder is trained at depends on its files, and they may change.
    if (input.height !== known?.defaults.size) words.push("--size", `${input.height}`);
    if (input.channels !== (known && 1)) words.push("--channels", `${input.channels}`);
    if (input.fit !== "contain") words.push("--fit", input.fit);
  }
  // A choice gives a training its only start.
  const fixed: Fields = choice ? { starts: 1 } : {};
  for (const [field, value] of Object.entries(overridesOf(resolveConfig, config, fixed))) {
    if (field in fixed) continue;
    const option = OPTIONS[field];
    words.push(...(option ? [option, `${value}`] : ["--set", `${field}=${value}`]));
  }
  words.push("--seed", `${choice?.seed ?? config.seed}`, "--out", out);
  return words.map(quoted).join(" ");
}

/** The fields to override so that the recipe resolves to `config`; "augmentation.NAME" for the augmentation's. */
function overridesOf(resolveConfig: Trainer["resolveConfig"], config: TrainConfig, fixed: Fields): Fields {
  const count = Number.MAX_SAFE_INTEGER; // the number of images only limits K
  const wanted = flat(config);
  let overrides = fixed;
  // An override may move other fields (fewer steps, fewer of E alone), so: until nothing differs.
  for (;;) {
    const resolved = flat(resolveConfig({ ...config, count, overrides: nested(overrides) }));
    const missing = Object.entries(wanted).filter(([field, value]) => resolved[field] !== value);
    if (missing.length === 0) return overrides;
    overrides = { ...overrides, ...Object.fromEntries(missing) };
  }
}

const PREFIX = "augmentation.";

/** The fields with a plain value; those of the augmentation with its name before theirs. */
function flat({ augmentation, ...config }: TrainConfig): Fields {
  const plain = Object.entries(config).filter(([, value]) => typeof value !== "object");
  return {
    ...Object.fromEntries(plain),
    ...Object.fromEntries(Object.entries(augmentation).map(([name, value]) => [PREFIX + name, value])),
  };
}

function nested(fields: Fields): Fields {
  const own = Object.entries(fields).filter(([name]) => !name.startsWith(PREFIX));
  const inner = Object.entries(fields).filter(([name]) => name.startsWith(PREFIX));
  const augmentation = Object.fromEntries(inner.map(([name, value]) => [name.slice(PREFIX.length), value]));
  return { ...Object.fromEntries(own), augmentation };
}

/** As a POSIX shell takes a word. */
const quoted = (word: string) =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
