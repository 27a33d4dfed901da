import { MemoryError } from "@mmgan/core";
import * as tf from "@tensorflow/tfjs";
import { afterEach, expect, it } from "vitest";
import type { Program } from "../models/program.js";
import { barImages, smallConfig, withFolder } from "../testing/small.js";
import { train } from "../train.js";
import { createEngine } from "./engine.js";
import { fittingBatch, freeBytes, mustFitMemory, withFittingBatch } from "./memory.js";

afterEach(() => {
  delete process.env.MMGAN_MEMORY;
});
const MIB = 2 ** 20;
const large = () => smallConfig({ batch: 512, ganBatch: 512, filters: 16 });

it("reads MMGAN_MEMORY, and otherwise what is free", () => {
  expect(freeBytes()).toBeGreaterThan(MIB);
  process.env.MMGAN_MEMORY = "1000";
  expect(freeBytes()).toBe(1000);
});

it("refuses a batch that does not fit, and names one that does", () => {
  const error = (() => {
    try {
      mustFitMemory(large(), 100 * MIB);
    } catch (e) {
      return e as MemoryError;
    }
    return undefined;
  })();
  expect(error).toBeInstanceOf(MemoryError);
  expect(error!.code).toBe("E_MEMORY");
  const [, fits] =
    /batch of 512 but .* 100 MiB are free\. Pass --batch (\d+), which fits \(with --set ganBatch=\d+\)/.exec(
      error!.message,
    )!;
  // The batch it names is accepted with the same memory, and twice that is not certain to be.
  const batch = Number(fits);
  expect(() => mustFitMemory({ ...large(), batch, ganBatch: batch }, 100 * MIB)).not.toThrow();
  expect(fittingBatch(large(), 100 * MIB)).toBe(batch);
  expect(fittingBatch(large(), 1000 * MIB)!).toBeGreaterThan(batch);
});

it("says so when no batch fits", () => {
  expect(() => mustFitMemory(large(), 10 * MIB)).toThrow(/No batch fits: lower --filters/);
});

it("is found before the run folder is begun", async () => {
  process.env.MMGAN_MEMORY = `${10 * MIB}`;
  await withFolder(async (out) => {
    await expect(train(large(), { dataset: barImages(600), out })).rejects.toMatchObject({
      code: "E_MEMORY",
    });
    delete process.env.MMGAN_MEMORY;
    const small = smallConfig({ steps: 1, encoderSteps: 0 });
    expect((await train(small, { dataset: barImages(), out })).step).toBe(1);
  });
});

it("an allocation that fails in ONNX Runtime is told as such", async () => {
  // 2^48 elements are more than an address holds.
  const huge: Program = {
    name: "huge",
    reads: [],
    batch: { x: { dims: [1, 1], type: "float32" } },
    hyper: [],
    run: (_, { x }) => ({ state: {}, outputs: { y: tf.max(tf.sin(tf.tile(x!, [2 ** 24, 2 ** 24]))) } }),
  };
  const engine = await createEngine("onnx", {}, { threads: 1 });
  const error = await engine
    .run(huge, { x: { dims: [1, 1], type: "float32", data: Float32Array.of(1) } })
    .catch((e) => e);
  await engine.dispose();
  expect(error).toBeInstanceOf(MemoryError);
  expect(error.message).toContain("program huge");
  expect((withFittingBatch(error, large()) as Error).message).toMatch(/Pass --batch \d+, which fits/);
  const other = new Error("x");
  expect(withFittingBatch(other, large())).toBe(other);
});
