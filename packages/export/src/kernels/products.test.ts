/** Matrix products, convolutions, pooling, resizing and batch norm against tfjs. */

import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { expectSame, floats, runOnnx, specOf } from "../compare.test.util.js";
import { readOnnx, traceToOnnx } from "../index.js";

beforeAll(() => tf.setBackend("cpu"));

describe("matrix products", () => {
  const shapes: [number[], number[]][] = [
    [
      [3, 4],
      [4, 5],
    ],
    [
      [2, 3, 4],
      [2, 4, 5],
    ],
    [
      [2, 3, 4],
      [1, 4, 5],
    ],
    [
      [1, 3, 4],
      [1, 4, 5],
    ],
  ];
  const swap = (dims: number[]) => [...dims.slice(0, -2), dims.at(-1)!, dims.at(-2)!];

  it.each(shapes)("[%s] x [%s], each side transposed or not", async (a, b) => {
    for (const ta of [false, true])
      for (const tb of [false, true])
        await expectSame(({ a, b }) => ({ y: tf.matMul(a!, b!, ta, tb) }), {
          a: floats(ta ? swap(a) : a, 1),
          b: floats(tb ? swap(b) : b, 2),
        });
  });

  it.each(["linear", "relu", "relu6", "elu", "sigmoid", "leakyrelu", "prelu"] as const)(
    "fused with a bias and %s",
    async (activation) => {
      await expectSame(
        ({ a, b, bias, slopes }) => ({
          y: tf.fused.matMul({
            a: a!,
            b: b!,
            transposeA: false,
            transposeB: true,
            bias: bias!,
            activation,
            ...(activation === "prelu" ? { preluActivationWeights: slopes! } : {}),
            leakyreluAlpha: 0.15,
          }),
        }),
        { a: floats([3, 4], 1, 2), b: floats([5, 4], 2, 2), bias: floats([5], 3), slopes: floats([5], 4) },
      );
    },
  );

  it("a product and a bias become one node", async () => {
    const graph = await expectSame(({ a, b, c }) => ({ y: tf.add(tf.matMul(a!, b!), c!) }), {
      a: floats([3, 4]),
      b: floats([4, 5]),
      c: floats([5]),
    });
    expect(readOnnx(graph.onnx).operators).toEqual({ Gemm: 1 });
  });
});

type Pad = "same" | "valid" | number;
type Dims = [number, number, number, number];
const cases: [Dims, Dims, number | [number, number], Pad][] = [
  [[2, 8, 8, 3], [4, 4, 3, 5], 2, "same"],
  [[1, 7, 9, 2], [3, 3, 2, 4], 1, "same"],
  [[2, 7, 7, 2], [3, 2, 2, 3], [2, 1], "valid"],
  [[1, 9, 8, 1], [5, 3, 1, 2], 3, "same"],
  [[2, 6, 6, 2], [3, 3, 2, 2], 2, 1],
  [[2, 5, 5, 4], [1, 1, 4, 3], 1, "valid"],
  [[1, 10, 7, 2], [2, 2, 2, 9], 3, "valid"],
  [[3, 8, 6, 2], [4, 4, 2, 8], 2, "same"],
  [[2, 5, 7, 3], [3, 3, 3, 8], 1, "same"],
];

describe.each([false, true])("convolutions (training: %s)", (training) => {
  it.each(cases)("x [%s], filter [%s], stride %s, pad %s", async (x, filter, strides, pad) => {
    await expectSame(
      ({ x, w }) => ({ y: tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides, pad) }),
      {
        x: floats(x, 1),
        w: floats(filter, 2),
      },
      { training },
    );
  });

  it.each(cases)(
    "transposed: output [%s], filter [%s], stride %s, pad %s",
    async (shape, filter, strides, pad) => {
      const out = tf.tidy(
        () => tf.conv2d(tf.zeros<tf.Rank.R4>(shape), tf.zeros<tf.Rank.R4>(filter), strides, pad).shape,
      );
      await expectSame(
        ({ y, w }) => ({
          x: tf.conv2dTranspose(y as tf.Tensor4D, w as tf.Tensor4D, shape, strides, pad),
        }),
        { y: floats(out, 1), w: floats(filter, 2) },
        { training },
      );
    },
  );

  it.each(cases)(
    "gradients in x and filter: x [%s], filter [%s], stride %s, pad %s",
    async (x, filter, strides, pad) => {
      await expectSame(
        ({ x, w }) => {
          const loss = (x: tf.Tensor, w: tf.Tensor) =>
            tf.sum(tf.square(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides, pad)));
          const [dx, dw] = tf.grads(loss)([x!, w!]);
          return { dx: dx!, dw: dw! };
        },
        { x: floats(x, 1), w: floats(filter, 2) },
        { training },
      );
    },
  );

  it("dilated", async () => {
    await expectSame(
      ({ x, w }) => ({ y: tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same", "NHWC", 2) }),
      { x: floats([2, 9, 9, 2], 1), w: floats([3, 2, 2, 9], 2) },
      { training },
    );
  });

  it("<conv(x), y> = <x, convTranspose(y)>", async () => {
    const graph = await expectSame(
      ({ x, w, y }) => {
        const conv = tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, "same");
        const back = tf.conv2dTranspose(y as tf.Tensor4D, w as tf.Tensor4D, [2, 7, 7, 3], 2, "same");
        return { difference: tf.sub(tf.sum(tf.mul(conv, y!)), tf.sum(tf.mul(x!, back))) };
      },
      { x: floats([2, 7, 7, 3], 1), w: floats([3, 3, 3, 4], 2), y: floats([2, 4, 4, 4], 3) },
      { training },
    );
    expect(graph.outputs[0]!.dims).toEqual([]);
  });

  it("a bias behind it is part of its product", async () => {
    const graph = await expectSame(
      ({ x, w, b }) => ({ y: tf.add(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, "same"), b!) }),
      { x: floats([2, 6, 6, 3], 1), w: floats([4, 4, 3, 9], 2), b: floats([9], 3) },
      { training },
    );
    expect(readOnnx(graph.onnx).operators.Add).toBeUndefined();
    expect(readOnnx(graph.onnx).operators[training ? "Gemm" : "Conv"]).toBe(1);
  });
});

describe("convolutions of other kinds", () => {
  it("depthwise, with gradients", async () => {
    for (const [strides, pad] of [
      [1, "same"],
      [2, "same"],
      [2, "valid"],
    ] as const)
      await expectSame(
        ({ x, w }) => {
          const conv = (x: tf.Tensor, w: tf.Tensor) =>
            tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides, pad) as tf.Tensor;
          const [dx, dw] = tf.grads((x, w) => tf.sum(tf.square(conv(x!, w!))))([x!, w!]);
          return { y: conv(x!, w!), dx: dx!, dw: dw! };
        },
        { x: floats([2, 7, 8, 3], 1), w: floats([3, 3, 3, 2], 2) },
      );
  });

  it.each(["linear", "relu", "relu6", "elu", "sigmoid", "leakyrelu"] as const)(
    "fused with a bias and %s",
    async (activation) => {
      await expectSame(
        ({ x, w, bias }) => ({
          y: tf.fused.conv2d({
            x: x as tf.Tensor4D,
            filter: w as tf.Tensor4D,
            strides: 2,
            pad: "same",
            bias: bias!,
            activation,
            leakyreluAlpha: 0.2,
          }),
          z: tf.fused.depthwiseConv2d({
            x: x as tf.Tensor4D,
            filter: tf.slice(w as tf.Tensor4D, [0, 0, 0, 0], [3, 3, 2, 1]),
            strides: 2,
            pad: "same",
            activation,
            leakyreluAlpha: 0.2,
          }),
        }),
        { x: floats([2, 7, 7, 2], 1, 2), w: floats([3, 3, 2, 4], 2, 2), bias: floats([4], 3) },
      );
    },
  );

  it("a chain stays in one layout: convolution, bias, leakyRelu, convolution need two transposes", async () => {
    const graph = await expectSame(
      ({ x, w, b, v }) => {
        const h = tf.leakyRelu(tf.add(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, "same"), b!), 0.2);
        return { y: tf.mean(tf.relu(tf.conv2d(h as tf.Tensor4D, v as tf.Tensor4D, 2, "same")), [1, 2]) };
      },
      {
        x: floats([2, 8, 8, 3], 1),
        w: floats([3, 3, 3, 4], 2),
        b: floats([4], 3),
        v: floats([3, 3, 4, 5], 4),
      },
    );
    // x and the two weights; nothing between the convolutions or before the mean.
    expect(readOnnx(graph.onnx).operators).toEqual({
      Conv: 2,
      LeakyRelu: 1,
      ReduceMean: 1,
      Relu: 1,
      Transpose: 3,
    });
  });
});

describe("pooling", () => {
  it.each([
    [2, 2, "valid"],
    [3, 2, "same"],
    [3, 1, "same"],
    [2, 3, "valid"],
  ] as const)("window %s, stride %s, pad %s, with gradients", async (window, strides, pad) => {
    await expectSame(
      ({ x }) => {
        const high = (x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, window, strides, pad);
        const mean = (x: tf.Tensor) => tf.avgPool(x as tf.Tensor4D, window, strides, pad);
        return {
          high: high(x!),
          mean: mean(x!),
          highGradient: tf.grad((x) => tf.sum(tf.square(high(x))))(x!),
          ...(pad === "valid" ? { meanGradient: tf.grad((x) => tf.sum(tf.square(mean(x))))(x!) } : {}),
        };
      },
      { x: floats([2, 7, 9, 3], 5) },
    );
  });
});

describe("resizing", () => {
  it.each([
    [false, false],
    [true, false],
    [false, true],
  ])("alignCorners %s, halfPixelCenters %s", async (corners, half) => {
    for (const size of [
      [12, 10],
      [3, 4],
      [6, 5],
    ] as [number, number][])
      await expectSame(
        ({ x }) => ({
          bilinear: tf.image.resizeBilinear(x as tf.Tensor4D, size, corners, half),
          nearest: tf.image.resizeNearestNeighbor(x as tf.Tensor4D, size, corners, half),
        }),
        { x: floats([2, 6, 5, 3], 5) },
      );
  });

  it("gradients, where tfjs's own kernels are right (one square image, no half pixels)", async () => {
    for (const size of [
      [12, 12],
      [4, 4],
    ] as [number, number][])
      await expectSame(
        ({ x }) => {
          const up = (x: tf.Tensor) => tf.image.resizeBilinear(x as tf.Tensor4D, size);
          const copy = (x: tf.Tensor) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, size);
          return {
            bilinear: tf.grad((x) => tf.sum(tf.square(up(x))))(x!),
            nearest: tf.grad((x) => tf.sum(tf.square(copy(x))))(x!),
          };
        },
        { x: floats([1, 6, 6, 3], 5) },
      );
  });
});

describe("gradients that tfjs's cpu backend gets wrong", () => {
  // f is linear, so g = grad of sum(f(x) * y) gives sum(g * x) = sum(f(x) * y).
  it.each<[string, number[], (x: tf.Tensor4D) => tf.Tensor]>([
    ["padded mean pooling", [2, 4, 3, 2], (x) => tf.avgPool(x, 3, 2, "same")],
    ["bilinear with half pixels", [2, 11, 4, 2], (x) => tf.image.resizeBilinear(x, [11, 4], false, true)],
    ["bilinear, not square", [2, 9, 3, 2], (x) => tf.image.resizeBilinear(x, [9, 3])],
    ["nearest, two images", [2, 14, 5, 2], (x) => tf.image.resizeNearestNeighbor(x, [14, 5])],
  ])("%s: the transpose", async (_, out, f) => {
    const feeds = { x: floats([2, 7, 5, 2], 5), y: floats(out, 6) };
    const { onnx } = traceToOnnx(
      ({ x, y }) => {
        const weighted = (x: tf.Tensor) => tf.sum(tf.mul(f(x as tf.Tensor4D), y!));
        return { value: weighted(x!), product: tf.sum(tf.mul(tf.grad(weighted)(x!), x!)) };
      },
      { x: specOf(feeds.x), y: specOf(feeds.y) },
    );
    const { value, product } = await runOnnx(onnx, feeds);
    expect(Math.abs(Number(value!.data[0]))).toBeGreaterThan(0.01);
    expect(Number(product!.data[0])).toBeCloseTo(Number(value!.data[0]), 5);
  });
});

describe("batch norm with given statistics", () => {
  it("after a convolution whose weights are constant, it leaves no node", async () => {
    const constant = (dims: number[], seed: number) =>
      tf.tensor(floats(dims, seed).data as Float32Array, dims);
    const [w, b, mean, offset, scale] = [[3, 3, 2, 4], [4], [4], [4], [4]].map((dims, i) =>
      constant(dims, i + 1),
    );
    const variance = tf.tensor1d([0.5, 1, 2, 0.1]);
    const graph = await expectSame(
      ({ x }) => {
        const conv = tf.add(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same"), b!);
        const normal = tf.batchNorm(
          conv,
          mean as tf.Tensor1D,
          variance,
          offset as tf.Tensor1D,
          scale as tf.Tensor1D,
          1e-3,
        );
        return { y: tf.relu(normal) };
      },
      { x: floats([2, 5, 5, 2], 9) },
    );
    expect(readOnnx(graph.onnx).operators).toEqual({ Conv: 1, Relu: 1, Transpose: 2 });
    tf.dispose([w!, b!, mean!, offset!, scale!, variance]);
  });

  it("with statistics that are inputs", async () => {
    await expectSame(
      ({ x, mean, variance }) => ({
        y: tf.batchNorm(
          x as tf.Tensor4D,
          mean as tf.Tensor1D,
          tf.square(variance!) as tf.Tensor1D,
          undefined,
          undefined,
          1e-3,
        ),
      }),
      { x: floats([2, 5, 5, 3], 9), mean: floats([3], 1), variance: floats([3], 2) },
    );
  });
});
