import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseManifest, Rng, sampleLatents } from "@mmgan/core";
import { checkOnnx } from "@mmgan/export";
import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { type Dataset, makeMoons } from "./data/index.js";
import { exportRun, trainedMinutes } from "./export-run.js";
import { readNewestCheckpoint } from "./loop/checkpoint.js";
import { toBytes } from "./loop/samples.js";
import { averagedWeights } from "./nets/averaged.js";
import { encoder } from "./nets/encoder.js";
import { generator } from "./nets/generator.js";
import { netPlan } from "./nets/plan.js";
import { expectClose } from "./testing/differences.js";
import { tf } from "./testing/gradients.js";
import { barImages, smallConfig, withFolder } from "./testing/small.js";
import { train } from "./train.js";

const moons: Dataset = {
  name: "moons",
  kind: "point",
  split: "train",
  count: 40,
  dim: 2,
  points: makeMoons({ count: 40 }).points,
  fit: "stretch",
};
const sets: [string, Dataset][] = [
  ["grey pictures", barImages(60, 8, 3, 1)],
  ["colour pictures of an odd size", barImages(60, 13, 3, 3)],
  ["points", moons],
];

describe.each(sets)("exportRun: %s", (_, dataset) => {
  const config = smallConfig({ steps: 8 }, { dataset });

  async function exported<T>(
    use: (bundle: string, weights: Record<string, ReturnType<typeof tf.tensor>>) => Promise<T>,
  ) {
    await withFolder(async (folder) => {
      const [run, bundle] = [join(folder, "run"), join(folder, "bundle")];
      await train(config, { dataset, out: run, threads: 1 });
      await exportRun(run, bundle);
      const { state } = (await readNewestCheckpoint(run))!;
      const weights = Object.fromEntries(
        Object.entries(averagedWeights(config, state)).map(([name, { data, dims }]) => [
          name,
          tf.tensor(data as Float32Array, [...dims]),
        ]),
      );
      await use(bundle, weights);
    });
  }

  it("the graphs agree with the trained nets in tfjs to 1e-5, at batch 1, 3 and 257", () =>
    exported(async (bundle, weights) => {
      const plan = netPlan(config);
      const mode = { training: false } as const;
      const session = async (name: string) => {
        const bytes = await readFile(join(bundle, name));
        checkOnnx(bytes);
        return ort.InferenceSession.create(bytes, { logSeverityLevel: 3 });
      };
      const [encode, generate, mix] = [
        await session("encoder.onnx"),
        await session("generator.onnx"),
        await session("mixture.onnx"),
      ];
      for (const n of [1, 3, 257]) {
        const dims =
          config.input.kind === "image"
            ? [n, config.input.height, config.input.width, config.input.channels]
            : [n, 2];
        const size = dims.reduce((a, b) => a * b, 1);
        const rng = new Rng({ seed: n, stream: "test" });
        const raw = Uint8Array.from(rng.integers(size, 256));
        const points = rng.normal(size);
        const isImage = config.input.kind === "image";
        const feed: Record<string, ort.Tensor> = isImage
          ? { images: new ort.Tensor("uint8", raw, dims) }
          : { points: new ort.Tensor("float32", points, dims) };
        const x = isImage
          ? tf.sub(tf.div(tf.tensor(Float32Array.from(raw), dims), 127.5), 1)
          : tf.tensor(points, dims);
        const wanted = encoder(plan, weights, x, mode);
        const out = await encode.run(feed);
        expectClose(
          out.logits!.data as Float32Array,
          wanted.logits.dataSync(),
          { absolute: 1e-5, relative: 1e-5 },
          "logits",
        );
        expectClose(
          out.features!.data as Float32Array,
          wanted.features.dataSync(),
          { absolute: 1e-5, relative: 1e-5 },
          "features",
        );
        expectClose(
          out.probabilities!.data as Float32Array,
          tf.softmax(wanted.logits).dataSync(),
          { absolute: 1e-5 },
          "probabilities",
        );
        expect([...(out.cluster!.data as BigInt64Array)].map(Number)).toEqual([
          ...tf.argMax(wanted.logits, 1).dataSync(),
        ]);

        const cluster = rng.integers(n, 3);
        const noise = rng.normal(n * 5);
        const mixed = await mix.run({
          cluster: new ort.Tensor("int64", BigInt64Array.from(cluster, BigInt), [n]),
          noise: new ort.Tensor("float32", noise, [n, 5]),
        });
        const mixture = {
          clusters: 3,
          latentDim: 5,
          means: mixed.means!.data as Float32Array,
          sigmas: mixed.sigmas!.data as Float32Array,
        };
        expect([...mixture.means]).toEqual([...weights["mixture/means"]!.dataSync()]);
        expect([...mixture.sigmas]).toEqual([...weights["mixture/sigmas"]!.dataSync()]);
        expectClose(
          mixed.latent!.data as Float32Array,
          sampleLatents(mixture, cluster, noise),
          { absolute: 1e-5 },
          "latent",
        );

        const made = await generate.run({ latent: mixed.latent! });
        const plain = generator(
          plan,
          weights,
          tf.tensor(mixed.latent!.data as Float32Array, [n, 5]),
          mode,
        ).dataSync() as Float32Array;
        if (isImage) {
          // Rounding may fall the other way where the nets are 1e-5 apart: one grey level in very few pixels.
          const [ours, theirs] = [made.images!.data as Uint8Array, toBytes(plain)];
          let off = 0;
          ours.forEach((v, i) => {
            expect(Math.abs(v - theirs[i]!)).toBeLessThanOrEqual(1);
            if (v !== theirs[i]) off++;
          });
          expect(off).toBeLessThanOrEqual(ours.length / 1000);
          expect(made.images!.dims).toEqual(dims);
        } else
          expectClose(made.points!.data as Float32Array, plain, { absolute: 1e-5, relative: 1e-5 }, "points");
      }
      for (const s of [encode, generate, mix]) await s.release();
    }));

  it("the manifest describes the run", () =>
    exported(async (bundle) => {
      const manifest = parseManifest(await readFile(join(bundle, "manifest.json"), "utf8"), bundle);
      expect(manifest).toMatchObject({
        kind: "mmgan",
        clusters: 3,
        latentDim: 5,
        input: config.input,
        training: { steps: 8, seed: 5, data: dataset.name },
      });
      expect(manifest.training.metrics["loss/critic"]).toEqual(expect.any(Number));
      expect(manifest.files.grid).toBeDefined();
    }));
});

describe("scores, name and notes", () => {
  const dataset = barImages();
  const row = { n: 4, purity: 1, accuracy: 0.75, nmi: 0.5, ari: 0.25 };
  const scores = {
    ...{ data: "bars", split: "test", whole: row, first: row, baselines: {} },
    clusters: [{ n: 4, className: "x", ofClass: 3 }],
  };

  it("come from a callback that sees the whole bundle, and go into manifest and card", () =>
    withFolder(async (folder) => {
      const [run, out] = [join(folder, "run"), join(folder, "bundle")];
      await train(smallConfig(), { dataset, out: run, threads: 1 });
      let seen = "";
      const options = {
        ...{ name: "bars", license: "MIT", command: "mmgan train", note: "A note." },
        score: async (bundle: string) => {
          seen = bundle;
          expect((await readdir(bundle)).sort()).toEqual([
            ...["card.md", "encoder.onnx", "generator.onnx", "grid.png", "manifest.json", "mixture.onnx"],
          ]);
          return scores;
        },
      };
      const manifest = await exportRun(run, out, options);
      expect(manifest).toMatchObject({
        name: "bars",
        license: "MIT",
        scores,
        training: { command: "mmgan train" },
      });
      expect(manifest.training.minutes).toBeGreaterThan(0);
      expect(seen).not.toBe(out);
      await expect(readdir(seen)).rejects.toMatchObject({ code: "ENOENT" });
      const bytes = () =>
        Promise.all(["card.md", "manifest.json", "grid.png"].map((file) => readFile(join(out, file))));
      const first = await bytes();
      expect(first[0]!.toString()).toContain("| this model | 4 | 1.000 | 0.750 | 0.500 | 0.250 |");
      await exportRun(run, out, options);
      expect(await bytes()).toEqual(first);
    }));

  it("a bundle that cannot be scored is not written", () =>
    withFolder(async (folder) => {
      const [run, out] = [join(folder, "run"), join(folder, "bundle")];
      await train(smallConfig(), { dataset, out: run, threads: 1 });
      const score = () => Promise.reject(new Error("no labels"));
      await expect(exportRun(run, out, { score })).rejects.toThrow("no labels");
      await expect(readdir(out)).rejects.toMatchObject({ code: "ENOENT" });
    }));
});

it("minutes are those of all parts of a resumed run", () => {
  const at = (...seconds: number[]) => trainedMinutes(seconds.map((s) => ({ seconds: s })));
  expect(at(30, 60)).toBe(60 / 60);
  expect(at(30, 60, 12, 24, 6)).toBe((60 + 24 + 6) / 60);
  expect(at()).toBeUndefined();
});

it("a folder without a run, or without a checkpoint, is refused", () =>
  withFolder(async (folder) => {
    await expect(exportRun(folder, join(folder, "b"))).rejects.toMatchObject({
      code: "E_CHECKPOINT",
      message: expect.stringContaining("config.json"),
    });
    const stop = new AbortController();
    stop.abort();
    const run = join(folder, "run");
    const dataset = barImages();
    await train(smallConfig(), { dataset, out: run, signal: stop.signal }).catch(() => {});
    await exportRun(run, join(folder, "b")); // a run stopped before its first step is exported as it began
  }));
