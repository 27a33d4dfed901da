import { DeviceError } from "@mmgan/core";
import * as tf from "@tensorflow/tfjs";
import { beforeEach, describe, expect, it } from "vitest";
import type { Program } from "../models/program.js";
import { needPlace } from "../testing/places.js";
import { createEngine } from "./engine.js";
import { lackingOperators } from "./placement.js";

/** state a += x, and what the tensor function gives of x. */
const program = (name: string, f: (x: tf.Tensor) => tf.Tensor): Program => ({
  name,
  reads: ["a"],
  batch: { x: { dims: [2, 3], type: "float32" } },
  hyper: [],
  run: (state, batch) => ({ state: { a: tf.add(state.a!, batch.x!) }, outputs: { y: f(batch.x!) } }),
});
const tensor = (...data: number[]) => ({
  dims: [2, 3],
  type: "float32" as const,
  data: Float32Array.from(data),
});

it("a device that does not exist is named with the nearest", async () => {
  await expect(createEngine("onnx", {}, { device: "wbgpu" as "webgpu" })).rejects.toMatchObject({
    code: "E_UNKNOWN_NAME",
    message: expect.stringMatching(/wbgpu.*webgpu/),
  });
});

it("an engine with one place refuses another device, and says what auto takes", async () => {
  await expect(createEngine("reference", {}, { device: "webgpu" })).rejects.toMatchObject({
    code: "E_DEVICE",
    message: expect.stringMatching(/reference engine but received webgpu.*auto takes cpu/),
  });
});

it("a device that is not usable says what to install and what auto takes", async () => {
  // Nothing brings CUDA's provider unasked, so it is missing unless somebody installed it.
  const error = await createEngine("onnx", {}, { device: "cuda" }).then(
    (engine) => engine.dispose(),
    (e: unknown) => e,
  );
  if (error === undefined) return;
  expect(error).toBeInstanceOf(DeviceError);
  expect((error as Error).message).toMatch(
    /cuda is not: .*npm rebuild .*onnxruntime-node.*auto, which takes cpu/,
  );
});

it("reads the operators from ONNX Runtime's log", () => {
  const line = (operator: string, n: number) =>
    `[I:onnxruntime:, x.cc:665 GetCapability] webgpu kernel not found in registries for Op type: ${operator} node name: ${operator}_${n}`;
  expect(lackingOperators([line("Sum", 0), line("Cast", 3), line("Sum", 1), "other"].join("\n"))).toEqual([
    "Cast",
    "Sum",
  ]);
  expect(lackingOperators("")).toEqual([]);
});

describe("onnx-webgpu", () => {
  beforeEach((context) => needPlace(context, { engine: "onnx", device: "webgpu", slow: true }));

  // int32 modulo has no kernel there, and the step of MMGAN needs none.
  const modulo = program("modulo", (x) =>
    tf.cast(tf.mod(tf.cast(x, "int32"), tf.scalar(3, "int32")), "float32"),
  );

  it("names the operator it lacks", async () => {
    const engine = await createEngine("onnx", { a: tensor(0, 0, 0, 0, 0, 0) }, { device: "webgpu" });
    await expect(engine.run(modulo, { x: tensor(1, 2, 3, 4, 5, 6) })).rejects.toMatchObject({
      code: "E_DEVICE",
      message: expect.stringMatching(/webgpu lacks .*Mod.*program modulo.*--fallback cpu.*auto takes/),
    });
    await engine.dispose();
  });

  it("runs it on the CPU when asked", async () => {
    const engine = await createEngine(
      "onnx",
      { a: tensor(0, 0, 0, 0, 0, 0) },
      { device: "webgpu", fallback: "cpu" },
    );
    const { y } = await engine.run(modulo, { x: tensor(1, 2, 3, 4, 5, 6) });
    expect([...y!.data]).toEqual([1, 2, 0, 1, 2, 0]);
    await engine.dispose();
  });

  it("keeps the state across many steps and gives it back", async () => {
    const engine = await createEngine("onnx", { a: tensor(0, 0, 0, 0, 0, 0) }, { device: "webgpu" });
    const add = program("add", (x) => tf.neg(x));
    for (let i = 0; i < 5; i++) await engine.run(add, { x: tensor(1, 2, 3, 4, 5, 6) });
    expect([...(await engine.state()).a!.data]).toEqual([5, 10, 15, 20, 25, 30]);
    await engine.load({ a: tensor(1, 1, 1, 1, 1, 1) });
    await engine.run(add, { x: tensor(1, 2, 3, 4, 5, 6) });
    expect([...(await engine.state()).a!.data]).toEqual([2, 3, 4, 5, 6, 7]);
    await engine.dispose();
  });
});
