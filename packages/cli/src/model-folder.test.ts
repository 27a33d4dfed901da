import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UnknownNameError } from "@mmgan/core";
import { modelPath } from "@mmgan/models";
import { afterEach, beforeEach, expect, it } from "vitest";
import { modelFolder } from "./model-folder.js";

const start = process.cwd();
let folder = "";
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "mmgan-models-")));
  process.chdir(folder);
});
afterEach(async () => {
  process.chdir(start);
  await rm(folder, { recursive: true, force: true });
});

it("a shipped model's name is its folder", async () => {
  expect(await modelFolder("digits")).toBe(modelPath("digits"));
});

it("a bundle here comes first, a folder of pictures or a file of that name does not count", async () => {
  await mkdir("digits");
  expect(await modelFolder("digits")).toBe(modelPath("digits"));
  await writeFile("digits/manifest.json", "{}");
  await writeFile("moons", "");
  await mkdir("mine");
  expect(await modelFolder("digits")).toBe("digits");
  expect(await modelFolder("mine")).toBe("mine");
  expect(await modelFolder("moons")).toBe(modelPath("moons"));
});

it("what looks like a path is one, there or not", async () => {
  for (const path of ["./digits", "runs/digits", "..", "C:\\models\\digits"])
    expect(await modelFolder(path)).toBe(path);
});

it("anything else is a misspelt name", async () => {
  const error = await modelFolder("digist").catch((cause) => cause);
  expect(error).toBeInstanceOf(UnknownNameError);
  expect(error.message).toMatch(/for model but received digist\. Did you mean digits\?$/);
});
