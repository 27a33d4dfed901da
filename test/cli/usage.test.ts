/** Command lines that cannot be run as typed: exit 2, one line on stderr that says what to type instead. */

import { expect, it } from "vitest";
import { lastLine, mmgan } from "./mmgan.js";

const TRAIN = ["train", "--data", "digits", "--clusters", "10", "--out", "never-written"];

it.each([
  ["an unknown command", ["trian"], "Unknown command 'trian'. Did you mean train? (E_USAGE)"],
  ["an unknown sub-command", ["data", "lst"], "Unknown command 'lst'. Did you mean list? (E_USAGE)"],
  [
    "an unknown option, before a missing one",
    ["train", "--stepz", "3"],
    "Unknown option '--stepz'. Did you mean --steps? (E_USAGE)",
  ],
  [
    "too many arguments",
    ["inspect", "a", "b"],
    "Too many arguments for 'inspect'. Expected 1 argument but got 2.",
  ],
  ["a missing argument", ["export", "--out", "b"], "Missing required argument 'run'. (E_USAGE)"],
  ["a missing value", ["train", "--out"], "Option '--out <run>' argument missing. (E_USAGE)"],
  [
    "a missing option",
    ["train", "--data", "digits", "--clusters", "10"],
    "Expected run folder to write for --out <run> but received nothing. Run mmgan train --help for all options. (E_ARGUMENT)",
  ],
  [
    "data left out of a new training",
    ["train", "--clusters", "3", "--out", "r"],
    "--data <name|folder> but received nothing",
  ],
  [
    "an unknown loss",
    [...TRAIN, "--loss", "rsgna"],
    "Expected one of sgan, sgan-minimax, rsgan, crasgan for --loss but received rsgna. Did you mean rsgan? (E_UNKNOWN_NAME)",
  ],
  [
    "an unknown recipe",
    [...TRAIN, "--recipe", "papre"],
    "for --recipe but received papre. Did you mean paper? (E_UNKNOWN_NAME)",
  ],
  [
    "an unknown pairing",
    [...TRAIN, "--pairing", "sotf"],
    "for --pairing but received sotf. Did you mean soft? (E_UNKNOWN_NAME)",
  ],
  [
    "an unknown init",
    [...TRAIN, "--init", "hypercub"],
    "Expected one of hypercube, same for --init but received hypercub. Did you mean hypercube? (E_UNKNOWN_NAME)",
  ],
  [
    "an unknown engine",
    [...TRAIN, "--engine", "onxn"],
    "for --engine but received onxn. Did you mean onnx? (E_UNKNOWN_NAME)",
  ],
  [
    "an unknown device",
    [...TRAIN, "--device", "gpu"],
    "Expected one of auto, cpu, webgpu, cuda for --device but received gpu",
  ],
  [
    "an unknown split",
    [...TRAIN, "--split", "tset"],
    "for --split but received tset. Did you mean test? (E_UNKNOWN_NAME)",
  ],
  [
    "K below 1",
    ["train", "--clusters", "0"],
    "Expected an integer from 1 to 1024 for --clusters but received 0. (E_ARGUMENT)",
  ],
  [
    "a negative seed",
    [...TRAIN, "--seed", "-1"],
    "Expected an integer from 0 to 4294967295 for --seed but received -1. (E_ARGUMENT)",
  ],
  [
    "a size no net is made for",
    [...TRAIN, "--size", "7"],
    "Expected an integer from 8 to 128 for --size but received 7. (E_ARGUMENT)",
  ],
  ["half a step", [...TRAIN, "--steps", "0.5"], "for --steps but received 0.5. (E_ARGUMENT)"],
  [
    "no number",
    [...TRAIN, "--alpha", "one"],
    "Expected a number from 0 to 1000 for --alpha but received one. (E_ARGUMENT)",
  ],
  [
    "an unknown field",
    [...TRAIN, "--set", "lossy=1"],
    "for --set but received lossy. Did you mean loss? (E_UNKNOWN_NAME)",
  ],
  [
    "a field without value",
    [...TRAIN, "--set", "ema"],
    "Expected FIELD=VALUE for --set but received ema. (E_ARGUMENT)",
  ],
  [
    "a field out of range",
    [...TRAIN, "--set", "augmentation.shift=9"],
    "Expected a number from 0 to 0.5 for --set augmentation.shift but received 9. (E_ARGUMENT)",
  ],
])("names %s", async (_, args, message) => {
  const run = await mmgan(args);
  expect(run.code).toBe(2);
  expect(run.stdout).toBe("");
  expect(run.stderr.trimEnd().split("\n")).toHaveLength(1);
  expect(lastLine(run)).toMatch(/^mmgan: /);
  expect(lastLine(run)).toContain(message);
});

it("prints help on stdout and exits 0", async () => {
  const run = await mmgan(["train", "--help"]);
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.stdout).toContain("--clusters <k>");
});

it("prints help on stderr and exits 2 without a command", async () => {
  const run = await mmgan([]);
  expect(run).toMatchObject({ code: 2, stdout: "" });
  expect(run.stderr).toContain("quickstart");
});

it("prints the version", async () => {
  const run = await mmgan(["--version"]);
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
