import { ArgumentError, UnknownNameError } from "@mmgan/core";
import * as gallery from "@mmgan/gallery";
import * as runtime from "@mmgan/runtime-node";
import * as trainer from "@mmgan/trainer";
import { expect, it } from "vitest";
import { GALLERY_LIMIT, GALLERY_ORIGINALS, GALLERY_THUMBNAIL } from "./commands/gallery.js";
import {
  choiceOption,
  DEVICES,
  ENGINES,
  FALLBACKS,
  lossOption,
  numberOption,
  parseNumber,
  recipeDefault,
  SETTING_OPTIONS,
  SPLITS,
  settingOption,
} from "./options.js";
import { setOption } from "./set-option.js";

it("reads integers and numbers within their range, both ends included", () => {
  expect(parseNumber("--n", { min: 1, max: 8, integer: true }, "8")).toBe(8);
  expect(parseNumber("--w", { min: 0, max: 1 }, "2e-1")).toBe(0.2);
  expect(parseNumber("--w", { min: -1, max: 1 }, "-.5")).toBe(-0.5);
});

it.each(["0", "9", "1.5", "", "two", "0x2", "Infinity", "3 "])(
  "refuses %j for an integer from 1 to 8",
  (text) => {
    const parse = () => parseNumber("--clusters", { min: 1, max: 8, integer: true }, text);
    expect(parse).toThrow(ArgumentError);
    expect(parse).toThrow(`Expected an integer from 1 to 8 for --clusters but received ${text}.`);
  },
);

it("states range and default in the help", () => {
  const option = numberOption("--count <n>", "samples", { min: 1, max: 9, integer: true }, "3");
  expect(option.description).toBe("samples (an integer from 1 to 9; default: 3)");
});

it("offers the nearest choice", () => {
  const option = choiceOption("--loss <name>", "loss", ["sgan", "rsgan", "crasgan"], "crasgan");
  const parse = () => option.parseArg!("rsgna", undefined);
  expect(parse).toThrow(UnknownNameError);
  expect(parse).toThrow(
    "Expected one of sgan, rsgan, crasgan for --loss but received rsgna. Did you mean rsgan?",
  );
  expect(option.parseArg!("sgan", undefined)).toBe("sgan");
});

it("takes ranges and defaults of training options from the trainer's table", () => {
  expect(settingOption("batch", "m").description).toContain(
    "an integer from 2 to 8192; default: 256, recipe paper: 64, points: 256)",
  );
  expect(recipeDefault("alpha")).toBe("1");
});

it("states the defaults that training really takes, for pictures and for points", () => {
  const image = { kind: "image", height: 8, width: 8, channels: 1, fit: "contain" } as const;
  const point = { kind: "point", dim: 2 } as const;
  for (const field of [...Object.values(SETTING_OPTIONS), "loss", "pairing", "init"] as const) {
    const taken = (recipe: "default" | "paper", input: typeof image | typeof point) =>
      trainer.resolveConfig({ data: "folder", clusters: 2, count: 100, recipe, input })[field];
    const [own, ...others] = recipeDefault(field).split(", ");
    const said = Object.fromEntries(others.map((part) => part.split(": ")));
    expect(own).toBe(`${taken("default", image)}`);
    expect(said["recipe paper"] ?? own).toBe(`${taken("paper", image)}`);
    for (const recipe of ["default", "paper"] as const)
      expect(said.points ?? `${taken(recipe, image)}`, field).toBe(`${taken(recipe, point)}`);
  }
  expect(lossOption().description).toMatch(/; default: crasgan, points: rsgan\)$/);
});

it("states where a data set's settings differ", () => {
  const said = /the recipe default has ([^;)]*) for digits/.exec(setOption().description)![1]!;
  const fields = said.split(", ").map((part) => part.split("=") as [keyof trainer.Settings, string]);
  expect(fields.length).toBeGreaterThan(0);
  const input = { kind: "image", height: 8, width: 8, channels: 1, fit: "contain" } as const;
  const taken = trainer.resolveConfig({ data: "digits", clusters: 10, count: 1438, input });
  const differing = Object.entries(trainer.RECIPES.default).filter(
    ([field, value]) => taken[field as keyof trainer.Settings] !== value,
  );
  expect(fields.map(([field]) => field).sort()).toEqual(differing.map(([field]) => field).sort());
  for (const [field, value] of fields) expect(value, field).toBe(`${taken[field]}`);
});

it("has the devices, engines and splits that there are", () => {
  expect(DEVICES).toEqual(runtime.DEVICES);
  expect(ENGINES).toEqual(trainer.ENGINES);
  expect(GALLERY_ORIGINALS).toEqual(gallery.ORIGINALS);
  expect(GALLERY_THUMBNAIL).toEqual(gallery.THUMBNAIL_RANGE);
  expect(GALLERY_LIMIT).toEqual(gallery.LIMIT_RANGE);
  expect(SPLITS).toEqual(trainer.SPLITS);
  expect(FALLBACKS).toEqual(trainer.FALLBACKS);
});
