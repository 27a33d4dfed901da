import { readdir, readFile, truncate } from "node:fs/promises";
import { join } from "node:path";
import { scoreClustering } from "@mmgan/core";
import { describe, expect, it } from "vitest";
import { readNewestCheckpoint } from "../loop/checkpoint.js";
import { readRun } from "../loop/run-folder.js";
import { barImages, withFolder } from "../testing/small.js";
import { train } from "../train.js";
import { type ChoiceRequest, readChoice } from "./choice-file.js";
import { type ChooseOptions, chooseClusters } from "./choose-clusters.js";
import { readShortRun, shortRunsFolder } from "./run-file.js";

const KINDS = 5;
const dataset = barImages(300, 10, KINDS);
const request = (changes: Partial<ChoiceRequest> = {}): ChoiceRequest => ({
  ...{ data: dataset.name, candidates: [4, 5, 6], restarts: 2, steps: 30, seed: 3 },
  input: { kind: "image", height: 10, width: 10, channels: 1, fit: "stretch" },
  overrides: {
    ...{ steps: 12, batch: 64, ganBatch: 16, filters: 4, latentDim: 4, walk: 0 },
    ...{ encoderSteps: 4, startSteps: 3, repairs: 1, repairSteps: 2 },
    augmentation: { rotation: 0, scale: 0, shear: 0, shift: 0.02 },
  },
  ...changes,
});
const choose = (out: string, options: Partial<ChooseOptions> = {}, changes: Partial<ChoiceRequest> = {}) =>
  chooseClusters(request(changes), { dataset, out, threads: 1, ...options });

describe("chooseClusters", () => {
  it("finds the planted number of kinds, and leaves a run that train goes on with", () =>
    withFolder(async (out) => {
      const { record, config } = await choose(out);
      expect(record.chosen.clusters).toBe(KINDS);
      expect(record.candidates.map(({ clusters }) => clusters)).toEqual([4, 5, 6]);
      expect(record.runs.map(({ seed }) => seed)).toEqual([3, 4]);
      expect(config).toMatchObject({ clusters: KINDS, seed: record.chosen.seed, starts: 1 });
      expect((await readRun(out)).config).toEqual(config);
      expect(await readChoice(out)).toEqual(record);
      expect((await readdir(out)).sort()).toEqual(["checkpoints", "clusters.json", "config.json", "samples"]);

      const begun = await readNewestCheckpoint(out, config);
      expect(begun).toMatchObject({ step: 3, cursor: 3 * 64 });
      const judged: unknown[] = [];
      const onEvent: Parameters<typeof train>[1]["onEvent"] = (event) => {
        if (event.kind === "judged") judged.push(event.attempt);
      };
      const summary = await train(config, { dataset, out, threads: 1, resume: true, onEvent });
      expect(summary.step).toBe(12);
      expect(judged).toEqual([
        { what: "start", number: 1, of: 1 },
        { what: "repair", number: 1, of: 1 },
      ]);
    }));

  it("stopped, killed within a file, and resumed ends in the bytes of an unbroken choice", () =>
    withFolder(async (folder) => {
      const [whole, broken] = [join(folder, "whole"), join(folder, "broken")];
      await choose(whole);
      const stop = new AbortController();
      // In the second run; the first is on disk.
      const onProgress = ({ done }: { done: number }) => done === 45 && stop.abort();
      await expect(choose(broken, { signal: stop.signal, onProgress })).rejects.toMatchObject({
        code: "E_INTERRUPTED",
      });
      expect((await readChoice(broken))!.runs.map(({ seed }) => seed)).toEqual([3]);
      expect(await readShortRun(broken, 3)).toMatchObject({ seed: 3 });
      await expect(choose(broken)).rejects.toMatchObject({ code: "E_FOLDER_IN_USE" });
      const doneAtFirst: number[] = [];
      await choose(broken, { resume: true, onProgress: ({ done }) => doneAtFirst.push(done) });
      expect(doneAtFirst[0]).toBe(31);

      const first = (out: string) => readFile(join(out, "checkpoints", "step-00000003.safetensors"));
      expect(await first(broken)).toEqual(await first(whole));
      const { candidates, chosen } = (await readChoice(broken))!;
      expect({ candidates, chosen }).toEqual({
        candidates: (await readChoice(whole))!.candidates,
        chosen: (await readChoice(whole))!.chosen,
      });
    }));

  it("does a run again whose file is damaged, and reads a choice that is made", () =>
    withFolder(async (out) => {
      const stop = new AbortController();
      const onProgress = ({ done }: { done: number }) => done === 31 && stop.abort();
      await choose(out, { signal: stop.signal, onProgress }).catch(() => {});
      await truncate(join(shortRunsFolder(out), "seed-3.safetensors"), 1000);
      const steps: number[] = [];
      const { record } = await choose(out, { resume: true, onProgress: ({ done }) => steps.push(done) });
      expect(steps[0]).toBe(1);
      const again = await choose(out, { resume: true, onProgress: () => expect.unreachable() });
      expect(again.record).toEqual(record);
    }));

  it("refuses to go on with another choice, naming what differs", () =>
    withFolder(async (out) => {
      const stop = AbortSignal.abort();
      await choose(out, { signal: stop }).catch(() => {});
      const other = choose(out, { resume: true }, { restarts: 3, seed: 4 });
      await expect(other).rejects.toThrow(/restarts \(2, now 3\); seed \(3, now 4\)/);
      await expect(other).rejects.toMatchObject({ code: "E_RESUME" });
    }));

  it.each([
    ["no candidate", { candidates: [] }, /1 to 64 ascending integers/],
    ["one cluster", { candidates: [1, 2] }, /ascending integers of at least 2 .* received 1, 2/],
    ["candidates that fall", { candidates: [5, 4] }, /ascending/],
    ["more clusters than images", { candidates: [5, 301] }, /at most the number of images, 300/],
    ["a single run for several", { restarts: 1 }, /from 2 to 64 for restarts but received 1/],
    ["no steps", { steps: 0 }, /steps of a short run/],
    ["no information term", { overrides: { information: 0 } }, /information term/],
    ["the recipe without one", { recipe: "paper" as const, overrides: {} }, /information term/],
  ])("refuses %s, before it writes", (_, changes, message) =>
    withFolder(async (folder) => {
      const refused = choose(join(folder, "out"), {}, changes);
      await expect(refused).rejects.toMatchObject({ code: "E_ARGUMENT" });
      await expect(refused).rejects.toThrow(message);
      expect(await readdir(folder)).toEqual([]);
    }),
  );
});

/** The bars are told apart by E at all: their rows are the kinds. */
it("barImages has the planted kinds", () => {
  const rows = Int32Array.from({ length: dataset.count }, (_, image) => {
    let best = 0;
    for (let row = 0; row < 10; row++)
      if (dataset.pixels![image * 100 + row * 10]! > dataset.pixels![image * 100 + best * 10]!) best = row;
    return Math.floor((best * KINDS) / 10);
  });
  const kinds = Int32Array.from({ length: dataset.count }, (_, image) => image % KINDS);
  expect(scoreClustering(kinds, rows).purity).toBe(1);
});
