import { describe, expect, it } from "vitest";
import { expectClose } from "../testing/differences.js";
import { tf } from "../testing/gradients.js";
import { smallConfig } from "../testing/small.js";
import { critic, encoder } from "./encoder.js";
import { generator, latents } from "./generator.js";
import { batchNorm, type Tensors } from "./layers.js";
import { initialParameters, type PlainState } from "./parameters.js";
import { netPlan } from "./plan.js";

const toTensors = (state: PlainState): Tensors =>
  Object.fromEntries(
    Object.entries(state).map(([name, { data, dims }]) => [name, tf.tensor(data as Float32Array, [...dims])]),
  );

describe("batchNorm", () => {
  const params = {
    "n/scale": tf.tensor1d([2]),
    "n/offset": tf.tensor1d([3]),
    "n/mean": tf.tensor1d([0]),
    "n/variance": tf.tensor1d([1]),
  };
  it("divides by sqrt(1 + eps) with mean 0 and variance 1", () => {
    const y = batchNorm(params, "n", tf.tensor2d([[4]]), { training: false });
    expectClose(y.dataSync(), [(2 * 4) / Math.sqrt(1 + 1e-5) + 3]);
  });
  it("uses the batch's own mean and variance in training, and reports them", () => {
    const statistics: Tensors = {};
    const y = batchNorm(params, "n", tf.tensor2d([[1], [5]]), { training: true, statistics });
    const unit = 2 / Math.sqrt(((1 - 3) ** 2 + (5 - 3) ** 2) / 2 + 1e-5);
    expectClose(y.dataSync(), [3 - 2 * unit, 3 + 2 * unit]);
    expectClose([statistics["n/mean"]!.dataSync()[0]!, statistics["n/variance"]!.dataSync()[0]!], [3, 4]);
  });
  it("has the gradients that autodiff finds through the same arithmetic: of x, scale and offset", () => {
    const at = [
      tf.tensor2d([0.3, -1, 2, 0.5, 1.7, -0.2], [3, 2]),
      tf.tensor1d([0.7, -1.6]),
      tf.tensor1d([0.4, 2]),
    ];
    const weights = tf.tensor2d([1, 2, -1, 0.5, 3, 1], [3, 2]);
    const plain = (x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor) => {
      const centred = tf.sub(x, tf.mean(x, 0, true));
      const variance = tf.mean(tf.square(centred), 0, true);
      const normal = tf.div(centred, tf.sqrt(tf.add(variance, 1e-5)));
      return tf.sum(tf.mul(weights, tf.add(tf.mul(normal, scale), offset)));
    };
    const ours = (x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor) =>
      tf.sum(
        tf.mul(weights, batchNorm({ "n/scale": scale, "n/offset": offset }, "n", x, { training: true })),
      );
    const [found, wanted] = [ours, plain].map((f) => tf.grads(f as never)(at as never) as tf.Tensor[]);
    wanted!.forEach((gradient, i) => {
      expectClose(found![i]!.dataSync(), gradient.dataSync(), {}, ["x", "scale", "offset"][i]);
    });
  });
});

describe("the nets of every size", () => {
  it.each([8, 12, 20, 28, 32, 33, 64, 128])(
    "%i pixels: E and D take pictures, G makes them in [-1, 1]",
    (size) => {
      const input = { kind: "image", height: size, width: size, channels: 3, fit: "cover" } as const;
      const plan = netPlan({ input, filters: 2, latentDim: 3, clusters: 4, batchNorm: true, net: "light" });
      const params = toTensors(initialParameters(plan, { seed: 1, init: "hypercube", sigma: 1 }));
      const y = tf.oneHot(tf.tensor1d([0, 3], "int32"), 4);
      const images = generator(plan, params, latents(params, y, tf.ones([2, 3])), { training: true });
      expect(images.shape).toEqual([2, size, size, 3]);
      for (const v of images.dataSync()) expect(Math.abs(v)).toBeLessThanOrEqual(1);
      expect(encoder(plan, params, images, { training: false }).logits.shape).toEqual([2, 4]);
      expect(critic(plan, params, images).shape).toEqual([2]);
    },
  );
});

describe("latents", () => {
  it("is mu(y) + sigma(y) z", () => {
    const params = {
      "mixture/means": tf.tensor2d([
        [1, -1],
        [2, 4],
      ]),
      "mixture/sigmas": tf.tensor2d([[0.5], [0.25]]),
    };
    const y = tf.tensor2d([
      [0, 1],
      [0.5, 0.5],
    ]);
    const z = tf.tensor2d([
      [4, -4],
      [8, 0],
    ]);
    const sigma = (0.5 + 0.25) / 2;
    expectClose(latents(params, y, z).dataSync(), [
      2 + 0.25 * 4,
      4 - 0.25 * 4,
      (1 + 2) / 2 + sigma * 8,
      (-1 + 4) / 2,
    ]);
  });
});

describe("initialParameters", () => {
  const plan = netPlan(smallConfig());
  it("puts the means on distinct vertices of the cube, or all on one", () => {
    const start = (init: "hypercube" | "same") => {
      const means = initialParameters(plan, { seed: 2, init, sigma: 0.5 })["mixture/means"]!;
      const [k, d] = means.dims as [number, number];
      return Array.from({ length: k }, (_, i) =>
        [...(means.data as Float32Array).slice(i * d, (i + 1) * d)].join(),
      );
    };
    expect(new Set(start("hypercube")).size).toBe(3);
    expect(new Set(start("same")).size).toBe(1);
    for (const row of [...start("hypercube"), ...start("same")]) expect(row).toMatch(/^(-?1,)*-?1$/);
  });
  it.each([
    ["critic/conv2/kernel", 2 / (4 * 4 * 128)],
    ["encoder/conv2/kernel", 1 / (3 * 4 * 4 * 128)],
  ])("%s starts with variance %d", (name, variance) => {
    const wide = netPlan({ ...smallConfig(), filters: 64 });
    const data = initialParameters(wide, { seed: 2, init: "hypercube", sigma: 1 })[name]!
      .data as Float32Array;
    expectClose([data.reduce((s, v) => s + v * v, 0) / data.length], [variance], {
      relative: 0.02,
      absolute: 0,
    });
  });
  it("same seed, same bytes; another seed, others", () => {
    const draw = (seed: number) =>
      initialParameters(plan, { seed, init: "hypercube", sigma: 1 })["generator/dense/kernel"]!.data;
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });
});
