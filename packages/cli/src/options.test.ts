import { ArgumentError, UnknownNameError } from "@mmgan/core";
import { expect, it } from "vitest";
import { choiceOption, numberOption, parseNumber, recipeDefault, settingOption } from "./options.js";

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
  expect(settingOption("batch", "m").description).toMatch(
    /an integer from 2 to 8192; default: 256, recipe paper: 64/,
  );
  expect(recipeDefault("alpha")).toBe("1");
});
