/** Reductions, positions of extremes, cumulative sums and softmax against tfjs. */

import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { expectSame, floats, integers } from "../compare.test.util.js";

beforeAll(() => tf.setBackend("cpu"));

const reductions: Record<string, (x: tf.Tensor, axis?: number | number[], keep?: boolean) => tf.Tensor> = {
  sum: tf.sum,
  mean: tf.mean,
  max: tf.max,
  min: tf.min,
  prod: tf.prod,
  all: (x, axis, keep) => tf.all(tf.greater(x, -0.5), axis, keep),
  any: (x, axis, keep) => tf.any(tf.greater(x, 0.8), axis, keep),
  logSumExp: tf.logSumExp,
};
const axes: (number | number[] | undefined)[] = [undefined, 0, -1, 1, [0, 1], [0, 1, 2], [1, 3]];

describe("reductions", () => {
  describe.each([false, true])("training: %s", (training) => {
    it.each(Object.entries(reductions))("%s over every choice of axes", async (_, op) => {
      for (const axis of axes)
        for (const keep of [false, true])
          await expectSame(
            ({ x }) => ({ y: op(x!, axis, keep) }),
            { x: floats([3, 4, 5, 2], 3) },
            { training },
          );
    });
  });

  it("sums integers and truth values exactly", async () => {
    await expectSame(
      ({ x }) => ({
        sum: tf.sum(x!, 0),
        count: tf.sum(tf.greater(x!, 2)),
        mean: tf.mean(tf.cast(x!, "float32")),
      }),
      { x: integers([3, 2], [1, 2, 3, 4, 5, 6]) },
    );
  });

  it("sums rows by a product in training graphs only", async () => {
    const sum = async (training: boolean) => {
      const graph = await expectSame(
        ({ x }) => ({ y: tf.sum(x!, [0, 1]) }),
        { x: floats([4, 9, 3]) },
        { training },
      );
      return new TextDecoder("latin1").decode(graph.onnx);
    };
    expect(await sum(true)).toContain("Gemm");
    expect(await sum(false)).toContain("ReduceSum");
  });

  it("moments", async () => {
    await expectSame(
      ({ x }) => {
        const { mean, variance } = tf.moments(x!, [0, 1, 2]);
        return { mean, variance };
      },
      { x: floats([2, 3, 3, 4]) },
    );
  });

  it("finds the first extreme along an axis", async () => {
    const x = {
      dims: [2, 3, 2],
      type: "float32",
      data: Float32Array.of(1, 5, 3, 5, 3, 0, 2, 2, 2, 1, 0, 2),
    } as const;
    for (const axis of [0, 1, 2, -1])
      await expectSame(({ x }) => ({ high: tf.argMax(x!, axis), low: tf.argMin(x!, axis) }), { x });
  });

  it("cumulative sums", async () => {
    for (const [exclusive, reverse] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ])
      await expectSame(({ x }) => ({ y: tf.cumsum(x!, 1, exclusive, reverse) }), { x: floats([2, 5, 3]) });
  });

  it("softmax and log-softmax, far apart and equal", async () => {
    const x = {
      dims: [3, 3],
      type: "float32",
      data: Float32Array.of(-1000, 0, 1000, 7, 7, 7, 0.1, -0.2, 0.3),
    } as const;
    await expectSame(({ x }) => ({ p: tf.softmax(x!), logP: tf.logSoftmax(x!) }), { x });
  });
});
