/** A training driven step by step is the training of `train`, to the byte. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DisposedError, InterruptedError, parseManifest, sha256Hex } from "@mmgan/core";
import { encodePng, writeFolderAtomic } from "@mmgan/node-io";
import * as ort from "onnxruntime-node";
import { afterEach, describe, expect, it } from "vitest";
import type { MmganConfig } from "../config.js";
import { type Dataset, loadDataset } from "../data/index.js";
import { exportRun } from "../export-run.js";
import { readNewestCheckpoint } from "../loop/checkpoint.js";
import { contestEnd, firstGanStep } from "../models/phases.js";
import { resolveConfig } from "../recipes.js";
import { smallConfig, withFolder } from "../testing/small.js";
import { train } from "../train.js";
import { digitsSet, moonsSet, startTraining, type Training } from "./index.js";

const asset = () => readFile(new URL("../../assets/digits.csv.gz", import.meta.url));

/** Few steps of every kind: two starts and a repair of E, E alone, then the GAN with each term. */
const few = { steps: 12, encoderSteps: 3, starts: 2, startSteps: 2, repairs: 1, repairSteps: 2 };

function configOf(dataset: Dataset, clusters: number): MmganConfig {
  const { kind, image, dim, fit } = dataset;
  return resolveConfig({
    data: dataset.name,
    clusters,
    count: dataset.count,
    seed: 7,
    input: kind === "image" ? { kind, ...image!, fit } : { kind, dim: dim! },
    overrides: { ...few, batch: 24, ganBatch: 16, filters: 8, informationEvery: 2, r1Every: 2 },
  });
}

let training: Training | undefined;
afterEach(() => training?.dispose());

describe.each([
  ["moons", 3, async () => moonsSet("train", { count: 200 })],
  ["digits", 10, async () => digitsSet(new Uint8Array(await asset()), "digits.csv.gz")],
])("%s", (_name, clusters, load) => {
  it("gives the state of `train`, and its bundle", async () => {
    const dataset = await load();
    const config = configOf(dataset, clusters);
    training = await startTraining(config, { dataset, runtime: ort, threads: 1 });
    const phases = new Set<string>();
    const judged: unknown[] = [];
    for (let report = await training.step(); report; report = await training.step()) {
      phases.add(report.phase);
      if (report.judged) judged.push(report.judged.attempt);
      // Reading out between the steps changes nothing.
      if (report.step % 5 === 0) {
        await training.sample(clusters);
        await training.posteriors();
      }
    }
    expect(training.stepsDone).toBe(config.steps);
    expect([...phases].sort()).toEqual(["encoder+information", "gan", "gan+information+r1"]);
    expect(judged).toEqual([
      { what: "start", number: 1, of: 2 },
      { what: "start", number: 2, of: 2 },
      { what: "repair", number: 1, of: 1 },
    ]);
    expect([contestEnd(config), firstGanStep(config)]).toEqual([6, 7]);
    await withFolder(async (folder) => {
      const run = join(folder, "run");
      await train(config, { dataset, out: run, threads: 1, device: "cpu" });
      const { state } = (await readNewestCheckpoint(run, config))!;
      expect(await training!.state()).toEqual(state);
      await exportRun(run, join(folder, "bundle"));
      const files = await training!.bundle({ encodePng });
      for (const graph of ["encoder.onnx", "generator.onnx", "mixture.onnx", "grid.png"])
        expect(await sha256Hex(files.get(graph)!), graph).toBe(
          await sha256Hex(await readFile(join(folder, "bundle", graph))),
        );
      await writeFolderAtomic(join(folder, "page"), files);
      const { training: told } = parseManifest(
        await readFile(join(folder, "page", "manifest.json"), "utf8"),
        "manifest.json",
      );
      expect(told).toMatchObject({ steps: config.steps, seed: 7, data: dataset.name });
    });
  });
});

describe("read-outs", () => {
  const dataset = moonsSet("train", { count: 60 });
  const config = smallConfig({ latentDim: 2, sigma: 0.5 }, { dataset });

  it("draws codes that are mean + sigma noise of their cluster", async () => {
    training = await startTraining(config, { dataset, runtime: ort, threads: 1 });
    await training.step();
    const { latents, means, sigmas, clusters, samples } = await training.sample(30);
    expect([...sigmas]).toEqual([0.5, 0.5, 0.5]);
    // Hypercube: every mean is a vertex of {-1, 1}^2.
    expect([...means].every((x) => Math.abs(x) === 1)).toBe(true);
    expect(samples).toHaveLength(60);
    for (let i = 0; i < 30; i++) {
      const noise = (latents[2 * i]! - means[2 * clusters[i]!]!) / 0.5;
      expect(Math.abs(noise)).toBeLessThan(5);
    }
    expect((await training.sample(30)).latents).toEqual(latents);
  });

  it("reads every row out, in blocks, as one by one", async () => {
    const many = moonsSet("train", { count: 300 });
    training = await startTraining(smallConfig({}, { dataset: many }), { dataset: many, runtime: ort });
    const all = await training.criticScores(many.points!, 300);
    expect(all).toHaveLength(300);
    for (const i of [0, 255, 256, 299])
      expect((await training.criticScores(many.points!.slice(2 * i, 2 * i + 2), 1))[0]).toBeCloseTo(
        all[i]!,
        5,
      );
    const posteriors = await training.posteriors();
    expect(posteriors).toHaveLength(900);
    for (let i = 0; i < 900; i += 3)
      expect(posteriors[i]! + posteriors[i + 1]! + posteriors[i + 2]!).toBeCloseTo(1, 5);
  });
});

describe("ends", () => {
  const dataset = moonsSet("train", { count: 60 });
  const config = smallConfig({}, { dataset });

  it("stops when asked, before the next run", async () => {
    const controller = new AbortController();
    training = await startTraining(config, { dataset, runtime: ort, signal: controller.signal });
    await training.step();
    controller.abort();
    await expect(training.step()).rejects.toBeInstanceOf(InterruptedError);
    expect(training.stepsDone).toBe(1);
  });

  it("refuses every call after dispose, and a second dispose does nothing", async () => {
    const gone = await startTraining(config, { dataset, runtime: ort });
    const last = gone.step();
    await gone.dispose();
    await gone.dispose();
    await expect(last).resolves.toMatchObject({ step: 1 });
    for (const call of [gone.step(), gone.sample(3), gone.posteriors(), gone.state(), gone.bundle()])
      await expect(call).rejects.toBeInstanceOf(DisposedError);
  });

  it("gives undefined after the last step", async () => {
    training = await startTraining({ ...config, steps: 3 }, { dataset, runtime: ort });
    for (let i = 0; i < 3; i++) expect(await training.step()).toBeDefined();
    expect(await training.step()).toBeUndefined();
    expect(training.isDone).toBe(true);
  });
});

it("reads the digits as the loader does, compressed and not; damaged ones are refused", async () => {
  const bytes = new Uint8Array(await asset());
  expect(await digitsSet(bytes, "digits.csv.gz", { split: "test", labels: true })).toEqual(
    await loadDataset("digits", { split: "test", labels: true }),
  );
  await expect(digitsSet(bytes.slice(0, 30_000), "digits.csv.gz")).rejects.toMatchObject({
    code: "E_DATA_CORRUPT",
    message: expect.stringMatching(/^digits\.csv\.gz fails the gzip check/),
  });
  await expect(digitsSet(new TextEncoder().encode("<html>"), "digits.csv.gz")).rejects.toMatchObject({
    message: expect.stringMatching(/^digits\.csv\.gz fails the SHA-256 check/),
  });
});
