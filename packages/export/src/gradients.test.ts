/** First and second derivatives, traced, against tfjs's cpu backend, and relu's against central differences. */

import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { expectSame, floats, integers, runOnnx, specOf } from "./compare.test.util.js";
import { readOnnx, registerSecondGradients, traceToOnnx } from "./index.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
  // tfjs itself needs them for the second derivatives it is compared with.
  registerSecondGradients();
});

type Fn = (x: tf.Tensor) => tf.Tensor;

/** Value, gradient, and the gradient of the squared gradient norm. */
const derivatives = (f: Fn) => {
  const value = (x: tf.Tensor) => tf.sum(f(x)) as tf.Scalar;
  const norm = (x: tf.Tensor) => tf.sum(tf.square(tf.grad(value)(x))) as tf.Scalar;
  return ({ x }: Record<string, tf.Tensor>) => ({
    y: f(x!),
    first: tf.grad(value)(x!),
    second: tf.grad(norm)(x!),
  });
};

const conv = (filter: number[], seed: number) =>
  tf.tensor4d(floats(filter, seed).data as Float32Array, filter as [number, number, number, number]);

const functions: Record<string, [Fn, number[]]> = {
  square: [(x) => tf.square(tf.square(x)), [5]],
  "sqrt of a sum": [(x) => tf.sqrt(tf.add(tf.sum(tf.square(x), 1), 0.1)), [3, 4]],
  division: [(x) => tf.div(tf.exp(x), tf.add(1, tf.square(x))), [3, 4]],
  leakyRelu: [(x) => tf.square(tf.leakyRelu(tf.mul(x, 3), 0.2)), [3, 4]],
  relu: [(x) => tf.square(tf.relu(x)), [3, 4]],
  relu6: [(x) => tf.square(tf.relu6(tf.mul(x, 9))), [3, 4]],
  "tanh of a square": [(x) => tf.tanh(tf.square(x)), [3, 4]],
  sigmoid: [tf.sigmoid, [3, 4]],
  tanh: [tf.tanh, [3, 4]],
  exp: [tf.exp, [3, 4]],
  elu: [tf.elu, [3, 4]],
  pow: [(x) => tf.pow(tf.abs(x), tf.add(tf.abs(x), 1.5)), [3, 4]],
  softplus: [(x) => tf.softplus(tf.mul(x, 5)), [3, 4]],
  softmax: [(x) => tf.square(tf.softmax(tf.mul(x as tf.Tensor2D, 2))), [3, 4]],
  "log-softmax": [(x) => tf.square(tf.logSoftmax(tf.mul(x as tf.Tensor2D, 2))), [3, 4]],
  "abs and sign": [(x) => tf.mul(tf.abs(x), x), [3, 4]],
  clip: [(x) => tf.square(tf.clipByValue(x, -0.5, 0.5)), [3, 4]],
  maximum: [(x) => tf.square(tf.maximum(x, tf.mul(x, 0.3))), [3, 4]],
  where: [(x) => tf.where(tf.greater(x, 0.1), tf.square(x), tf.mul(x, 3)), [3, 4]],
  max: [(x) => tf.square(tf.max(x, 1)), [3, 4]],
  "slice, pad, concat": [
    (x) =>
      tf.square(
        tf.concat(
          [
            tf.slice(x, [0, 1], [3, 2]),
            tf.pad(tf.square(x), [
              [0, 0],
              [1, 0],
            ]),
          ],
          1,
        ),
      ),
    [3, 4],
  ],
  "tile and reshape": [(x) => tf.square(tf.tile(tf.reshape(tf.square(x), [4, 3]), [2, 1])), [3, 4]],
  "transpose and matMul": [(x) => tf.square(tf.matMul(x as tf.Tensor2D, tf.square(x), false, true)), [3, 4]],
  "batch norm arithmetic": [
    (x) => {
      const { mean, variance } = tf.moments(x, [0, 1, 2], true);
      return tf.mul(
        tf.square(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-3)))),
        tf.tensor1d([1, -2]),
      );
    },
    [2, 3, 3, 2],
  ],
  conv2d: [(x) => tf.square(tf.conv2d(x as tf.Tensor4D, conv([4, 4, 2, 3], 3), 2, "same")), [2, 6, 6, 2]],
  conv2dTranspose: [
    (x) => tf.square(tf.conv2dTranspose(x as tf.Tensor4D, conv([3, 3, 4, 2], 3), [2, 6, 5, 4], 2, "same")),
    [2, 3, 3, 2],
  ],
  "two convolutions with leakyRelu": [
    (x) => {
      const h = tf.leakyRelu(
        tf.add(tf.conv2d(x as tf.Tensor4D, conv([4, 4, 2, 3], 3), 2, "same"), tf.tensor1d([0.1, -0.1, 0.2])),
        0.2,
      );
      return tf.square(tf.conv2d(h as tf.Tensor4D, conv([3, 3, 3, 2], 4), 1, "valid"));
    },
    [2, 8, 8, 2],
  ],
  "bilinear and nearest resizing": [
    (x) => {
      const big = tf.image.resizeBilinear(tf.square(x) as tf.Tensor4D, [7, 7]);
      return tf.square(tf.image.resizeNearestNeighbor(big, [4, 4]));
    },
    [1, 4, 4, 2],
  ],
};

describe.each([false, true])("value, first and second derivative (training: %s)", (training) => {
  it.each(Object.entries(functions))("%s", async (_, [f, dims]) => {
    await expectSame(derivatives(f), { x: floats(dims, 11) }, { training, tolerance: 2e-5 });
  });
});

/** The numbers of a scalar output, for several values of x. */
async function scalars(fn: Fn, dims: number[], inputs: Float32Array[]): Promise<number[]> {
  const { onnx } = traceToOnnx(({ x }) => ({ y: fn(x!) }), { x: { dims, type: "float32" } });
  const results = [];
  for (const data of inputs) results.push((await runOnnx(onnx, { x: { dims, type: "float32", data } })).y!);
  return results.map(({ data }) => Number(data[0]));
}

describe("second derivatives are those of central differences", () => {
  // tfjs alone would not do as the reference: it loses what flows through saved outputs.
  it.each(Object.entries(functions))("%s", async (_, [f, dims]) => {
    const value = (x: tf.Tensor) => tf.sum(f(x)) as tf.Scalar;
    const norm = (x: tf.Tensor) => tf.sum(tf.square(tf.grad(value)(x))) as tf.Scalar;
    const x = floats(dims, 11);
    const { onnx } = traceToOnnx(({ x }) => ({ g: tf.grad(norm)(x!) }), { x: specOf(x) });
    const exact = Array.from((await runOnnx(onnx, { x })).g!.data, Number);
    const step = 2 ** -9;
    const places = [0, 1, 2, exact.length - 1];
    const moved = places.flatMap((place) =>
      [step, -step].map((by) => (x.data as Float32Array).map((v, i) => (i === place ? v + by : v))),
    );
    const norms = await scalars(norm, dims, moved);
    const largest = Math.max(...exact.map(Math.abs));
    places.forEach((place, i) => {
      const numeric = (norms[2 * i]! - norms[2 * i + 1]!) / (2 * step);
      // Truncation is of order step^2, rounding of order 2^-24 * norm / step.
      expect(Math.abs(numeric - exact[place]!), `at ${place}`).toBeLessThan(0.01 * largest + 1e-3);
    });
  });
});

describe("gradients that lower well", () => {
  it("of relu and leakyRelu hold no Where and no comparison", () => {
    const { onnx } = traceToOnnx(
      ({ x }) => ({
        a: tf.grad((x) => tf.sum(tf.exp(tf.leakyRelu(x, 0.2))))(x!),
        b: tf.grad((x) => tf.sum(tf.exp(tf.relu(x))))(x!),
      }),
      { x: { dims: [8], type: "float32" } },
    );
    const { operators } = readOnnx(onnx);
    for (const slow of ["Where", "Greater", "Cast"]) expect(operators[slow]).toBeUndefined();
  });

  it("of leakyRelu with a slope above 1 or below 0, which cannot be read from the output", async () => {
    for (const alpha of [-0.5, 1.5])
      await expectSame(({ x }) => ({ g: tf.grad((x) => tf.sum(tf.exp(tf.leakyRelu(x, alpha))))(x!) }), {
        x: floats([9], 3),
      });
  });

  it("agree with central differences", async () => {
    const step = 2 ** -7;
    const f = (x: tf.Tensor) => tf.sum(tf.square(tf.leakyRelu(x, 0.25)));
    const feeds = { x: floats([6], 5, 2) };
    const { onnx } = traceToOnnx(
      ({ x }) => {
        const rows = tf.mul(tf.eye(6), step);
        const at = (sign: number) => tf.sum(tf.square(tf.leakyRelu(tf.add(tf.mul(rows, sign), x!), 0.25)), 1);
        return { exact: tf.grad(f)(x!), numeric: tf.div(tf.sub(at(1), at(-1)), 2 * step) };
      },
      { x: specOf(feeds.x) },
    );
    const { exact, numeric } = await runOnnx(onnx, feeds);
    exact!.data.forEach((value, i) => {
      expect(Number(value)).toBeCloseTo(Number(numeric!.data[i]), 3);
    });
  });

  it("reach rows gathered from a table", async () => {
    await expectSame(
      ({ table, i }) => ({
        g: tf.grad((t) => tf.sum(tf.square(tf.gather(t, i as tf.Tensor1D))))(table!),
      }),
      { table: floats([5, 3], 3), i: integers([4], [4, 0, 4, 2]) },
    );
  });
});
