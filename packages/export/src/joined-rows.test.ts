/** In training graphs an operation with one row of few columns runs on several rows at a time: the same values. */

import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { expectSame, floats } from "./compare.test.util.js";
import { readOnnx } from "./index.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const OPERATIONS = {
  "x - row": (x: tf.Tensor, row: tf.Tensor) => tf.sub(x, row),
  "row - x": (x: tf.Tensor, row: tf.Tensor) => tf.sub(row, x),
  "x * row": (x: tf.Tensor, row: tf.Tensor) => tf.mul(x, row),
  "row / x": (x: tf.Tensor, row: tf.Tensor) => tf.div(row, x),
};

describe.each(Object.entries(OPERATIONS))("%s", (_, operation) => {
  it.each([
    { x: [1200, 24], row: [24] },
    { x: [1200, 24], row: [1, 24] },
    { x: [3, 20, 25, 8], row: [1, 1, 1, 8] },
    { x: [2, 1024, 5], row: [5] },
    { x: [1031, 24], row: [24] }, // a prime number of rows stays as it is
  ])("of $x and $row is tfjs's", async ({ x, row }) => {
    const feeds = { x: floats(x, 1), row: floats(row, 2) };
    const { onnx } = await expectSame((t) => ({ y: operation(t.x!, t.row!) }), feeds, {
      training: true,
      tolerance: 1e-6,
    });
    // Rows are joined by an Expand of the row, or not at all.
    expect(readOnnx(onnx).operators.Expand ?? 0).toBe(x[0] === 1031 ? 0 : 1);
  });

  it("stays one node in a graph that is not for training", async () => {
    const feeds = { x: floats([1200, 24], 1), row: floats([24], 2) };
    const { onnx } = await expectSame((t) => ({ y: operation(t.x!, t.row!) }), feeds, { tolerance: 1e-6 });
    expect(Object.values(readOnnx(onnx).operators)).toEqual([1]);
  });
});
