/** docs/kernels.md says what the registry holds, and leaves no kernel of tfjs's out. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";
import { expect, it } from "vitest";
import { LOWERINGS } from "../../packages/export/src/kernels/index.js";
import { LIMITS } from "../../packages/export/src/kernels/limits.js";
import { WITHOUT_ONNX } from "../../packages/export/src/kernels/without-onnx.js";
// @ts-expect-error: a script without types.
import { renderKernels } from "../../scripts/kernel-docs.mjs";

it("is what the registry gives today (otherwise: npm run docs)", () => {
  const page = readFileSync(fileURLToPath(new URL("../../docs/kernels.md", import.meta.url)), "utf8");
  expect(page).toBe(renderKernels(LOWERINGS, LIMITS, WITHOUT_ONNX));
});

it("names every kernel that tfjs's plain backend has", () => {
  const own = tf.getKernelsForBackend("cpu").map(({ kernelName }) => kernelName);
  expect(own.length).toBeGreaterThan(150);
  expect(own.filter((name) => !(name in LOWERINGS) && !(name in WITHOUT_ONNX))).toEqual([]);
});

it("has limits of kernels with a lowering only", () => {
  expect(Object.keys(LIMITS).filter((name) => !(name in LOWERINGS))).toEqual([]);
});
