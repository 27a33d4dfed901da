/** Kernels that move, pick or make elements, against tfjs. */

import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { expectSame, floats, integers } from "../compare.test.util.js";

beforeAll(() => tf.setBackend("cpu"));

const x = floats([3, 4, 5], 2);
const moves: Record<string, (x: tf.Tensor3D) => tf.Tensor | tf.Tensor[]> = {
  reshape: (x) => tf.reshape(x, [6, -1]),
  expandDims: (x) => [tf.expandDims(x, 1), tf.expandDims(x, -1)],
  squeeze: (x) => tf.squeeze(tf.sum(x, 1, true)),
  transpose: (x) => [tf.transpose(x), tf.transpose(x, [1, 0, 2])],
  slice: (x) => [tf.slice(x, [1, 0, 2], [2, -1, 2]), tf.slice(x, 1)],
  stridedSlice: (x) => [
    tf.stridedSlice(x, [0, 3, 0], [3, 0, 5], [2, -1, 3]),
    tf.stridedSlice(x, [0, 3], [3, 0], [1, -2], 0, 2),
    tf.stridedSlice(x, [1], [2], [1], 0, 0, 0, 0, 1),
    tf.stridedSlice(x, [0, 1], [0, 3], [1, 1], 0, 0, 1),
  ],
  split: (x) => [...tf.split(x, [1, 3], 1), ...tf.split(x, 5, -1)],
  unstack: (x) => tf.unstack(x, 1),
  concat: (x) => [tf.concat([x, tf.neg(x)], 0), tf.concat([x, tf.slice(x, [0, 0, 1]), x], 2)],
  stack: (x) => [tf.stack([x, tf.neg(x)], 1), tf.stack([x, x], -1)],
  pad: (x) =>
    tf.pad(
      x,
      [
        [0, 2],
        [1, 0],
        [3, 1],
      ],
      0.5,
    ),
  mirrorPad: (x) => [
    tf.mirrorPad(
      x,
      [
        [1, 2],
        [0, 1],
        [2, 2],
      ],
      "reflect",
    ),
    tf.mirrorPad(
      x,
      [
        [1, 3],
        [0, 4],
        [5, 2],
      ],
      "symmetric",
    ),
  ],
  tile: (x) => [tf.tile(x, [2, 1, 3]), tf.tile(tf.slice(x, [0, 0, 0], [1, 4, 1]), [5, 1, 2])],
  broadcastTo: (x) => tf.broadcastTo(tf.slice(x, [0, 0, 0], [3, 1, 5]), [2, 3, 4, 5]),
  reverse: (x) => [tf.reverse(x, 1), tf.reverse(x, [0, 2])],
  cast: (x) => [tf.cast(tf.mul(x, 10), "int32"), tf.cast(tf.round(x), "bool")],
  identity: (x) => tf.clone(x),
};

describe("shape kernels", () => {
  it.each(Object.entries(moves))("%s", async (_, op) => {
    await expectSame(
      ({ x }) => {
        const result = op(x as tf.Tensor3D);
        return Object.fromEntries((Array.isArray(result) ? result : [result]).map((y, i) => [`y${i}`, y]));
      },
      { x },
    );
  });

  it("depth to space", async () => {
    await expectSame(({ x }) => ({ y: tf.depthToSpace(x as tf.Tensor4D, 2, "NHWC") }), {
      x: floats([2, 3, 2, 8]),
    });
  });

  it.each(["int32", "bool"] as const)("of %s tensors", async (type) => {
    await expectSame(
      ({ x, y }) => {
        const [a, b] = [tf.cast(x!, type), tf.cast(y!, type)] as [tf.Tensor2D, tf.Tensor2D];
        return {
          sliced: tf.slice(a, [0, 1]),
          joined: tf.concat([a, b], 1),
          stacked: tf.stack([a, b]),
          padded: tf.pad(a, [
            [1, 0],
            [0, 2],
          ]),
          tiled: tf.tile(a, [1, 2]),
          turned: tf.transpose(a),
          reversed: tf.reverse(a, 1),
          gathered: tf.gather(a, tf.tensor1d([1, 0, 1], "int32")),
          expanded: tf.broadcastTo(tf.slice(a, [0, 0], [1, 3]), [4, 3]),
          chosen: tf.where(tf.greater(x!, y!), a, b),
          equal: tf.equal(a, b),
          zeros: tf.concat([a, tf.zerosLike(a)]),
          mirrored: tf.mirrorPad(
            a,
            [
              [0, 0],
              [1, 1],
            ],
            "symmetric",
          ),
          count: tf.sum(a, 1),
          ...(type === "int32"
            ? { product: tf.matMul(a, b, false, true), sorted: tf.topk(a, 2).values }
            : {}),
        };
      },
      { x: integers([2, 3], [1, 0, 5, -2, 0, 3]), y: integers([2, 3], [0, 0, 7, -2, 1, 1]) },
    );
  });

  it("undoes what cancels: a transpose and back, a reshape and back, a cast to the same type", async () => {
    const graph = await expectSame(
      ({ x }) => ({
        y: tf.add(
          tf.reshape(tf.reshape(tf.cast(tf.transpose(tf.transpose(x!)), "float32"), [60]), [3, 4, 5]),
          1,
        ),
      }),
      { x },
    );
    // The Add alone.
    expect(graph.nodeCount).toBe(1);
  });

  it("computes only the parts of a split that are used", async () => {
    const graph = await expectSame(({ x }) => ({ y: tf.split(x!, 5, 2)[3]! }), { x });
    expect(graph.nodeCount).toBe(1);
  });
});

describe("indexing kernels", () => {
  it("gathers along any axis", async () => {
    const i = integers([2, 2], [2, 0, 1, 2]);
    for (const axis of [0, 1, 2])
      await expectSame(({ x, i }) => ({ y: tf.gather(x!, i as tf.Tensor2D, axis) }), { x, i });
  });

  it("gathers per batch", async () => {
    const i = integers([3, 2], [2, 0, 1, 2, 3, 3]);
    await expectSame(({ x, i }) => ({ y: tf.gather(x!, i as tf.Tensor2D, 1, 1) }), { x, i });
    await expectSame(({ x, i }) => ({ y: tf.gather(x!, i as tf.Tensor2D, 2, 1) }), { x, i });
  });

  it("one-hot rows; an index outside gives a row of the off value", async () => {
    const i = integers([5], [0, 2, -1, 3, 7]);
    await expectSame(
      ({ i }) => ({
        plain: tf.oneHot(i as tf.Tensor1D, 4, 1, 0, "float32"),
        shifted: tf.oneHot(i as tf.Tensor1D, 4, 0.9, 0.1, "float32"),
        whole: tf.oneHot(i as tf.Tensor1D, 4),
      }),
      { i },
    );
  });

  it("top k with positions", async () => {
    await expectSame(
      ({ x }) => {
        const { values, indices } = tf.topk(x!, 3);
        return { values, indices };
      },
      { x },
    );
  });

  it("segment sums; a negative id counts nowhere", async () => {
    const ids = integers([3], [1, -1, 1]);
    await expectSame(({ x, ids }) => ({ y: tf.unsortedSegmentSum(x!, ids as tf.Tensor1D, 4) }), { x, ids });
  });
});

describe("creation kernels", () => {
  it("fill, zeros, ones, range, linspace, eye", async () => {
    const graph = await expectSame(
      ({ x }) => ({
        filled: tf.add(tf.sum(x!), tf.fill([2, 3], 7)),
        zeros: tf.add(tf.zerosLike(x!), tf.onesLike(x!)),
        range: tf.add(tf.range(0, 5, 1), tf.sum(x!)),
        linspace: tf.add(tf.linspace(0, 1, 7), tf.sum(x!)),
        eye: tf.mul(tf.eye(3), tf.sum(x!)),
      }),
      { x },
    );
    expect(graph.outputs.map(({ name }) => name)).toEqual(["filled", "zeros", "range", "linspace", "eye"]);
  });
});
