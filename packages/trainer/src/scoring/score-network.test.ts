import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ArgumentError, InterruptedError } from "@mmgan/core";
import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import type { Dataset } from "../data/dataset.js";
import { makeMoons } from "../data/moons.js";
import { createReferenceEngine } from "../engines/reference-engine.js";
import { oneHot } from "../loop/batches.js";
import { barImages, withFolder } from "../testing/small.js";
import { type ScoreShape, scoreGraph, scoreState, scoreTraining } from "./score-net.js";
import { scoreNetwork } from "./score-network.js";

/** Bars with the labels they are made from: row i shows kind i mod 3. */
function labelledBars(count: number, size = 8): Dataset {
  const labels = Int32Array.from({ length: count }, (_, i) => i % 3);
  return { ...barImages(count, size), labels, classNames: ["a", "b", "c"] };
}

describe("scoreNetwork", () => {
  it("learns classes it is shown, and is the same when taken from its file", async () => {
    await withFolder(async (cacheFolder) => {
      const training = labelledBars(90);
      const fresh = labelledBars(150); // the first 90 are those of the training, the others new
      const read = async () => {
        const network = await scoreNetwork(training, { cacheFolder, steps: 40, threads: 1 });
        try {
          return await network.read({ count: fresh.count, data: fresh.pixels! });
        } finally {
          await network.release();
        }
      };
      const first = await read();
      expect(first.classes.subarray(90)).toEqual(fresh.labels!.subarray(90));
      expect(first.features).toMatchObject({ count: 150, dim: 64 });
      const [file] = await readdir(cacheFolder);
      expect(await read()).toEqual(first);

      // A damaged file is not believed, but made again.
      const path = join(cacheFolder, file!);
      const good = await readFile(path);
      const bad = Buffer.from(good);
      bad[bad.length - 9]! ^= 1;
      await writeFile(path, bad);
      expect(await read()).toEqual(first);
      expect(await readFile(path)).toEqual(good);
    });
  });

  it("keeps another network for other labels", async () => {
    await withFolder(async (cacheFolder) => {
      const training = labelledBars(30);
      const swapped = { ...training, labels: training.labels!.map((label) => (label + 1) % 3) };
      for (const data of [training, swapped])
        await (await scoreNetwork(data, { cacheFolder, steps: 1, threads: 1 })).release();
      expect(await readdir(cacheFolder)).toHaveLength(2);
    });
  });

  it("tells the moons apart", async () => {
    await withFolder(async (cacheFolder) => {
      const { points, labels } = makeMoons({ count: 400 });
      const moons: Dataset = {
        ...{ name: "moons", kind: "point", split: "train", count: 400, dim: 2, fit: "contain" },
        ...{ points, labels, classNames: ["upper", "lower"] },
      };
      const network = await scoreNetwork(moons, { cacheFolder, steps: 200, threads: 1 });
      const { classes } = await network.read({ count: 400, data: points });
      await network.release();
      const right = classes.filter((found, i) => found === labels[i]).length;
      expect(right).toBeGreaterThan(395);
    });
  });

  it("refuses data without labels, and stops when asked", async () => {
    await expect(scoreNetwork(barImages())).rejects.toThrow(ArgumentError);
    await withFolder(async (cacheFolder) => {
      const signal = AbortSignal.abort();
      await expect(scoreNetwork(labelledBars(30), { cacheFolder, signal })).rejects.toThrow(InterruptedError);
      expect(await readdir(cacheFolder)).toEqual([]);
    });
  });
});

describe("scoreTraining", () => {
  const shape: ScoreShape = { input: { kind: "point", dim: 2 }, classes: 3 };

  it("starts at a cross-entropy near ln 3 and moves every weight", async () => {
    const state = scoreState(shape, 1);
    const engine = await createReferenceEngine(state);
    const x = {
      dims: [6, 2],
      type: "float32" as const,
      data: Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)),
    };
    const { loss } = await engine.run(
      scoreTraining(shape, state, 6),
      { x, labels: oneHot(Int32Array.of(0, 1, 2, 0, 1, 2), 3) },
      { rate: 0.01, correction: 1 },
    );
    expect(Math.abs((loss!.data[0] as number) - Math.log(3))).toBeLessThan(1);
    const next = await engine.state();
    for (const name of Object.keys(state)) expect(next[name]!.data, name).not.toEqual(state[name]!.data);
    await engine.dispose();
  });

  it("sees bytes as byte / 127.5 - 1", () => {
    const image: ScoreShape = {
      input: { kind: "image", height: 8, width: 8, channels: 1, fit: "contain" },
      classes: 2,
    };
    const params = Object.fromEntries(
      Object.entries(scoreState(image, 1)).map(([name, { data, dims }]) => [
        name,
        tf.tensor(data as Float32Array, [...dims]),
      ]),
    );
    // 127.5 stands for 0, of which a net without offsets makes 0.
    const logits = (value: number) =>
      scoreGraph(image, params, tf.fill([1, 8, 8, 1], value)).logits!.dataSync();
    expect(logits(127.5).every((x) => Math.abs(x) < 1e-6)).toBe(true);
    expect(logits(255).some((x) => Math.abs(x) > 1e-3)).toBe(true);
  });
});
