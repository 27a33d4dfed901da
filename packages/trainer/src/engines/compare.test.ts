import { UnknownNameError } from "@mmgan/core";
import { expect, it } from "vitest";
import { compareEngines, comparePlaces } from "./compare.js";
import { tensorDifference } from "./difference.js";
import { createEngine, type Engine } from "./engine.js";
import { PLACES, parsePlace, placeName } from "./place.js";
import { probeState } from "./probe-step.js";

const onnx = () => createEngine("onnx", probeState(), { threads: 1 });

/** An engine whose state has one element of one tensor wrong after each run. */
async function broken(name: string, value: number): Promise<Engine> {
  const engine = await onnx();
  return {
    ...engine,
    async state() {
      const state = structuredClone(await engine.state());
      (state[name]!.data as Float32Array)[0] = value;
      return state;
    },
  };
}

it("onnx and reference agree on every tensor", async () => {
  const { first, worst, tensors } = await comparePlaces(parsePlace("onnx/cpu"), parsePlace("reference"));
  expect(first).toBeUndefined();
  expect(worst.relative).toBeLessThan(1e-4);
  expect(worst.relative).toBeGreaterThan(0); // two implementations never round alike everywhere
  expect(tensors).toBeGreaterThan(100);
});

it.each([Number.NaN, 0.25])("names the first tensor that differs, here with %d", async (value) => {
  const name = Object.keys(probeState()).find((entry) => /^generator\/.*(bias|beta)$/.test(entry))!;
  const [a, b] = [await broken(name, value), await onnx()];
  const { first } = await compareEngines(a, b);
  // The encoder's own step comes first, yet does not read the generator; the GAN's does.
  expect(first).toMatchObject({ tensor: expect.stringMatching(`^gan.*: ${name}$`), index: 0, a: value });
  await Promise.all([a.dispose(), b.dispose()]);
});

it("an engine agrees with itself to the bit", async () => {
  const [a, b] = [await onnx(), await onnx()];
  expect((await compareEngines(a, b, { tolerance: 0 })).first).toBeUndefined();
  await Promise.all([a.dispose(), b.dispose()]);
});

it.each([
  ["equal", [1, 2], [1, 2], 0],
  ["off by 0.1 of at most 2", [1, 2.1], [1, 2], 0.05],
  ["small values count from 1e-3 on", [0, 1e-6], [0, 0], 1e-3],
  ["NaN on both", [Number.NaN, 1], [Number.NaN, 1], 0],
  ["NaN on one", [Number.NaN, 1], [0, 1], Number.POSITIVE_INFINITY],
])("difference: %s", (_, a, b, relative) => {
  const tensor = (data: number[]) => ({ dims: [2], type: "float32" as const, data: Float32Array.from(data) });
  expect(tensorDifference("w", tensor(a), tensor(b)).relative).toBeCloseTo(relative, 6);
  expect(tensorDifference("adam/m/w", tensor(a), tensor(b)).relative).toBeCloseTo(relative / 10, 6);
});

it("reads a place as it writes it, and refuses others with the nearest", () => {
  for (const place of PLACES) expect(parsePlace(placeName(place))).toEqual(place);
  expect(parsePlace("onnx")).toEqual({ engine: "onnx", device: "cpu" });
  expect(() => parsePlace("onxn/cpu")).toThrow(UnknownNameError);
  expect(() => parsePlace("onnx/gpu")).toThrow(/gpu/);
});
