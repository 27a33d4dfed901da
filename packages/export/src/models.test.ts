/** Whole tfjs models, and every operator set the exporter offers. */

import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { compareAll, expectSame, floats, runCpu, runOnnx } from "./compare.test.util.js";
import { readOnnx, traceToOnnx } from "./index.js";

beforeAll(() => tf.setBackend("cpu"));

const { layers } = tf;

/** Gives every weight a fixed value that is not its start value (batch norm starts as the identity). */
function fill(model: tf.LayersModel): void {
  model.setWeights(
    model.getWeights().map((weight, i) => {
      const data = (floats(weight.shape, 50 + i, 0.5).data as Float32Array).map((x) => x + 0.6);
      return tf.tensor(data, weight.shape);
    }),
  );
}

const models: Record<string, [() => tf.layers.Layer[], number[]]> = {
  "a convolutional classifier": [
    () => [
      layers.conv2d({
        inputShape: [12, 12, 3],
        filters: 6,
        kernelSize: 3,
        strides: 2,
        padding: "same",
        useBias: false,
      }),
      layers.batchNormalization(),
      layers.leakyReLU({ alpha: 0.2 }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.depthwiseConv2d({ kernelSize: 3, padding: "same", activation: "relu" }),
      layers.separableConv2d({ filters: 8, kernelSize: 3, padding: "same" }),
      layers.prelu(),
      layers.globalAveragePooling2d({}),
      layers.dropout({ rate: 0.5 }),
      layers.dense({ units: 5, activation: "softmax" }),
    ],
    [12, 12, 3],
  ],
  "a generator": [
    () => [
      layers.dense({ inputShape: [6], units: 4 * 4 * 8, activation: "elu" }),
      layers.reshape({ targetShape: [4, 4, 8] }),
      layers.upSampling2d({ size: [2, 2] }),
      layers.conv2d({ filters: 5, kernelSize: 3, padding: "same", activation: "relu6" }),
      layers.conv2dTranspose({ filters: 2, kernelSize: 4, strides: 2, padding: "same", activation: "tanh" }),
      layers.zeroPadding2d({
        padding: [
          [1, 2],
          [0, 3],
        ],
      }),
      layers.cropping2D({
        cropping: [
          [2, 1],
          [1, 1],
        ],
      }),
    ],
    [6],
  ],
  "a net of dense layers": [
    () => [
      layers.dense({ inputShape: [7], units: 9, activation: "selu" }),
      layers.layerNormalization(),
      layers.dense({ units: 9, activation: "swish" }),
      layers.repeatVector({ n: 3 }),
      layers.permute({ dims: [2, 1] }),
      layers.flatten(),
      layers.dense({ units: 4, activation: "softplus" }),
    ],
    [7],
  ],
  "a one-dimensional convolution": [
    () => [
      layers.conv1d({ inputShape: [10, 4], filters: 6, kernelSize: 3, padding: "same", activation: "relu" }),
      layers.averagePooling1d({ poolSize: 2 }),
      layers.globalMaxPooling1d({}),
    ],
    [10, 4],
  ],
};

describe("a LayersModel at batch sizes 1, 3 and 257", () => {
  it.each(Object.entries(models))("%s", async (_, [make, dims]) => {
    const model = tf.sequential({ layers: make() });
    fill(model);
    const fn = ({ x }: Record<string, tf.Tensor>) => ({
      y: model.apply(x!, { training: false }) as tf.Tensor,
    });
    const { onnx } = traceToOnnx(fn, { x: { dims: ["batch", ...dims], type: "float32" } });
    for (const batch of [1, 3, 257]) {
      const feeds = { x: floats([batch, ...dims], 3) };
      compareAll(await runOnnx(onnx, feeds), runCpu(fn, feeds), 1e-5);
    }
    model.dispose();
  });
});

describe("operator sets", () => {
  it.each([13, 14, 15, 16, 17, 18, 19, 20, 21])("%s", async (opset) => {
    const { onnx } = await expectSame(
      ({ x }) => {
        const image = x as tf.Tensor4D;
        const rows = tf.reshape(image, [2, -1]);
        return {
          max: tf.max(image, [1, 2]),
          mean: tf.mean(image, 3),
          sum: tf.sum(image, [0, 3], true),
          prod: tf.prod(rows, 1),
          any: tf.any(tf.greater(image, 0.9), 2),
          pool: tf.maxPool(image, 2, 2, "same"),
          average: tf.avgPool(image, 3, 2, "same"),
          padded: tf.pad(
            image,
            [
              [0, 0],
              [1, 2],
              [0, 1],
              [0, 0],
            ],
            3,
          ),
          mirrored: tf.mirrorPad(
            image,
            [
              [0, 0],
              [1, 2],
              [0, 1],
              [0, 0],
            ],
            "reflect",
          ),
          sliced: tf.slice(image, [0, 1, 2, 0], [2, 3, 2, 2]),
          reversed: tf.reverse(image, 1),
          top: tf.topk(rows, 2).values,
          best: tf.argMax(rows, 1),
          hot: tf.oneHot(tf.argMax(rows, 1), 7),
          whole: tf.relu(tf.cast(tf.mul(image, 5), "int32")),
          remainder: tf.mod(tf.cast(tf.mul(image, 9), "int32"), tf.scalar(4, "int32")),
          running: tf.cumsum(rows, 1),
          tiled: tf.tile(rows, [2, 3]),
          probabilities: tf.softmax(rows),
          resized: tf.image.resizeBilinear(image, [7, 3]),
          convolved: tf.conv2d(image, tf.ones([3, 3, 2, 1]), 1, "same"),
          clipped: tf.clipByValue(image, 0.1, 0.2),
          chosen: tf.where(tf.greater(rows, 0), rows, tf.exp(rows)),
          powers: tf.pow(tf.abs(rows), 2.5),
          grown: tf.elu(tf.selu(tf.softplus(rows))),
        };
      },
      { x: floats([2, 5, 4, 2], 4) },
      { opset, tolerance: 2e-5 },
    );
    expect(readOnnx(onnx).opsets).toEqual({ "": opset });
  });
});
