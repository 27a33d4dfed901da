/** What traceToOnnx refuses, what it leaves of tfjs afterwards, and checkOnnx. */

import { ArgumentError, KernelError, TraceError } from "@mmgan/core";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { expectSame, floats, numbers } from "./compare.test.util.js";
import { checkOnnx, traceToOnnx } from "./index.js";

beforeAll(() => tf.setBackend("cpu"));

const vector = { dims: [4], type: "float32" } as const;

describe("errors", () => {
  it("names a kernel without lowering", () => {
    const trace = () => traceToOnnx(({ x }) => ({ y: tf.real(tf.fft(tf.complex(x!, x!))) }), { x: vector });
    expect(trace).toThrow(KernelError);
    expect(trace).toThrow(
      /^Expected a tfjs kernel with an ONNX lowering but received Complex \(ONNX Runtime has no complex numbers\)\. Write the function with other operations/,
    );
    try {
      trace();
    } catch (error) {
      expect((error as KernelError).code).toBe("E_KERNEL");
    }
  });

  it("names a kernel without gradient", () => {
    const trace = () =>
      traceToOnnx(({ x }) => ({ y: tf.grad((x) => tf.sum(tf.topk(x, 2).values))(x!) }), { x: vector });
    expect(trace).toThrow(KernelError);
    expect(trace).toThrow(/with a gradient but received TopK/);
  });

  it.each([
    ["dataSync", (x: tf.Tensor) => tf.scalar(x.dataSync()[0]!)],
    ["arraySync", (x: tf.Tensor) => tf.tensor(x.arraySync() as number[])],
    ["a branch", (x: tf.Tensor) => ((tf.sum(x).dataSync()[0] ?? 0) > 0 ? x : tf.neg(x))],
  ])("says that data cannot be read: %s", (_, fn) => {
    const trace = () => traceToOnnx(({ x }) => ({ y: fn(x!) }), { x: vector });
    expect(trace).toThrow(TraceError);
    expect(trace).toThrow(
      /^Expected a value known while tracing for the data of a tensor .* but received a symbolic tensor of shape \[/,
    );
  });

  it("reads the data of constants", async () => {
    await expectSame(({ x }) => ({ y: tf.mul(x!, tf.exp(tf.scalar(2)).dataSync()[0]!) }), { x: floats([4]) });
  });

  it("refuses wrong options, outputs and names", () => {
    const fn = ({ x }: Record<string, tf.Tensor>) => ({ y: tf.neg(x!) });
    expect(() => traceToOnnx(fn, { x: vector }, { opset: 12 })).toThrow(ArgumentError);
    expect(() => traceToOnnx(fn, { x: vector }, { opset: 12 })).toThrow(
      "Expected an integer from 13 to 21 for opset but received 12",
    );
    expect(() => traceToOnnx(fn, { x: { dims: [-1], type: "float32" } })).toThrow(ArgumentError);
    expect(() => traceToOnnx(fn, { x: vector }, { outputTypes: { z: "int64" } })).toThrow(
      "a key of outputTypes but received z",
    );
    expect(() => traceToOnnx(({ x }) => ({ x: tf.neg(x!) }), { x: vector })).toThrow(TraceError);
    expect(() => traceToOnnx(() => ({}), { x: vector })).toThrow(TraceError);
    expect(() => traceToOnnx(() => ({ y: 3 as unknown as tf.Tensor }), { x: vector })).toThrow(
      "a tensor for output y",
    );
  });

  it("refuses a tensor of another trace, and a trace inside a trace", () => {
    let leaked: tf.Tensor | undefined;
    traceToOnnx(
      ({ x }) => {
        leaked = x!;
        return { y: tf.neg(x!) };
      },
      { x: vector },
    );
    expect(() => traceToOnnx(({ x }) => ({ y: tf.add(x!, leaked!) }), { x: vector })).toThrow();
    const nested = () =>
      traceToOnnx(({ x }) => traceToOnnx(({ x }) => ({ y: x! }), { x: vector }) && { y: x! }, { x: vector });
    expect(nested).toThrow(TraceError);
  });

  it("passes on what the function itself throws", () => {
    const trace = () =>
      traceToOnnx(
        () => {
          throw new RangeError("mine");
        },
        { x: vector },
      );
    expect(trace).toThrow(RangeError);
    expect(trace).toThrow("mine");
  });
});

describe("tfjs afterwards", () => {
  const loss = (x: tf.Tensor) => tf.sum(tf.leakyRelu(tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D), 0.2));
  const square = { dims: [3, 3], type: "float32" } as const;

  it("has no tensor more, and its backend back", () => {
    const weight = tf.tensor2d(numbers(9), [3, 3]);
    const before = tf.memory();
    traceToOnnx(({ x }) => ({ y: tf.grad(loss)(tf.add(x!, weight)), z: tf.scalar(3) }), { x: square });
    const after = tf.memory();
    expect([after.numTensors, after.numDataBuffers, after.numBytes]).toEqual([
      before.numTensors,
      before.numDataBuffers,
      before.numBytes,
    ]);
    expect(tf.getBackend()).toBe("cpu");
    // The weight is still where it was.
    expect(weight.dataSync()).toEqual(Float32Array.from(numbers(9)));
    weight.dispose();
  });

  it("also when the function throws inside a gradient of a gradient", () => {
    const before = tf.memory();
    const failing = (x: tf.Tensor) => {
      const inner = tf.grad(loss)(x);
      throw new RangeError(`after ${inner.shape}`);
    };
    expect(() => traceToOnnx(({ x }) => ({ y: tf.grad((x) => failing(x))(x!) }), { x: square })).toThrow(
      RangeError,
    );
    const after = tf.memory();
    expect([after.numTensors, after.numDataBuffers]).toEqual([before.numTensors, before.numDataBuffers]);
    expect(tf.getBackend()).toBe("cpu");
  });

  it("has its own gradients back", () => {
    const own = tf.getGradient("LeakyRelu");
    traceToOnnx(({ x }) => ({ y: tf.grad(loss)(x!) }), { x: square });
    expect(tf.getGradient("LeakyRelu")).toBe(own);
  });

  it("computes as before", () => {
    traceToOnnx(({ x }) => ({ y: tf.grad(loss)(x!) }), { x: square });
    const x = tf.tensor1d([-1, 2]);
    const y = tf.grad((x) => tf.sum(tf.leakyRelu(x, 0.2)))(x);
    expect(Array.from(y.dataSync())).toEqual([expect.closeTo(0.2, 6), 1]);
    tf.dispose([x, y]);
  });
});

describe("checkOnnx", () => {
  it("takes what traceToOnnx writes and refuses other bytes", () => {
    const { onnx } = traceToOnnx(({ x }) => ({ y: tf.exp(tf.neg(x!)) }), { x: vector });
    checkOnnx(onnx);
    expect(() => checkOnnx(onnx.slice(0, onnx.length - 7))).toThrow(TraceError);
    expect(() => checkOnnx(new Uint8Array())).toThrow("holds no graph");
  });
});
