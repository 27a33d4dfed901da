/** `--set FIELD=VALUE`: every field of a recipe, also those without an option of their own. */

import { ArgumentError, expected, unknownName } from "@mmgan/core";
import {
  ALL_FIELDS,
  AUGMENTATION_RANGES,
  FIELD_CHOICES,
  FIELD_RANGES,
  fieldsOf,
  MODEL_NAMES,
} from "@mmgan/trainer/config";
import { DATA_SETTINGS } from "@mmgan/trainer/recipes";
import { Option } from "commander";
import { parseNumber } from "./options.js";

/** Overrides as the trainer takes them; an augmentation's field is nested. */
export type Overrides = Record<string, unknown> & { augmentation?: Record<string, number | boolean> };

const NESTED = "augmentation.";
const FLIP = `${NESTED}flip`;

/** Every name `--set` takes, for some model. */
export const SET_FIELDS: readonly string[] = [
  ...ALL_FIELDS,
  ...Object.keys(AUGMENTATION_RANGES).map((name) => NESTED + name),
  FLIP,
];

export function setOption(): Option {
  return new Option(
    "--set <field=value>",
    `override any field of the recipe, repeatable (fields: ${fieldNames()}; default: none; ${dataSettings()})`,
  ).argParser((text: string, previous: Overrides | undefined) => parseSetting(text, previous));
}

/** MMGAN's fields and those of the augmentation, then the ones that each rival has and MMGAN has not. */
function fieldNames(): string {
  const own = fieldsOf("mmgan");
  const rivals = MODEL_NAMES.map((model) => {
    const more = fieldsOf(model).filter((field) => !own.includes(field));
    return more.length === 0 ? "" : `; of ${model} also ${more.join(", ")}`;
  });
  const nested = SET_FIELDS.filter((field) => field.startsWith(NESTED));
  return [...own, ...nested].join(", ") + rivals.join("");
}

/** "the recipe default has walk=128 for digits" */
function dataSettings(): string {
  return Object.entries(DATA_SETTINGS)
    .map(([data, settings]) => {
      const fields = Object.entries(settings).map(([field, value]) => `${field}=${value}`);
      return `the recipe default has ${fields.join(", ")} for ${data}`;
    })
    .join("; ");
}

/**
 * Reads one FIELD=VALUE on top of those before it.
 *
 * @throws ArgumentError for a missing "=" or a value out of range, UnknownNameError for a field or name that does not
 *   exist
 */
export function parseSetting(text: string, previous: Overrides = {}): Overrides {
  const [field, ...rest] = text.split("=");
  if (!field || rest.length === 0) throw new ArgumentError(expected("FIELD=VALUE", "--set", text));
  if (!SET_FIELDS.includes(field)) throw unknownName("--set", field, SET_FIELDS);
  const value = parseValue(field, rest.join("="));
  if (!field.startsWith(NESTED)) return { ...previous, [field]: value };
  const augmentation = { ...previous.augmentation, [field.slice(NESTED.length)]: value as number | boolean };
  return { ...previous, augmentation };
}

function parseValue(field: string, text: string): number | string | boolean {
  const name = `--set ${field}`;
  const choices = FIELD_CHOICES[field];
  if (choices) {
    if (choices.includes(text)) return text;
    throw unknownName(name, text, choices);
  }
  const ranges: Record<string, { min: number; max: number; integer?: boolean }> = field.startsWith(NESTED)
    ? AUGMENTATION_RANGES
    : FIELD_RANGES;
  const range = ranges[field.slice(field.startsWith(NESTED) ? NESTED.length : 0)];
  if (range) return parseNumber(name, range, text);
  if (text === "true" || text === "false") return text === "true";
  throw new ArgumentError(expected("true or false", name, text));
}
