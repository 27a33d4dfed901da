import * as tf from "@tensorflow/tfjs";
import { expect, test } from "vitest";
import { peakMemory } from "./peak-memory.js";
import { traceToOnnx } from "./trace.js";

const x = { x: { dims: [10, 10], type: "float32" as const } };

test("a chain holds two values at a time, whatever its length", () => {
  const chain = (length: number) =>
    traceToOnnx((inputs) => {
      let y = inputs.x!;
      for (let i = 0; i < length; i++) y = i % 2 ? tf.exp(y) : tf.sin(y);
      return { y };
    }, x).onnx;
  // 10 * 10 * 4 bytes each; the last of the chain is the output.
  expect(peakMemory(chain(6))).toEqual({ inputs: 400, outputs: 400, constants: 0, intermediates: 800 });
  expect(peakMemory(chain(20)).intermediates).toBe(800);
});

test("what is read at the end is held until then", () => {
  const { onnx } = traceToOnnx(({ x }) => {
    const [a, b, c] = [tf.sin(x!), tf.cos(x!), tf.exp(x!)];
    return { y: tf.div(tf.div(a, b), c) };
  }, x);
  expect(peakMemory(onnx).intermediates).toBe(4 * 400);
});
