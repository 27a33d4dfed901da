/** The graphs traceToOnnx writes, types at their border, a symbolic batch. */

import { ArgumentError, TraceError } from "@mmgan/core";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { compareAll, expectSame, floats, numbers, runCpu, runOnnx, specOf } from "./compare.test.util.js";
import { readOnnx, traceToOnnx } from "./index.js";

beforeAll(() => tf.setBackend("cpu"));

const vector = { dims: [4], type: "float32" } as const;

describe("the graph", () => {
  it("writes equal operations once, whatever order tfjs asks for them in", async () => {
    const net = (x: tf.Tensor) => tf.tanh(tf.add(tf.mul(x, 2), 1));
    const graph = await expectSame(({ x }) => ({ y: tf.add(net(x!), tf.square(net(x!))) }), {
      x: floats([4]),
    });
    // mul, add, tanh, square, add
    expect(graph.nodeCount).toBe(5);
  });

  it("shares the forward pass between two losses", () => {
    const net = (x: tf.Tensor) => tf.exp(tf.tanh(x));
    const { onnx } = traceToOnnx(
      ({ x }) => ({
        a: tf.grad((x) => tf.sum(tf.square(net(x))))(x!),
        b: tf.grad((x) => tf.sum(tf.abs(net(x))))(x!),
      }),
      { x: vector },
    );
    const { operators } = readOnnx(onnx);
    expect([operators.Exp, operators.Tanh]).toEqual([1, 1]);
  });

  it("keeps one copy of equal constants", async () => {
    const data = numbers(32);
    const graph = await expectSame(
      ({ x }) => ({ y: tf.add(tf.mul(x!, tf.tensor1d(data)), tf.tensor1d(data)) }),
      { x: floats([32]) },
    );
    expect(readOnnx(graph.onnx).parameters).toBe(32);
  });

  it("leaves out what no output needs", async () => {
    const graph = await expectSame(
      ({ x }) => {
        tf.sin(tf.cos(x!));
        return { y: tf.neg(x!) };
      },
      { x: floats([4]) },
    );
    expect(readOnnx(graph.onnx).operators).toEqual({ Neg: 1 });
  });

  it("computes what is constant while tracing", async () => {
    const graph = await expectSame(
      ({ x }) => ({ y: tf.add(x!, tf.exp(tf.sin(tf.tensor1d([1, 2, 3, 4])))) }),
      { x: floats([4]) },
    );
    expect(readOnnx(graph.onnx).operators).toEqual({ Add: 1 });
  });

  it("drops sums with 0, products with 1, and everything multiplied by 0", async () => {
    const graph = await expectSame(
      ({ x }) => ({
        y: tf.add(tf.mul(tf.add(x!, tf.zerosLike(x!)), tf.onesLike(x!)), tf.mul(tf.exp(x!), 0)),
      }),
      { x: floats([4]) },
    );
    expect(graph.nodeCount).toBe(0);
  });

  it("names a value that is two outputs, an input, or a constant", async () => {
    await expectSame(
      ({ x }) => {
        const y = tf.neg(x!);
        return { a: y, b: y, same: x!, seven: tf.scalar(7), list: tf.tensor1d([1, 2, 3]) };
      },
      { x: floats([4]) },
    );
  });

  it("is the same file every time", () => {
    const trace = () =>
      traceToOnnx(({ x }) => ({ y: tf.softmax(tf.mul(x!, 3)) }), { x: { dims: [2, 3], type: "float32" } });
    expect(trace().onnx).toEqual(trace().onnx);
  });

  it("states its producer, opset, IR version, name and metadata", () => {
    const { onnx } = traceToOnnx(
      ({ x }) => ({ y: tf.neg(x!) }),
      { x: vector },
      {
        name: "test",
        opset: 15,
        metadata: { kind: "mmgan", clusters: "10" },
      },
    );
    expect(readOnnx(onnx)).toEqual({
      name: "test",
      producer: { name: "mmgan", version: "0.1.0" },
      irVersion: 8,
      opsets: { "": 15 },
      inputs: [{ name: "x", dims: [4], type: "float32" }],
      outputs: [{ name: "y", dims: [4], type: "float32" }],
      nodeCount: 1,
      operators: { Neg: 1 },
      parameters: 0,
      metadata: { clusters: "10", kind: "mmgan" },
    });
  });
});

describe("types at the border", () => {
  it("uint8 in, uint8 out", async () => {
    const pixels = { dims: [1, 2, 2, 1], type: "uint8", data: Uint8Array.of(0, 1, 128, 255) } as const;
    const { onnx, inputs, outputs } = traceToOnnx(
      ({ x }) => {
        const unit = tf.sub(tf.div(tf.cast(x!, "float32"), 127.5), 1);
        return { y: tf.clipByValue(tf.round(tf.mul(tf.add(unit, 1), 127.5)), 0, 255) };
      },
      { x: specOf(pixels) },
      { outputTypes: { y: "uint8" } },
    );
    expect([inputs[0]!.type, outputs[0]!.type]).toEqual(["uint8", "uint8"]);
    const { y } = await runOnnx(onnx, { x: pixels });
    expect(y!.data).toEqual(pixels.data);
    // uint8 -> float32 in one step.
    expect(readOnnx(onnx).operators.Cast).toBe(2);
  });

  it("int64 in, int64 out", async () => {
    const table = floats([5, 3], 3);
    const index = { dims: [2], type: "int64", data: BigInt64Array.of(4n, 1n) } as const;
    const { onnx } = traceToOnnx(
      ({ table, index }) => {
        const rows = tf.gather(table!, index as tf.Tensor1D);
        return { rows, best: tf.argMax(rows, 1) };
      },
      { table: specOf(table), index: specOf(index) },
      { outputTypes: { best: "int64" } },
    );
    const { rows, best } = await runOnnx(onnx, { table, index });
    const data = table.data as Float32Array;
    expect(rows!.data).toEqual(Float32Array.of(...data.slice(12, 15), ...data.slice(3, 6)));
    expect(best!.type).toBe("int64");
    // ArgMax gives int64 already: no cast there and back.
    expect(readOnnx(onnx).operators.ArgMax).toBe(1);
    expect(readOnnx(onnx).operators.Cast).toBe(1);
  });
});

describe("a symbolic batch", () => {
  const sizes = [1, 3, 257];

  /** Traces once with "batch" and compares with tfjs at 1, 3 and 257 rows. */
  async function atEverySize(
    fn: (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>,
    rowDims: Record<string, number[]>,
  ) {
    const specs = Object.fromEntries(
      Object.entries(rowDims).map(([name, dims]) => [
        name,
        { dims: ["batch" as const, ...dims], type: "float32" as const },
      ]),
    );
    const graph = traceToOnnx(fn, specs);
    for (const batch of sizes) {
      const feeds = Object.fromEntries(
        Object.entries(rowDims).map(([name, dims], i) => [name, floats([batch, ...dims], 10 + i)]),
      );
      compareAll(await runOnnx(graph.onnx, feeds), runCpu(fn, feeds), 1e-5);
    }
    return graph;
  }

  it("an encoder: convolutions, flatten, dense, softmax, argMax", async () => {
    const [k, w] = [
      tf.tensor4d(numbers(3 * 3 * 2 * 4, 1), [3, 3, 2, 4]),
      tf.tensor2d(numbers(64 * 5, 2), [64, 5]),
    ];
    const graph = await atEverySize(
      ({ x }) => {
        const h = tf.leakyRelu(tf.conv2d(x as tf.Tensor4D, k, 2, "same"), 0.2);
        const logits = tf.matMul(tf.reshape(h, [x!.shape[0]!, -1]) as tf.Tensor2D, w);
        return { logits, probabilities: tf.softmax(logits), cluster: tf.argMax(logits, 1) };
      },
      { x: [8, 8, 2] },
    );
    expect(graph.inputs).toEqual([{ name: "x", dims: ["batch", 8, 8, 2], type: "float32" }]);
    expect(graph.outputs.map(({ dims }) => dims)).toEqual([["batch", 5], ["batch", 5], ["batch"]]);
    tf.dispose([k, w]);
  });

  it("a generator: dense, reshape, transposed convolutions, resize", async () => {
    const [w, k] = [
      tf.tensor2d(numbers(6 * 32, 1), [6, 32]),
      tf.tensor4d(numbers(4 * 4 * 3 * 2, 2), [4, 4, 3, 2]),
    ];
    await atEverySize(
      ({ z }) => {
        const n = z!.shape[0]!;
        const h = tf.relu(tf.reshape(tf.matMul(z as tf.Tensor2D, w), [n, 4, 4, 2]));
        const y = tf.conv2dTranspose(h as tf.Tensor4D, k, [n, 8, 8, 3], 2, "same");
        return {
          y: tf.tanh(y),
          big: tf.image.resizeBilinear(y, [11, 5], false, true),
          copied: tf.image.resizeNearestNeighbor(y, [16, 16]),
        };
      },
      { z: [6] },
    );
    tf.dispose([w, k]);
  });

  it("shapes made from the batch: ones, tiles, concatenation with twice the batch, statistics over rows", async () => {
    const graph = await atEverySize(
      ({ x, y }) => {
        const n = x!.shape[0]!;
        return {
          ones: tf.add(tf.ones([n, 3]), tf.sum(x!)),
          tiled: tf.tile(tf.reshape(tf.sum(x!, 0), [1, 3]), [n, 1]),
          twice: tf.concat([x!, y!, tf.zeros([n, 3])], 0),
          centred: tf.sub(x!, tf.mean(x!, 0, true)),
          stacked: tf.stack([x!, y!], 1),
          pair: tf.reshape(tf.concat([x!, y!], 0), [2, n, 3]),
          swapped: tf.transpose(tf.reshape(x!, [n, 3, 1]), [1, 2, 0]),
          tail: tf.slice(x!, [0, 1]),
          padded: tf.pad(x!, [
            [1, 2],
            [0, 0],
          ]),
        };
      },
      { x: [3], y: [3] },
    );
    const dims = Object.fromEntries(graph.outputs.map(({ name, dims }) => [name, dims]));
    expect(dims.twice).toEqual(["3*batch", 3]);
    expect(dims.padded).toEqual(["batch+3", 3]);
    expect(dims.ones).toEqual(["batch", 3]);
  });

  it("gradients per row", async () => {
    await atEverySize(({ x }) => ({ g: tf.grad((x) => tf.sum(tf.exp(tf.square(x))))(x!) }), { x: [3] });
  });

  it("refuses a constant that depends on the batch, naming the node", () => {
    const specs = { x: { dims: ["batch" as const, 3], type: "float32" as const } };
    const trace = () => traceToOnnx(({ x }) => ({ y: tf.mul(tf.sum(x!), 1 / x!.shape[0]!) }), specs);
    expect(trace).toThrow(TraceError);
    expect(trace).toThrow(
      /^Expected the same graph at every batch size for node Mul \(kernel Multiply\) but received constants/,
    );
  });

  it("refuses shapes that grow with the square of the batch", () => {
    const specs = { x: { dims: ["batch" as const, 3], type: "float32" as const } };
    expect(() =>
      traceToOnnx(({ x }) => ({ y: tf.reshape(tf.matMul(x!, x!, false, true), [-1]) }), specs),
    ).toThrow(/not linearly/);
  });

  it("refuses to branch on it, and to be a training graph", () => {
    const specs = { x: { dims: ["batch" as const, 3], type: "float32" as const } };
    expect(() =>
      traceToOnnx(({ x }) => ({ y: x!.shape[0] === 211 ? tf.neg(x!) : tf.exp(x!) }), specs),
    ).toThrow(TraceError);
    expect(() => traceToOnnx(({ x }) => ({ y: tf.neg(x!) }), specs, { training: true })).toThrow(
      ArgumentError,
    );
  });
});
