import { readdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ArgumentError, UnknownNameError } from "@mmgan/core";
import { DATASET_NAMES } from "@mmgan/trainer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseExperiment } from "./experiment.js";
import { readExperiment } from "./experiment-files.js";
import { planRuns } from "./plan.js";
import { experimentText } from "./testing.js";

const FOLDER = fileURLToPath(new URL("../../../../experiments", import.meta.url));
const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".json"))
  .map((file) => file.replace(/\.json$/, ""));

describe("the repository's experiments", () => {
  it("are those of the paper, and the ablation", () => {
    expect(names.sort()).toEqual(
      [
        "ablation",
        "clustering",
        "clustering-fashion",
        "figure3",
        "figure4",
        "figure5",
        "figure6",
        "rivals",
        "table1",
        "table1-rivals-short",
        "table1-short",
        "table2",
      ].sort(),
    );
  });

  it.each(names)("%s: every run has a valid config, in full and quick", async (name) => {
    const experiment = await readExperiment(name);
    for (const quick of [false, true]) {
      const { cells, seeds, columns } = planRuns(experiment, { out: "runs", quick });
      expect(columns.length).toBeGreaterThan(0);
      expect(cells.every(({ runs }) => runs.length === seeds.length)).toBe(true);
    }
    const { seeds } = experiment;
    if (seeds.length > 1) expect(seeds).toEqual([11, 12, 13, 14, 15].slice(0, seeds.length));
  });

  it("table1 has all losses with and without pairing, by both recipes, on all four data sets", async () => {
    const { cells } = planRuns(await readExperiment("table1"), { out: "runs", quick: false });
    for (const data of DATASET_NAMES.filter((name) => name !== "digits")) {
      const configs = cells
        .flatMap(({ runs }) => runs[0]!.spec)
        .flatMap((spec) => (spec.kind === "training" && spec.data === data ? [spec] : []));
      const own = configs.flatMap(({ config }) => (config.model === "mmgan" ? [config] : []));
      const paper = own.filter(({ recipe }) => recipe === "paper");
      const kinds = paper.map(({ loss, pairing }) => `${loss} ${pairing === "off"}`);
      expect(new Set(kinds).size).toBe(6);
      const extensions = configs.filter(
        ({ config }) => own.includes(config as never) && config.recipe === "default",
      );
      expect(extensions.map(({ model }) => model)).toEqual(["mmgan", "encoder"]);
    }
  });

  it("the same training in two tables is one run", async () => {
    const folders = async (name: string) =>
      planRuns(await readExperiment(name), { out: "runs", quick: false }).cells.flatMap(({ runs }) =>
        runs.map(({ folder }) => folder),
      );
    const [one, two] = [new Set(await folders("table1")), await folders("table2")];
    expect(two.every((folder) => one.has(folder))).toBe(true);
  });
});

describe("a malformed file", () => {
  const wrong: [string, Record<string, unknown>, RegExp][] = [
    ["seeds", { seeds: [1, -2] }, /field seeds\.1 of x\.json but received -2/],
    ["seeds twice", { seeds: [3, 3] }, /different seeds for field seeds of x\.json/],
    ["title", { title: undefined }, /field title of x\.json but received nothing/],
    [
      "a data set",
      { columns: [{ label: "a", data: "mnits" }] },
      /one of moons.*field columns\.0\.data.*mnits/,
    ],
    [
      "a model",
      { rows: [{ label: "a", model: "gan", recipe: "paper" }] },
      /one of mmgan.*field rows\.0\.model/,
    ],
    ["a field", { colour: "red" }, /Expected no field colour in x\.json/],
    [
      "a published figure",
      {
        rows: [
          {
            label: "a",
            model: "mmgan",
            recipe: "paper",
            published: { moons: { nmi: { mean: 64 }, ari: { mean: 0 }, purity: { mean: 0 } } },
          },
        ],
      },
      /from -1 to 1 for field rows\.0\.published\.moons\.nmi\.mean of x\.json but received 64/,
    ],
    ["a label", { rows: [1, 2].map(() => ({ label: "a", model: "mmgan", recipe: "paper" })) }, /a twice/],
    [
      "quick's rows",
      { quick: { seeds: [1], rows: ["b"], steps: { moons: 1 } } },
      /field quick\.rows.*received b/,
    ],
  ];
  it.each(wrong)("names %s", (_, changes, message) => {
    const parse = () => parseExperiment(experimentText(changes), "x.json");
    expect(parse).toThrow(ArgumentError);
    expect(parse).toThrow(message);
  });

  it("that is no JSON", () => {
    expect(() => parseExperiment("{,", "x.json")).toThrow(/Expected JSON in x\.json/);
  });
});

describe("a folder of experiments", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mmgan-experiments-"));
    await writeFile(join(folder, "small.json"), experimentText());
    await writeFile(join(folder, "other.json"), experimentText());
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("gives the file of a name, and the nearest name to a misspelt one", async () => {
    expect((await readExperiment("small", folder)).seeds).toEqual([1, 2]);
    await expect(readExperiment("smal", folder)).rejects.toThrow(UnknownNameError);
    await expect(readExperiment("smal", folder)).rejects.toThrow(/Did you mean small\?/);
  });

  it("takes what an experiment leaves out from the one that it extends", async () => {
    const [row] = (await readExperiment("small", folder)).rows;
    const change = {
      extends: "small",
      name: "smaller",
      seeds: [3],
      rows: [{ label: row!.label, steps: { moons: 7 } }],
    };
    await writeFile(join(folder, "smaller.json"), JSON.stringify(change));
    const { name, seeds, title, rows, columns } = await readExperiment("smaller", folder);
    const base = await readExperiment("small", folder);
    expect({ name, seeds, title, columns }).toEqual({
      ...{ name: "smaller", seeds: [3] },
      ...{ title: base.title, columns: base.columns },
    });
    expect(rows).toEqual(base.rows.map((each, i) => (i === 0 ? { ...each, steps: { moons: 7 } } : each)));
  });

  it("leaves out the rows that an extending experiment names", async () => {
    const [, row] = (await readExperiment("small", folder)).rows;
    const fewer = (label: string) =>
      writeFile(
        join(folder, "fewer.json"),
        JSON.stringify({ extends: "small", name: "fewer", without: [label] }),
      );
    await fewer(row!.label);
    const { rows } = await readExperiment("small", folder);
    expect((await readExperiment("fewer", folder)).rows).toEqual(rows.slice(0, 1));
    await fewer("no such row");
    await expect(readExperiment("fewer", folder)).rejects.toThrow(
      /field without of .*fewer\.json.*no such row/,
    );
  });

  it("refuses to extend what is not there, and a change to a row that is not", async () => {
    const extend = (fields: object) =>
      writeFile(join(folder, "bad.json"), JSON.stringify({ name: "bad", ...fields }));
    await extend({ extends: "nothing" });
    await expect(readExperiment("bad", folder)).rejects.toThrow(
      /for field extends of .*but received nothing/,
    );
    await extend({ extends: "bad" });
    await expect(readExperiment("bad", folder)).rejects.toThrow(/for field extends of/);
    await extend({ extends: "small", rows: [{ label: "no such row" }] });
    await expect(readExperiment("bad", folder)).rejects.toThrow(/label of a row of small\.json.*no such row/);
  });

  it("refuses a file of another name, and a folder that is not there", async () => {
    await expect(readExperiment("other", folder)).rejects.toThrow(/Expected other for field name/);
    await expect(readExperiment("small", join(folder, "none"))).rejects.toThrow(/--experiments/);
  });
});
