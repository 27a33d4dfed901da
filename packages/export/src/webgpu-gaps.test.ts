import * as tf from "@tensorflow/tfjs";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { readOnnx } from "./read.js";
import { traceToOnnx } from "./trace.js";
import { withoutWebGpuGaps } from "./webgpu-gaps.js";

type Tensors = Record<string, tf.Tensor>;

async function both(
  fn: (inputs: Tensors) => Tensors,
  dims: number[],
  rows: Record<string, number[]>,
  opset = 18,
) {
  const inputs = Object.fromEntries(
    Object.keys(rows).map((name) => [name, { dims, type: "float32" as const }]),
  );
  const { onnx } = traceToOnnx(fn, inputs, { training: true, opset });
  const rewritten = withoutWebGpuGaps(onnx);
  const feeds = Object.fromEntries(
    Object.entries(rows).map(([name, row]) => [
      name,
      new ort.Tensor("float32", Float32Array.from(row), dims),
    ]),
  );
  const run = async (bytes: Uint8Array) => {
    const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 });
    const results = await session.run(feeds);
    await session.release();
    return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, [...data]]));
  };
  return { before: await run(onnx), after: await run(rewritten), operators: readOnnx(rewritten).operators };
}

test("a sum of four becomes three additions, in the same order", async () => {
  const rows = { a: [1e8, 1], b: [1, 2], c: [-1e8, 3], d: [0.5, 4] };
  const { before, after, operators } = await both(
    ({ a, b, c, d }) => ({ y: tf.addN([a!, b!, c!, d!]) }),
    [2],
    rows,
  );
  expect(after).toEqual(before);
  expect(after.y![1]).toBe(1 + 2 + 3 + 4);
  expect(operators.Sum).toBeUndefined();
});

test.each([
  [1, 17, [2, 0, 0, 1]],
  [1, 18, [2, 0, 0, 1]],
  [0, 18, [1, 3, 0, 3]],
])("argMax along axis %d, operator set %d, takes the first of equals", async (axis, opset, expected) => {
  // rows: [1 2 3 3], [5 5 0 -1], [-7 -7 -7 -7], [0 9 -0 9]
  const x = [1, 2, 3, 3, 5, 5, 0, -1, -7, -7, -7, -7, 0, 9, -0, 9];
  const { before, after, operators } = await both(
    (inputs) => ({ y: tf.argMax(inputs.x!, axis) }),
    [4, 4],
    {
      x,
    },
    opset,
  );
  expect(after).toEqual(before);
  expect(after.y).toEqual(expected);
  expect(operators.ArgMax).toBeUndefined();
});

test("a graph without gaps computes what it did", async () => {
  const { before, after } = await both((i) => ({ y: tf.mul(i.x!, 3) }), [3], { x: [1, 2, 3] });
  expect(after).toEqual(before);
});
