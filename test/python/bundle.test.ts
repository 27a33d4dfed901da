/** Exported bundles outside JavaScript: Python's onnx accepts them, Python's onnxruntime gives the same answers. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ImageBatch, type Manifest, type PointBatch, Rng } from "@mmgan/core";
import { loadModel } from "@mmgan/runtime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { skipOutsideCi } from "../needs.js";
import { makeTinyBundle, type TinyBundle } from "../tiny-bundle.js";
import { PYTHON_REMEDY } from "./python.js";

const python = process.env.MMGAN_PYTHON;
const COUNT = 257;
/** The two runtimes differ in version and so in the order of their sums: float32 with some twenty layers between. */
const TOLERANCE = 1e-5;

interface Answer {
  count: number;
  clusters: number[];
  probabilities: number[][];
  latents: number[][];
  samples: number[][];
}

/** Noise over the whole range a bundle accepts: most of it near cluster borders, the hardest case for equal clusters. */
function rawInputs({ input }: Manifest): ImageBatch | PointBatch {
  const rng = new Rng({ seed: 11, stream: "raw inputs" });
  if (input.kind === "point") return { count: COUNT, dim: input.dim, data: rng.normal(COUNT * input.dim) };
  const { height, width, channels } = input;
  const data = Uint8Array.from(rng.integers(COUNT * height * width * channels, 256));
  return { count: COUNT, height, width, channels, data };
}

function largestDifference(actual: ArrayLike<number>, wanted: ArrayLike<number>): number {
  expect(actual.length).toBe(wanted.length);
  let largest = 0;
  for (let i = 0; i < wanted.length; i++) {
    const difference = Math.abs(actual[i]! - wanted[i]!);
    // NaN stays: it fails every comparison.
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

const BUNDLES: [string, TinyBundle][] = [
  ["grey pictures of 8x8", { data: "digits" }],
  ["colour pictures of 28x28", { data: "digits", size: 28, channels: 3 }],
  ["points", { data: "moons" }],
];

describe.each(BUNDLES)("a bundle of %s", (_name, options) => {
  const folder = mkdtempSync(join(tmpdir(), "mmgan-python-"));
  let manifest: Manifest;
  let inputs: ImageBatch | PointBatch;
  let answer: Answer;

  beforeAll(async () => {
    if (!python) return;
    manifest = await makeTinyBundle(folder, options);
    inputs = rawInputs(manifest);
    writeFileSync(join(folder, "inputs.bin"), inputs.data);
    const script = fileURLToPath(new URL("check_bundle.py", import.meta.url));
    const args = [script, join(folder, "bundle"), join(folder, "inputs.bin")];
    answer = JSON.parse(execFileSync(python, args, { encoding: "utf8", maxBuffer: 2 ** 28 }));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("passes Python's onnx.checker and clusters the same raw inputs alike", async (context) => {
    if (!python) skipOutsideCi(context, PYTHON_REMEDY);
    const model = await loadModel(join(folder, "bundle"), { device: "cpu" });
    try {
      const { clusters, probabilities } = await model.cluster(inputs);
      expect(answer.count).toBe(COUNT);
      expect(answer.clusters).toEqual([...clusters]);
      expect(new Set(answer.clusters).size).toBeGreaterThan(1);
      expect(largestDifference(answer.probabilities.flat(), probabilities)).toBeLessThan(TOLERANCE);
    } finally {
      await model.dispose();
    }
  });

  it("generates the same samples from every cluster's mean", async (context) => {
    if (!python) skipOutsideCi(context, PYTHON_REMEDY);
    const model = await loadModel(join(folder, "bundle"), { device: "cpu" });
    try {
      const { latents, images, points } = await model.generate({ count: manifest.clusters, spread: 0 });
      expect(largestDifference(answer.latents.flat(), latents)).toBe(0);
      // Rounded to a byte, a difference in the last digits may move one grey level.
      const limit = images ? 1 : TOLERANCE;
      expect(largestDifference(answer.samples.flat(), (images ?? points)!.data)).toBeLessThanOrEqual(limit);
    } finally {
      await model.dispose();
    }
  });
});
