/** The README's example runs as it stands, and its graph runs too. */

import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs";
import { expect, test } from "vitest";
import { runOnnx } from "./compare.test.util.js";
import * as exported from "./index.js";

test("README.md", async () => {
  await tf.setBackend("cpu");
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const code = /```js\n([\s\S]*?)```/.exec(readme)![1]!;
  const body = code.replace(/^import .*$/gm, "");
  const printed: unknown[][] = [];
  const log = (...values: unknown[]) => printed.push(values);
  const before = tf.memory().numTensors;
  const run = new Function("console", "tf", "traceToOnnx", `${body}; return { onnx, weight };`);
  const { onnx, weight } = run({ log }, tf, exported.traceToOnnx) as { onnx: Uint8Array; weight: tf.Tensor };
  expect(printed).toEqual([
    [
      [{ name: "images", dims: ["batch", 28, 28, 1], type: "uint8" }],
      [
        { name: "logits", dims: ["batch", 10], type: "float32" },
        { name: "cluster", dims: ["batch"], type: "int64" },
      ],
      onnx.length,
    ],
  ]);
  const images = { dims: [2, 28, 28, 1], type: "uint8", data: new Uint8Array(2 * 784).fill(255) } as const;
  const { logits } = await runOnnx(onnx, { images });
  // White pictures: each logit is the sum of a column of the weight.
  const sums = tf.tidy(() => tf.sum(weight, 0).dataSync());
  expect(Number(logits!.data[3])).toBeCloseTo(sums[3]!, 3);
  weight.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test("README.md lists every function of the package", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const functions = Object.entries(exported).filter(([, value]) => typeof value === "function");
  for (const [name] of functions) expect(readme).toContain(`| \`${name}(`);
});
