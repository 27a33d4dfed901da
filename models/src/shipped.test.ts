import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { UnknownNameError } from "@mmgan/core";
import { expect, it } from "vitest";
import { listModels, modelNames, modelPath } from "./shipped.js";

it("has the models that cost minutes to train", () => {
  expect(modelNames()).toEqual(expect.arrayContaining(["digits", "moons"]));
  expect([...modelNames()].sort()).toEqual(modelNames());
});

it("names folders that hold a bundle each, and no others", () => {
  for (const name of modelNames()) expect(existsSync(join(modelPath(name), "encoder.onnx"))).toBe(true);
  expect(modelNames()).not.toContain("src");
});

it("offers the nearest name", () => {
  const ask = () => modelPath("digit");
  expect(ask).toThrow(UnknownNameError);
  expect(ask).toThrow(/^Expected one of .*digits.* for model but received digit\. Did you mean digits\?$/);
  for (const outside of ["..", ".", "", "src", "digits/.."])
    expect(() => modelPath(outside)).toThrow(UnknownNameError);
});

it("lists each with its manifest and its size on disk", async () => {
  const models = await listModels();
  expect(models.map(({ name }) => name)).toEqual(modelNames());
  for (const { name, path, bytes, manifest } of models) {
    expect(manifest.name).toBe(name);
    const sizes = readdirSync(path).map((file) => statSync(join(path, file)).size);
    expect(bytes).toBe(sizes.reduce((a, b) => a + b, 0));
  }
});
