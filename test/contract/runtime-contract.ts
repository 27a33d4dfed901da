/**
 * What every runtime must do, as tests: core's `Model` over the bundles of tiny-bundle.ts, whose answers are worked
 * out here. No Node built-ins, so that a browser's runner can call it too.
 */

import {
  ArgumentError,
  DisposedError,
  InterruptedError,
  type Model,
  Rng,
  ShapeError,
  sampleLatents,
} from "@mmgan/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  FEATURES,
  LATENT_DIM,
  TINY_IMAGE,
  TINY_POINT,
  type TinyBundle,
  tinyBundle,
} from "../../packages/runtime-node/src/testing/tiny-bundle.js";
import { describeBadBundles } from "./bad-bundles.js";
import { clusterByHand, generateByHand, generatedRows, mustBePixels, noisePictures } from "./by-hand.js";
import { largestDifference } from "./largest-difference.js";
import type { LoadBundle } from "./load-bundle.js";

/** float32 sums of at most 48 products of numbers near 1 against float64: 48 * 2^-24 * a few. */
const TOLERANCE = 2e-5;

export function describeRuntimeContract(name: string, load: LoadBundle): void {
  describe(`runtime contract: ${name}`, () => {
    let bundle: TinyBundle;
    let model: Model;
    beforeAll(async () => {
      bundle = await tinyBundle();
      model = await load(bundle.files);
    });
    afterAll(() => model.dispose());

    test("the model carries its manifest and names its device", () => {
      expect(model.manifest).toEqual(bundle.manifest);
      expect(model.device).toMatch(/^(cpu|wasm|webgpu|cuda)$/);
    });

    test("cluster: features, logits, probabilities and clusters as worked out by hand", async () => {
      const images = noisePictures(7);
      const found = await model.cluster(images);
      const wanted = clusterByHand(
        bundle,
        Array.from(images.data, (level) => level / 255),
      );
      expect(found.count).toBe(7);
      expect(largestDifference(found.features, wanted.features)).toBeLessThan(TOLERANCE);
      expect(largestDifference(found.logits, wanted.logits)).toBeLessThan(TOLERANCE);
      expect(largestDifference(found.probabilities, wanted.probabilities)).toBeLessThan(TOLERANCE);
      expect([...found.clusters]).toEqual(wanted.clusters);
      // The bundle tells its clusters apart on these pictures; else this test would prove little.
      expect(new Set(wanted.clusters).size).toBeGreaterThan(1);
    });

    test.each([0, 1, 3, 257])(
      "cluster: a batch of %i has that many rows, each a distribution",
      async (count) => {
        const { clusters, probabilities, logits, features } = await model.cluster(noisePictures(count));
        expect(clusters.length).toBe(count);
        expect(logits.length).toBe(count * 3);
        expect(features.length).toBe(count * FEATURES);
        expect(probabilities.length).toBe(count * 3);
        for (let i = 0; i < count; i++) {
          const row = [...probabilities.subarray(i * 3, i * 3 + 3)];
          expect(Math.abs(row.reduce((sum, p) => sum + p, 0) - 1)).toBeLessThan(1e-6);
          expect(row[clusters[i]!]).toBe(Math.max(...row));
        }
      },
    );

    test("cluster: row i of a batch is that row alone", async () => {
      const images = noisePictures(257);
      const all = await model.cluster(images);
      for (const i of [0, 1, 127, 255, 256]) {
        const alone = await model.cluster({
          ...images,
          count: 1,
          data: images.data.slice(i * 16, i * 16 + 16),
        });
        expect(alone.clusters[0]).toBe(all.clusters[i]);
        expect(largestDifference(alone.logits, all.logits.subarray(i * 3, i * 3 + 3))).toBeLessThan(
          TOLERANCE,
        );
        const features = all.features.subarray(i * FEATURES, (i + 1) * FEATURES);
        expect(largestDifference(alone.features, features)).toBeLessThan(TOLERANCE);
      }
    });

    test("cluster: pixels may lie anywhere in their buffer", async () => {
      const images = noisePictures(3);
      const wide = new Uint8Array(5 + images.data.length + 7);
      wide.set(images.data, 5);
      const shifted = { ...images, data: wide.subarray(5, 5 + images.data.length) };
      expect((await model.cluster(shifted)).logits).toEqual((await model.cluster(images)).logits);
    });

    test("posterior: the probabilities weigh the mixture's components", async () => {
      const images = noisePictures(4);
      const { probabilities } = await model.cluster(images);
      const found = await model.posterior(images);
      const { means, sigmas } = bundle.mixture;
      expect(found.count).toBe(4);
      expect(found.weights).toEqual(probabilities);
      expect(found.means).toEqual(means);
      expect(found.sigmas).toEqual(sigmas);
      const mean = Array.from({ length: 4 * LATENT_DIM }, (_, at) => {
        const [i, j] = [Math.floor(at / LATENT_DIM), at % LATENT_DIM];
        return [0, 1, 2].reduce((sum, k) => sum + probabilities[i * 3 + k]! * means[k * LATENT_DIM + j]!, 0);
      });
      expect(largestDifference(found.mean, mean)).toBeLessThan(1e-6);
      expect((await model.posterior(noisePictures(0))).mean.length).toBe(0);
    });

    test('generate: noise from the stream "generate", latents from the mixture, pictures from the generator', async () => {
      const made = await model.generate({ count: 7, seed: 5, spread: 0.5 });
      expect([...made.clusters]).toEqual([0, 1, 2, 0, 1, 2, 0]);
      const noise = new Rng({ seed: 5, stream: "generate" }).normal(7 * LATENT_DIM);
      const latents = sampleLatents(bundle.mixture, made.clusters, noise, 0.5);
      expect(largestDifference(made.latents, latents)).toBeLessThan(1e-6);
      expect(made.points).toBeUndefined();
      const { count, height, width, channels } = made.images!;
      expect([count, height, width, channels]).toEqual([7, 4, 4, 1]);
      mustBePixels(made.images!.data, generateByHand(bundle, made.latents));
    });

    test("generate: spread 0 is the generator at the cluster's mean, whatever the seed", async () => {
      const { means } = bundle.mixture;
      for (const seed of [0, 4_294_967_295]) {
        const made = await model.generate({ cluster: 2, seed, spread: 0 });
        expect(made.count).toBe(1);
        expect([...made.clusters]).toEqual([2]);
        expect(made.latents).toEqual(means.slice(2 * LATENT_DIM, 3 * LATENT_DIM));
        mustBePixels(made.images!.data, generateByHand(bundle, made.latents));
      }
      expect((await model.generate({ spread: 0 })).latents).toEqual(means);
    });

    test("generate: same seed, same pictures; another seed, others; a longer run begins with the shorter", async () => {
      const once = await model.generate({ cluster: 1, count: 3, seed: 9 });
      const again = await model.generate({ cluster: 1, count: 3, seed: 9 });
      expect(again).toEqual(once);
      const other = await model.generate({ cluster: 1, count: 3, seed: 10 });
      expect(other.latents).not.toEqual(once.latents);
      const longer = await model.generate({ cluster: 1, count: 257, seed: 9 });
      expect(longer.images!.data.length).toBe(257 * 16);
      expect(longer.latents.subarray(0, 6)).toEqual(once.latents);
      expect(longer.images!.data.subarray(0, 48)).toEqual(once.images!.data);
      const defaults = await model.generate();
      expect([...defaults.clusters]).toEqual([0, 1, 2]);
      expect(defaults).toEqual(await model.generate({ count: 3, seed: 0, spread: 1 }));
    });

    test.each([
      ["cluster", { cluster: 3 }, "an integer from 0 to 2 for cluster but received 3"],
      ["cluster", { cluster: -1 }, "for cluster but received -1"],
      ["cluster", { cluster: 0.5 }, "for cluster but received 0.5"],
      ["count", { count: 0 }, "for count but received 0"],
      ["count", { count: 2 ** 30 }, "for count but received 1073741824"],
      ["seed", { seed: -1 }, "for seed but received -1"],
      ["seed", { seed: 2 ** 32 }, "an integer from 0 to 4294967295 for seed"],
      ["spread", { spread: -0.1 }, "a number of at least 0 for spread but received -0.1"],
      ["spread", { spread: Number.NaN }, "for spread but received NaN"],
    ])("generate: %s out of range: %j", async (_, options, words) => {
      const error = await model.generate(options).catch((e) => e);
      expect(error).toBeInstanceOf(ArgumentError);
      expect(error.message).toContain(words);
    });

    test.each([
      ["another size", { height: 8, width: 2 }, "[count, 4, 4, 1] for tiny but received [count, 8, 2, 1]"],
      ["colour", { channels: 3 }, "received [count, 4, 4, 3]"],
      ["too few values", { data: new Uint8Array(15) }, "a Uint8Array of 16 values"],
      ["floats", { data: new Float32Array(16) as unknown as Uint8Array }, "received a Float32Array of 16"],
      ["a negative count", { count: -1 }, "Check count and data"],
    ])("cluster and posterior: %s is a ShapeError", async (_, change, words) => {
      const images = { ...noisePictures(1), ...change };
      for (const call of [model.cluster(images), model.posterior(images)]) {
        const error = await call.catch((e) => e);
        expect(error).toBeInstanceOf(ShapeError);
        expect(error.message).toContain(words);
      }
    });

    test("points given to a model of images are a ShapeError", async () => {
      const error = await model.cluster({ count: 1, dim: 16, data: new Float32Array(16) }).catch((e) => e);
      expect(error).toBeInstanceOf(ShapeError);
      expect(error.message).toContain("received [count, 16]");
    });

    test("an aborted signal stops with InterruptedError and leaves the model usable", async () => {
      const signal = AbortSignal.abort("enough");
      for (const call of [
        model.cluster(noisePictures(1), { signal }),
        model.posterior(noisePictures(0), { signal }),
        model.generate({ signal }),
      ]) {
        const error = await call.catch((e) => e);
        expect(error).toBeInstanceOf(InterruptedError);
        expect(error.cause).toBe("enough");
      }
      const controller = new AbortController();
      const long = model.cluster(noisePictures(5000), { signal: controller.signal });
      setTimeout(() => controller.abort(), 0);
      await expect(long).rejects.toThrow(InterruptedError);
      expect((await model.cluster(noisePictures(1))).count).toBe(1);
    });

    test("calls at the same time do not mix", async () => {
      const [a, b, made] = await Promise.all([
        model.cluster(noisePictures(300)),
        model.cluster(noisePictures(2)),
        model.generate({ count: 300, seed: 3 }),
      ]);
      expect(a.logits.subarray(0, 6)).toEqual(b.logits);
      expect(made).toEqual(await model.generate({ count: 300, seed: 3 }));
    });

    test("a model of points: clusters, posterior and points", async () => {
      const points = await tinyBundle({ input: TINY_POINT, clusters: 4 });
      const on = await load(points.files);
      const batch = { count: 5, dim: 3, data: new Rng({ seed: 2, stream: "test points" }).normal(15) };
      const wanted = clusterByHand(points, [...batch.data]);
      const found = await on.cluster(batch);
      expect([...found.clusters]).toEqual(wanted.clusters);
      expect(largestDifference(found.probabilities, wanted.probabilities)).toBeLessThan(TOLERANCE);
      expect((await on.posterior(batch)).weights).toEqual(found.probabilities);
      const made = await on.generate({ seed: 1 });
      expect(made.images).toBeUndefined();
      expect([made.points!.count, made.points!.dim]).toEqual([4, 3]);
      const drawn = generatedRows(points, made.latents);
      expect(largestDifference(made.points!.data, drawn)).toBeLessThan(TOLERANCE);
      for (const wrong of [noisePictures(1), { ...batch, dim: 4 }, { ...batch, count: 4 }])
        await expect(on.cluster(wrong)).rejects.toThrow(ShapeError);
      await on.dispose();
    });

    test("colour pictures that are not square, one cluster", async () => {
      const input = { ...TINY_IMAGE, height: 2, width: 3, channels: 3 } as const;
      const colour = await tinyBundle({ input, clusters: 1 });
      const on = await load(colour.files);
      const data = Uint8Array.from({ length: 2 * 18 }, (_, i) => (i * 37) % 256);
      const found = await on.cluster({ count: 2, height: 2, width: 3, channels: 3, data });
      const wanted = clusterByHand(
        colour,
        Array.from(data, (level) => level / 255),
      );
      expect(largestDifference(found.features, wanted.features)).toBeLessThan(TOLERANCE);
      expect([...found.probabilities]).toEqual([1, 1]);
      const made = await on.generate({ count: 2 });
      expect(made.images).toMatchObject({ count: 2, height: 2, width: 3, channels: 3 });
      mustBePixels(made.images!.data, generateByHand(colour, made.latents));
      await on.dispose();
    });

    test("after dispose every method rejects with DisposedError; a second dispose does nothing", async () => {
      const gone = await load(bundle.files);
      await gone.cluster(noisePictures(1));
      await gone.dispose();
      await gone.dispose();
      for (const call of [
        gone.cluster(noisePictures(0)),
        gone.posterior(noisePictures(1)),
        gone.generate(),
      ]) {
        const error = await call.catch((e) => e);
        expect(error).toBeInstanceOf(DisposedError);
        expect(error.code).toBe("E_DISPOSED");
        expect(error.message).toContain("for tiny but it was disposed");
      }
    });

    test("dispose during a call: the call ends, with its result or DisposedError, and then the sessions go", async () => {
      const busy = await load(bundle.files);
      const running = busy.cluster(noisePictures(5000)).catch((e) => e);
      await busy.dispose();
      const result = await running;
      expect(result instanceof DisposedError || result.count === 5000).toBe(true);
    });

    describeBadBundles(load, () => bundle);
  });
}
