/** Bundles in memory, summaries of graphs, and batch norm folded at the level of parameters. */

import { BundleError, type Manifest, parseManifest, ShapeError, sha256Hex, TraceError } from "@mmgan/core";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { compareAll, floats, runCpu, runOnnx, specOf } from "./compare.test.util.js";
import { type BundleParts, buildBundle, foldBatchNorm, readOnnx, traceToOnnx } from "./index.js";

beforeAll(() => tf.setBackend("cpu"));

const graph = (factor: number) =>
  traceToOnnx(({ x }) => ({ y: tf.mul(x!, factor) }), { x: { dims: ["batch", 2], type: "float32" } }).onnx;

const parts = (): BundleParts => ({
  manifest: {
    kind: "mmgan",
    name: "test",
    clusters: 3,
    latentDim: 2,
    input: { kind: "point", dim: 2 },
    opset: 17,
    training: {
      data: "moons",
      recipe: "paper",
      loss: "rsgan",
      steps: 10,
      seed: 1,
      images: 100,
      metrics: { loss: 0.5 },
    },
    license: "MIT",
    tool: { name: "mmgan", version: "0.1.0" },
  },
  encoder: graph(2),
  generator: graph(3),
  mixture: graph(4),
  card: "# Test\n",
});

describe("buildBundle", () => {
  it("lists every file with its size and SHA-256", async () => {
    const { manifest, files } = await buildBundle({ ...parts(), grid: Uint8Array.of(1, 2, 3) });
    expect([...files.keys()]).toEqual([
      "encoder.onnx",
      "generator.onnx",
      "mixture.onnx",
      "card.md",
      "grid.png",
      "manifest.json",
    ]);
    for (const { path, sha256, bytes } of Object.values(manifest.files) as Manifest["files"]["card"][]) {
      expect(bytes).toBe(files.get(path)!.length);
      expect(sha256).toBe(await sha256Hex(files.get(path)!));
    }
    const written = new TextDecoder().decode(files.get("manifest.json"));
    expect(parseManifest(written, "manifest.json")).toEqual(manifest);
  });

  it("leaves the grid out for points, and gives the same bytes twice", async () => {
    const [one, two] = [await buildBundle(parts()), await buildBundle(parts())];
    expect(one.manifest.files.grid).toBeUndefined();
    expect(one.files).toEqual(two.files);
  });

  it("refuses a manifest that breaks the schema and a file that is no graph", async () => {
    const wrong = parts();
    await expect(buildBundle({ ...wrong, manifest: { ...wrong.manifest, clusters: 0 } })).rejects.toThrow(
      BundleError,
    );
    await expect(buildBundle({ ...wrong, encoder: Uint8Array.of(9, 9, 9) })).rejects.toThrow(TraceError);
  });
});

describe("readOnnx", () => {
  it("tells symbolic dimensions by name", () => {
    expect(readOnnx(graph(2)).inputs).toEqual([{ name: "x", dims: ["batch", 2], type: "float32" }]);
  });

  it("refuses bytes that are no model", () => {
    expect(() => readOnnx(Uint8Array.of(255, 255, 255))).toThrow(TraceError);
  });
});

describe("foldBatchNorm", () => {
  it("y = gamma (x w + b - mean) / sqrt(variance + epsilon) + beta, by hand", () => {
    const { kernel, bias } = foldBatchNorm(Float32Array.of(1, 2, 3, 4), Float32Array.of(1, -1), {
      gamma: Float32Array.of(2, 3),
      beta: Float32Array.of(0.5, 1),
      mean: Float32Array.of(3, 1),
      variance: Float32Array.of(3, 8),
      epsilon: 1,
    });
    // scales 2 / sqrt(3 + 1) and 3 / sqrt(8 + 1), both 1
    expect(Array.from(kernel)).toEqual([1 * 1, 2 * 1, 3 * 1, 4 * 1]);
    expect(Array.from(bias)).toEqual([(1 - 3) * 1 + 0.5, (-1 - 1) * 1 + 1]);
  });

  it("agrees with a dense layer followed by batch norm", async () => {
    const [w, b, gamma, beta, mean] = [[4, 3], [3], [3], [3], [3]].map(
      (dims, i) => floats(dims, i + 1).data as Float32Array,
    );
    const variance = Float32Array.of(0.2, 1, 3);
    const folded = foldBatchNorm(w!, b!, {
      gamma: gamma!,
      beta: beta!,
      mean: mean!,
      variance,
      epsilon: 1e-5,
    });
    const feeds = { x: floats([5, 4], 9) };
    const plain = ({ x }: Record<string, tf.Tensor>) => {
      const h = tf.add(tf.matMul(x as tf.Tensor2D, tf.tensor2d(w!, [4, 3])), b!);
      const normal = tf.div(tf.sub(h, mean!), tf.sqrt(tf.add(variance, 1e-5)));
      return { y: tf.add(tf.mul(normal, gamma!), beta!) };
    };
    const { onnx } = traceToOnnx(
      ({ x }) => ({
        y: tf.add(tf.matMul(x as tf.Tensor2D, tf.tensor2d(folded.kernel, [4, 3])), folded.bias),
      }),
      { x: specOf(feeds.x) },
    );
    compareAll(await runOnnx(onnx, feeds), runCpu(plain, feeds), 1e-5);
  });

  it("refuses lengths that do not fit, naming them", () => {
    const one = Float32Array.of(1);
    const norm = { gamma: one, beta: one, mean: one, variance: Float32Array.of(1, 2), epsilon: 1e-5 };
    expect(() => foldBatchNorm(one, undefined, norm)).toThrow(ShapeError);
    expect(() => foldBatchNorm(one, undefined, norm)).toThrow(
      "Expected 1 elements for variance but received 2",
    );
  });
});
