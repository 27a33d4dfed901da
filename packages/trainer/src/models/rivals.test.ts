/** What holds for every rival: its steps on two engines, its gradients, its bundles, and how it goes on after a stop. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type PlainTensor, parseManifest, Rng } from "@mmgan/core";
import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { FIELD_CHOICES, FIELD_RANGES, fieldsOf, type RivalConfig } from "../config.js";
import { type Dataset, makeMoons } from "../data/index.js";
import { tensorDifference } from "../engines/difference.js";
import { createEngine, type EngineName } from "../engines/engine.js";
import { exportRun } from "../export-run.js";
import { DataOrder, makeBatch, otherViewsOf } from "../loop/batches.js";
import { readNewestCheckpoint } from "../loop/checkpoint.js";
import { toBytes } from "../loop/samples.js";
import { hyperAt } from "../loop/schedule.js";
import { PARTS, type PlainState, partOf } from "../nets/parameters.js";
import { resolveConfig } from "../recipes.js";
import { expectClose } from "../testing/differences.js";
import { tf } from "../testing/gradients.js";
import { barImages, smallRival, withFolder } from "../testing/small.js";
import { train } from "../train.js";
import { modelOf } from "./index.js";
import type { Program } from "./program.js";
import type { AllSettings } from "./settings/fields.js";
import { RIVAL_NAMES, RIVALS, type RivalName } from "./settings/index.js";

const dataset = barImages();
const moderate = { encoderRate: 5e-4, generatorRate: 5e-4, criticRate: 5e-4, mixtureRate: 5e-4 };
const rates = (model: RivalName): Partial<AllSettings> =>
  Object.fromEntries(Object.entries(moderate).filter(([field]) => fieldsOf(model).includes(field)));

/** Every kind of step and every option that changes a graph. */
const CASES: [string, RivalName, Partial<AllSettings>][] = [
  ["gmvae", "gmvae", {}],
  ["gmvae, several draws, free bits, Gaussian", "gmvae", { draws: 3, freeBits: 0.3, likelihood: "gaussian" }],
  ["gmvae with the information term", "gmvae", { information: 1, walk: 0, walkSpread: 0 }],
  ["aae", "aae", {}],
  ["aae with noise, without batch norm", "aae", { inputNoise: 0.3, batchNorm: false }],
  ["clustergan", "clustergan", {}],
  ["clustergan, codes of clusters alone, softmax", "clustergan", { codeWeight: 0, readOut: "softmax" }],
  ["infogan", "infogan", {}],
  [
    "infogan with a batch norm in D, no continuous code",
    "infogan",
    { r1: 0, criticBatchNorm: true, continuous: 0 },
  ],
  ["deligan", "deligan", {}],
  ["deligan with a batch norm in D", "deligan", { r1: 0, criticBatchNorm: true }],
  ["gmgan, dynamic", "gmgan", {}],
  ["gmgan, static, K logits more", "gmgan", { mixture: "static", criticLogits: "clusters" }],
];
const small = (model: RivalName, overrides: Partial<AllSettings>): RivalConfig =>
  smallRival(model, { ...rates(model), ...overrides });

function batchOf(config: RivalConfig, program: Program, t: number): Record<string, PlainTensor> {
  const order = new DataOrder(config.seed, dataset.count);
  const views = otherViewsOf(config, dataset);
  return makeBatch(config, dataset, order, views, program, t, t * config.batch);
}

const programsOf = (config: RivalConfig) => {
  const { programs, programOf } = modelOf(config).trainingPrograms(config, 0);
  return [...programOf].map((at) => programs[at]!);
};

/** The first steps of a training on an engine. */
async function advance(name: EngineName, config: RivalConfig, steps: number) {
  const engine = await createEngine(name, modelOf(config).initialState(config), { threads: 1 });
  try {
    const outputs: Record<string, PlainTensor> = {};
    for (const [t, program] of programsOf(config).slice(0, steps).entries()) {
      const out = await engine.run(program, batchOf(config, program, t), hyperAt(config, program.hyper, t));
      for (const [what, value] of Object.entries(out)) outputs[`${t}: ${what}`] = value;
    }
    return { outputs, state: await engine.state() };
  } finally {
    await engine.dispose();
  }
}

describe.each(CASES)("%s", (_, model, overrides) => {
  it("the onnx engine and the reference take the same two steps, to 1e-4", async () => {
    const config = small(model, overrides);
    const [ours, reference] = [await advance("onnx", config, 2), await advance("reference", config, 2)];
    expect(Object.keys(ours.outputs).sort()).toEqual(Object.keys(reference.outputs).sort());
    expect(Object.keys(ours.state)).toEqual(Object.keys(reference.state));
    for (const [name, value] of Object.entries({ ...reference.state, ...reference.outputs })) {
      const mine = ours.state[name] ?? ours.outputs[name]!;
      expect(tensorDifference(name, mine, value).relative, name).toBeLessThan(1e-4);
    }
    // Each part moves: what stands still would agree too.
    const start = modelOf(config).initialState(config);
    const moved = (part: string) =>
      Object.entries(reference.state).some(
        ([name, { data }]) => partOf(name) === part && data.some((v, i) => v !== start[name]!.data[i]),
      );
    const parts = PARTS.filter((part) =>
      Object.keys(start).some((name) => name.startsWith(`adam/m/${part}`)),
    );
    expect(parts.filter((part) => !moved(part))).toEqual([]);
  });

  it("its gradients are those of central differences", async () => {
    const config = small(model, overrides);
    // The last of two steps of ClusterGAN trains everything; the first of the others has R1.
    const t = model === "clustergan" ? 1 : 0;
    const program = programsOf(config)[t]!;
    // At rate 0 each of several phases sees the weights that the step began with.
    const hyper = Object.fromEntries(
      Object.entries(hyperAt(config, program.hyper, t)).map(([name, value]) => [
        name,
        name.endsWith("/rate") ? 0 : value,
      ]),
    );
    const batch = batchOf(config, program, t);
    const start = modelOf(config).initialState(config);
    const run = async (state: PlainState) => {
      const engine = await createEngine("reference", state);
      try {
        return { outputs: await engine.run(program, batch, hyper), state: await engine.state() };
      } finally {
        await engine.dispose();
      }
    };
    const first = await run(start);
    const objectives = Object.keys(first.outputs).filter((name) => name.startsWith("objective/"));
    expect(objectives.length).toBeGreaterThan(0);
    for (const objective of objectives) {
      const phase = objective.slice("objective/".length);
      const moments = phase === "regularisation" ? "adam-regularisation/m/" : "adam/m/";
      const trained = (PARTS as readonly string[]).includes(phase) ? phase : "encoder";
      const names = Object.keys(start).filter((name) => name.startsWith(moments + trained));
      // No biases: a penalty on gradients of a net of straight pieces is flat in them, but for jumps.
      for (const entry of names.filter(
        (name) => /(out|head1|code2|prior1|dense|means|conv2)/.test(name) && !/bias$/.test(name),
      )) {
        const gradient = (first.state[entry]!.data as Float32Array).map((m) => m / (1 - config.beta1));
        // Of the largest entry: small ones drown in float32.
        const at = gradient.reduce((best, g, i) => (Math.abs(g) > Math.abs(gradient[best]!) ? i : best), 0);
        if (Math.abs(gradient[at]!) < 1e-3) continue;
        const name = entry.slice(moments.length);
        const along = async (by: number) => {
          const data = (start[name]!.data as Float32Array).slice();
          data[at]! += by;
          const { outputs } = await run({ ...start, [name]: { ...start[name]!, data } as PlainTensor });
          return outputs[objective]!.data[0] as number;
        };
        const h = 2e-3;
        const difference = ((await along(h)) - (await along(-h))) / (2 * h);
        expectClose(
          [gradient[at]!],
          [difference],
          { absolute: 2e-3, relative: 5e-2 },
          `${phase}: ${name}[${at}]`,
        );
      }
    }
  });
});

describe.each(RIVAL_NAMES)("%s", (model) => {
  it("stopped and resumed ends in the bytes of an unbroken run; the bundle draws and reads as the nets do", () =>
    withFolder(async (folder) => {
      const config = small(model, {});
      const [whole, broken] = [join(folder, "whole"), join(folder, "broken")];
      const options = { dataset, threads: 1, checkpointEvery: 2, sampleEvery: 3 };
      await train(config, { ...options, out: whole });
      const stop = new AbortController();
      const stopped = train(config, {
        ...{ ...options, out: broken, signal: stop.signal },
        onEvent: (e) => e.kind === "step" && e.step === 3 && stop.abort(),
      });
      await expect(stopped).rejects.toMatchObject({ code: "E_INTERRUPTED" });
      await train(config, { ...options, out: broken, resume: true });
      const checkpoint = (await readNewestCheckpoint(whole, config))!;
      expect(await readNewestCheckpoint(broken, config)).toEqual(checkpoint);

      const bundle = join(folder, "bundle");
      const manifest = await exportRun(whole, bundle);
      expect(manifest.kind).toBe(model);
      expect(parseManifest(await readFile(join(bundle, "manifest.json"), "utf8"), "x").kind).toBe(model);
      expect(await readFile(join(bundle, "card.md"), "utf8")).toContain(RIVALS[model].title);
      const session = async (name: string) =>
        ort.InferenceSession.create(await readFile(join(bundle, name)), { logSeverityLevel: 3 });

      // Drawn by the bundle from clusters and noise: what the sampling program draws from labels and noise.
      const [n, k] = [6, config.clusters];
      const noiseDim = manifest.latentDim - k;
      const noise = new Rng({ seed: 1, stream: "test" }).normal(n * manifest.latentDim);
      const mixture = await (await session("mixture.onnx")).run({
        cluster: new ort.Tensor(
          "int64",
          BigInt64Array.from({ length: n }, (_, i) => BigInt(i % k)),
          [n],
        ),
        noise: new ort.Tensor("float32", noise, [n, manifest.latentDim]),
      });
      expect(mixture.means!.dims).toEqual([k, manifest.latentDim]);
      expect([...(mixture.sigmas!.data as Float32Array)]).toEqual(Array(k).fill(1));
      const drawn = await (await session("generator.onnx")).run({ latent: mixture.latent! });
      const engine = await createEngine("reference", checkpoint.state);
      const labels = Float32Array.from({ length: n * k }, (_, i) => +(i % k === Math.floor(i / k) % k));
      const own = Float32Array.from({ length: n * noiseDim }, (_, i) => {
        const row = Math.floor(i / noiseDim);
        return noise[row * manifest.latentDim + k + (i % noiseDim)]!;
      });
      const { samples } = await engine.run(modelOf(config).samplingProgram(config, n), {
        labels: { dims: [n, k], type: "float32", data: labels },
        noise: { dims: [n, noiseDim], type: "float32", data: own },
      });
      await engine.dispose();
      const [bytes, wanted] = [drawn.images!.data as Uint8Array, toBytes(samples!.data as Float32Array)];
      // The clusters' noise of a thousandth may turn a rounding.
      expect(Math.max(...bytes.map((b, i) => Math.abs(b - wanted[i]!)))).toBeLessThanOrEqual(2);
      expect(new Set(bytes).size).toBeGreaterThan(4);

      // Read: the cluster is the most probable one, and a row does not depend on those beside it.
      const pixels = dataset.pixels!.slice(0, 5 * 64);
      const encode = await session("encoder.onnx");
      const of = (rows: Uint8Array) =>
        encode.run({ images: new ort.Tensor("uint8", rows, [rows.length / 64, 8, 8, 1]) });
      const [all, one] = [await of(pixels), await of(pixels.slice(128, 192))];
      const p = all.probabilities!.data as Float32Array;
      for (let i = 0; i < 5; i++) {
        const row = [...p.slice(i * k, i * k + k)];
        expectClose([row.reduce((a, b) => a + b, 0)], [1]);
        expect(Number((all.cluster!.data as BigInt64Array)[i])).toBe(row.indexOf(Math.max(...row)));
      }
      expectClose(one.logits!.data as Float32Array, (all.logits!.data as Float32Array).slice(2 * k, 3 * k), {
        absolute: 1e-4,
        relative: 1e-4,
      });
    }));

  it("trains on points, draws points and reads them", () =>
    withFolder(async (folder) => {
      const points = makeMoons({ count: 40 }).points;
      const moons: Dataset = {
        ...{ name: "moons", kind: "point", split: "train", count: 40, dim: 2, fit: "stretch" },
        points,
      };
      const own = model === "gmvae" ? { likelihood: "gaussian" as const } : {};
      const config = smallRival(model, { ...rates(model), ...own, batchNorm: false }, moons);
      await train(config, { dataset: moons, out: join(folder, "run"), threads: 1 });
      await exportRun(join(folder, "run"), join(folder, "bundle"));
      const graph = async (name: string) =>
        ort.InferenceSession.create(await readFile(join(folder, "bundle", name)), { logSeverityLevel: 3 });
      const encode = await graph("encoder.onnx");
      const read = await encode.run({ points: new ort.Tensor("float32", points.slice(0, 10), [5, 2]) });
      expect(read.probabilities!.dims).toEqual([5, config.clusters]);
      const latentDim = config.clusters + modelOf(config).samplingProgram(config, 1).batch.noise!.dims[1]!;
      const latent = new ort.Tensor("float32", new Float32Array(3 * latentDim).fill(0.5), [3, latentDim]);
      const drawn = await (await graph("generator.onnx")).run({ latent });
      expect(drawn.points!.dims).toEqual([3, 2]);
      expect((drawn.points!.data as Float32Array).every(Number.isFinite)).toBe(true);
    }));

  it("a step leaves no tensor behind", async () => {
    const config = small(model, {});
    const engine = await createEngine("reference", modelOf(config).initialState(config));
    const run = async (t: number) => {
      const program = programsOf(config)[t]!;
      await engine.run(program, batchOf(config, program, t), hyperAt(config, program.hyper, t));
      return tf.memory().numTensors;
    };
    const after = [await run(0), await run(1), await run(2)];
    await engine.dispose();
    expect(new Set(after).size, after.join()).toBe(1);
  });

  it("has recipes whose every field is in range, for pictures and for points", () => {
    const inputs = [
      { kind: "image", height: 28, width: 28, channels: 1, fit: "contain" },
      { kind: "point", dim: 2 },
    ] as const;
    for (const recipe of ["default", "paper"] as const)
      for (const input of inputs) {
        const config = resolveConfig({ model, recipe, input, data: "x", clusters: 4, count: 100 });
        const has = Object.keys(config).filter(
          (f) => f in FIELD_RANGES || f in FIELD_CHOICES || /Norm$/.test(f),
        );
        expect(has.filter((f) => f !== "clusters" && f !== "seed").sort()).toEqual(
          [...fieldsOf(model)].sort(),
        );
      }
  });
});
