// The runtime over bundles that the trainer and the exporter made, where the contract's own are written by hand.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ImageBatch, type Model, type PointBatch, Rng, sampleLatents } from "@mmgan/core";
import { loadModel } from "@mmgan/runtime-node";
import { RIVAL_NAMES } from "@mmgan/trainer";
import * as ort from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeTinyBundle, type TinyBundle } from "../tiny-bundle.js";
import { largestDifference } from "./largest-difference.js";

const PLACES: readonly TinyBundle[] = [
  { data: "digits", channels: 1 },
  { data: "digits", channels: 3, size: 16 },
  { data: "moons" },
  ...RIVAL_NAMES.map((model) => ({ data: "digits", model }) as const),
];

describe.each(PLACES)(
  "an exported bundle of $data, size $size, channels $channels, model $model",
  (options) => {
    let folder: string;
    let model: Model;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "mmgan-exported-"));
      await makeTinyBundle(folder, options);
      model = await loadModel(join(folder, "bundle"), { threads: 1 });
    });
    afterAll(async () => {
      await model.dispose();
      await rm(folder, { recursive: true });
    });
    const generated = async (count: number): Promise<ImageBatch | PointBatch> => {
      const { images, points } = await model.generate({ count, seed: 2 });
      return (images ?? points)!;
    };

    test("row i of 257 is that row alone, and each row a distribution", async () => {
      const { clusters: k } = model.manifest;
      const inputs = await generated(257);
      const all = await model.cluster(inputs);
      const size = inputs.data.length / 257;
      const width = all.features.length / 257;
      for (const i of [0, 100, 255, 256]) {
        const data = inputs.data.slice(i * size, (i + 1) * size);
        const alone = await model.cluster({ ...inputs, count: 1, data } as ImageBatch);
        expect(largestDifference(alone.logits, all.logits.subarray(i * k, (i + 1) * k))).toBeLessThan(1e-4);
        const features = all.features.subarray(i * width, (i + 1) * width);
        expect(largestDifference(alone.features, features)).toBeLessThan(1e-4);
      }
      for (let i = 0; i < 257; i++) {
        const row = [...all.probabilities.subarray(i * k, (i + 1) * k)];
        expect(Math.abs(row.reduce((sum, p) => sum + p, 0) - 1)).toBeLessThan(1e-6);
        expect(row[all.clusters[i]!]).toBe(Math.max(...row));
      }
    });

    test("three rows, and none", async () => {
      const three = await generated(3);
      expect((await model.cluster(three)).clusters.length).toBe(3);
      const none = { ...three, count: 0, data: three.data.slice(0, 0) } as ImageBatch;
      expect((await model.cluster(none)).clusters.length).toBe(0);
    });

    test("the mixture in the graph is the mixture of core", async () => {
      const { means, sigmas, mean, weights } = await model.posterior(await generated(2));
      const { clusters, latentDim } = model.manifest;
      const mixture = { clusters, latentDim, means, sigmas };
      const made = await model.generate({ count: 5, seed: 3, spread: 1.5 });
      const noise = new Rng({ seed: 3, stream: "generate" }).normal(5 * latentDim);
      const wide = noise.map((value) => value * 1.5);
      const session = await ort.InferenceSession.create(join(folder, "bundle", "mixture.onnx"));
      const { latent } = await session.run({
        cluster: new ort.Tensor("int64", BigInt64Array.from(made.clusters, BigInt), [5]),
        noise: new ort.Tensor("float32", wide, [5, latentDim]),
      });
      await session.release();
      // Any consumer of the graph gets the latents of the runtime, byte for byte.
      expect(made.latents).toEqual(latent!.data);
      expect(sampleLatents(mixture, made.clusters, noise, 1.5)).toEqual(latent!.data);
      const first = Array.from({ length: latentDim }, (_, j) =>
        Array.from({ length: clusters }, (_, k) => weights[k]! * means[k * latentDim + j]!).reduce(
          (a, b) => a + b,
        ),
      );
      // In float32, against the largest mean: a rival's are 1000 e_k.
      const scale = Math.max(1, ...means.map(Math.abs));
      expect(largestDifference(mean.subarray(0, latentDim), first)).toBeLessThan(1e-6 * scale);
      expect((await model.generate({ spread: 0 })).latents).toEqual(means);
    });
  },
);
