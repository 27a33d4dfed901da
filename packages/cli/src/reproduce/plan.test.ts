import { join } from "node:path";
import { UnknownNameError } from "@mmgan/core";
import { firstGanStep, type MmganConfig } from "@mmgan/trainer";
import { describe, expect, it } from "vitest";
import { parseExperiment } from "./experiment.js";
import { canonical, planRuns, specHash, type TrainingSpec } from "./plan.js";
import { experimentText } from "./testing.js";

const plan = (changes = {}, options = {}) =>
  planRuns(parseExperiment(experimentText(changes), "x.json"), { out: "runs", quick: false, ...options });

const training = (changes = {}, options = {}) =>
  plan(changes, options).cells[0]!.runs[0]!.spec as TrainingSpec;

describe("planRuns", () => {
  it("goes column by column, rows then baselines; a row may be of some data only", () => {
    expect(plan().cells.map(({ column, row }) => `${column}: ${row}`)).toEqual([
      "digits: row <1>",
      "digits: alone",
      "digits: k-means",
      "Moon: row <1>",
      "Moon: k-means",
    ]);
  });

  it("settles the whole config: recipe, loss, overrides, steps, seed, split", () => {
    expect(training().config).toMatchObject({
      ...{ recipe: "paper", loss: "rsgan", pairing: "off", steps: 30, seed: 1, split: "train" },
      ...{ clusters: 10, information: 0, input: { kind: "image", height: 8, width: 8, channels: 1 } },
    });
    const moons = plan().cells[3]!.runs[1]!.spec as TrainingSpec;
    expect(moons.config).toMatchObject({ steps: 6000, seed: 2, split: "all", clusters: 2 });
    expect(moons).toMatchObject({ train: "all", score: "all" });
  });

  it("quick has its own seeds, rows, steps and data", () => {
    const quick = plan({}, { quick: true });
    expect(quick.cells.map(({ column, row }) => `${column}: ${row}`)).toEqual([
      "Moon: row <1>",
      "Moon: k-means",
    ]);
    expect(quick.cells[0]!.runs.map(({ spec }) => spec.seed)).toEqual([1]);
    expect((quick.cells[0]!.runs[0]!.spec as TrainingSpec).config.steps).toBe(20);
  });

  it("scores what is generated where the experiment says so, never when quick", () => {
    expect([plan(), plan({ generation: true })].map(({ generation }) => generation)).toEqual([false, true]);
    expect(plan({ generation: true }, { quick: true }).generation).toBe(false);
  });

  it("leaves out the data sets that are not there", () => {
    expect(plan({}, { without: new Set(["digits"]) }).columns.map(({ label }) => label)).toEqual(["Moon"]);
  });

  it("encoder alone never trains the GAN, the starts of the recipe included", () => {
    const config = (plan().cells[1]!.runs[0]!.spec as TrainingSpec).config as MmganConfig;
    expect(config.recipe).toBe("default");
    expect(config.starts).toBeGreaterThan(1);
    expect(firstGanStep(config)).toBe(config.steps);
  });

  it("encoder alone is refused for a recipe without an information term", () => {
    const rows = [{ label: "alone", model: "encoder", recipe: "paper" }];
    expect(() => plan({ rows, quick: { seeds: [1], steps: { moons: 1 } } })).toThrow(
      /small, row alone, column digits: .*information term/,
    );
  });

  it("names row and column of an override that does not exist", () => {
    const rows = [{ label: "a", model: "mmgan", recipe: "paper", overrides: { ballance: 1 } }];
    const wrong = () => plan({ rows, quick: { seeds: [1], steps: { moons: 1 } } });
    expect(wrong).toThrow(UnknownNameError);
    expect(wrong).toThrow(/small, row a, column digits: .*ballance.*Did you mean balance/);
  });
});

describe("the folder of a run", () => {
  it("is the same for all seeds but its last part, and another for whatever else differs", () => {
    const [one, two] = plan().cells[0]!.runs;
    expect(one!.folder).toMatch(/^runs.digits-mmgan-paper-test-[0-9a-f]{12}.seed-1$/);
    expect(join(one!.folder, "..", "seed-2")).toBe(two!.folder);
    const row = { label: "row <1>", model: "mmgan", recipe: "paper" };
    const hashes = [
      {},
      { rows: [row] },
      { rows: [{ ...row, loss: "sgan" }] },
      { rows: [{ ...row, steps: { digits: 31 } }] },
      { rows: [{ ...row, snapshots: [1] }] },
      { columns: [{ label: "digits", data: "digits", score: "all" }], rows: [row] },
    ].map((changes) => specHash(training(changes)));
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it("does not hang on labels or on the order of fields", () => {
    const row = { label: "row <1>", model: "mmgan", recipe: "paper", loss: "sgan", overrides: { alpha: 2 } };
    const other = { recipe: "paper", overrides: { alpha: 2 }, loss: "sgan", model: "mmgan", label: "other" };
    const quick = { seeds: [1], steps: { moons: 1 } };
    expect(specHash(training({ rows: [row], quick }))).toBe(specHash(training({ rows: [other], quick })));
    expect(canonical({ b: [{ d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[{"c":2,"d":1}]}');
  });
});
