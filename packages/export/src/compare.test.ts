/** The comparing helper of the other tests: it must fail where it should. */

import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, it } from "vitest";
import { compareAll, expectSame, floats, numbers, worst } from "./compare.test.util.js";

beforeAll(() => tf.setBackend("cpu"));

const vector = (...data: number[]) =>
  ({ dims: [data.length], type: "float32", data: Float32Array.from(data) }) as const;

it("takes NaN for NaN and infinity for infinity only", () => {
  expect(
    worst(vector(Number.NaN, Number.POSITIVE_INFINITY), vector(Number.NaN, Number.POSITIVE_INFINITY)),
  ).toBe(0);
  expect(worst(vector(Number.NaN), vector(1))).toBe(Number.POSITIVE_INFINITY);
  expect(worst(vector(1), vector(Number.NaN))).toBe(Number.POSITIVE_INFINITY);
  expect(worst(vector(Number.POSITIVE_INFINITY), vector(Number.NEGATIVE_INFINITY))).toBe(
    Number.POSITIVE_INFINITY,
  );
});

it("measures |a - b| / (1 + |b|)", () => {
  expect(worst(vector(1, 4), vector(1, 3))).toBe((4 - 3) / (1 + 3));
});

it("fails on another value, shape, type or a missing output", async () => {
  const want = { y: vector(1, 2) };
  expect(() => compareAll({ y: vector(1, 2.1) }, want, 1e-5)).toThrow("differs by");
  expect(() => compareAll({ y: { ...vector(1, 2), dims: [1, 2] } }, want, 1e-5)).toThrow("instead of");
  expect(() => compareAll({ y: { ...vector(1, 2), type: "int32" } }, want, 1e-5)).toThrow("instead of");
  expect(() => compareAll({}, want, 1e-5)).toThrow("y is missing");
  let calls = 0;
  const changing = ({ x }: Record<string, tf.Tensor>) => ({ y: tf.add(x!, calls++) });
  await expect(expectSame(changing, { x: floats([3]) })).rejects.toThrow("y: differs by");
});

it("makes the same numbers every time, all different", () => {
  expect(numbers(100, 3)).toEqual(numbers(100, 3));
  expect(new Set(numbers(100, 3)).size).toBe(100);
});
