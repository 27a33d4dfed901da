import { UnknownNameError } from "@mmgan/core";
import { expect, test } from "vitest";
import { DATASET_NAMES, DATASETS, datasetInfo, isDatasetName } from "./catalogue.js";
import { splitIndices } from "./split.js";

test.each(DATASET_NAMES)("%s: counts, classes and files agree with one another", (name) => {
  const info = DATASETS[name];
  expect(info.name).toBe(name);
  expect(info.counts.train + info.counts.test).toBe(info.counts.all);
  expect(info.defaults.clusters).toBe(info.classNames.length);
  expect(new Set(info.classNames).size).toBe(info.classNames.length);
  expect(info.kind === "image" ? info.image : info.dim).toBeDefined();
  if (info.splits === "every-fifth")
    expect(splitIndices(info.counts.all, "test").length).toBe(info.counts.test);
  expect(info.files.length > 0).toBe(info.source !== "generated");
  for (const file of info.files) {
    expect(file.content.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(file.mirrors.length > 0).toBe(info.source === "download");
    for (const mirror of file.mirrors) expect(new URL(mirror).pathname.endsWith(`/${file.name}`)).toBe(true);
  }
});

test.each(["mnist", "fashion-mnist"] as const)("%s: IDX sizes follow from counts and shape", (name) => {
  const { files, counts } = DATASETS[name];
  expect(files.map(({ content }) => content.bytes)).toEqual([
    16 + counts.train * 28 * 28,
    8 + counts.train,
    16 + counts.test * 28 * 28,
    8 + counts.test,
  ]);
});

test("names of Object.prototype are no data sets", () => {
  expect(isDatasetName("constructor")).toBe(false);
  expect(() => datasetInfo("constructor")).toThrow(UnknownNameError);
  expect(datasetInfo("mnist")).toBe(DATASETS.mnist);
});
