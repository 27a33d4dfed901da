/** Elementwise kernels against tfjs. */

import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, it } from "vitest";
import { expectSame, floats, integers } from "../compare.test.util.js";

beforeAll(() => tf.setBackend("cpu"));

const unary: Record<string, [(x: tf.Tensor) => tf.Tensor, number?]> = {
  abs: [tf.abs],
  acos: [tf.acos, 0.9],
  acosh: [(x) => tf.acosh(tf.add(tf.abs(x), 1.1))],
  asin: [tf.asin, 0.9],
  asinh: [tf.asinh],
  atan: [tf.atan],
  atanh: [tf.atanh, 0.9],
  ceil: [tf.ceil],
  clip: [(x) => tf.clipByValue(x, -0.5, 1.5)],
  cos: [tf.cos],
  cosh: [tf.cosh],
  elu: [tf.elu],
  erf: [tf.erf],
  exp: [tf.exp],
  expm1: [tf.expm1],
  floor: [tf.floor],
  isFinite: [(x) => tf.isFinite(tf.log(x))],
  isInf: [(x) => tf.isInf(tf.div(x, tf.relu(x)))],
  isNaN: [(x) => tf.isNaN(tf.log(x))],
  leakyRelu: [(x) => tf.leakyRelu(x, 0.3)],
  log: [(x) => tf.log(tf.abs(x))],
  log1p: [(x) => tf.log1p(tf.abs(x))],
  logicalNot: [(x) => tf.logicalNot(tf.greater(x, 0))],
  neg: [tf.neg],
  prelu: [(x) => tf.prelu(x, tf.tensor1d([0.1, 0.2, 0.3, -0.4, 0.5]))],
  reciprocal: [tf.reciprocal],
  relu: [tf.relu],
  relu6: [(x) => tf.relu6(tf.mul(x, 4))],
  round: [tf.round],
  rsqrt: [(x) => tf.rsqrt(tf.abs(x))],
  selu: [tf.selu],
  sigmoid: [tf.sigmoid],
  sign: [tf.sign],
  sin: [tf.sin],
  sinh: [tf.sinh],
  softplus: [tf.softplus],
  sqrt: [(x) => tf.sqrt(tf.abs(x))],
  square: [tf.square],
  step: [(x) => tf.step(x)],
  stepWithSlope: [(x) => tf.step(x, 0.25)],
  tan: [tf.tan, 1],
  tanh: [tf.tanh],
};

describe("elementwise kernels of one input", () => {
  it.each(Object.entries(unary))("%s", async (_, [op, scale = 3]) => {
    await expectSame(({ x }) => ({ y: op(x!) }), { x: floats([3, 7, 5], 4, scale) });
  });

  it("expm1 and log1p are exact near 0, where the plain formulas round to 0", async () => {
    const x = { dims: [4], type: "float32", data: Float32Array.of(1e-9, -1e-8, 3e-5, 0) } as const;
    // Scaled up, so that a relative error of 1e-5 shows.
    await expectSame(({ x }) => ({ e: tf.mul(tf.expm1(x!), 1e8), l: tf.mul(tf.log1p(x!), 1e8) }), { x });
  });

  it("takes extremes as tfjs does", async () => {
    const x = { dims: [6], type: "float32", data: Float32Array.of(-1000, 1000, -88, 88, 0, -1e-30) } as const;
    await expectSame(
      ({ x }) => ({
        sigmoid: tf.sigmoid(x!),
        softplus: tf.softplus(x!),
        tanh: tf.tanh(x!),
        elu: tf.elu(x!),
        relu: tf.relu(x!),
        step: tf.step(x!),
      }),
      { x },
    );
  });
});

const binary: Record<string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor> = {
  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  div: tf.div,
  floorDiv: tf.floorDiv,
  mod: tf.mod,
  pow: (a, b) => tf.pow(tf.abs(a), b),
  maximum: tf.maximum,
  minimum: tf.minimum,
  squaredDifference: tf.squaredDifference,
  atan2: tf.atan2,
  equal: (a, b) => tf.equal(tf.round(a), tf.round(b)),
  notEqual: (a, b) => tf.notEqual(tf.round(a), tf.round(b)),
  greater: tf.greater,
  greaterEqual: (a, b) => tf.greaterEqual(tf.round(a), tf.round(b)),
  less: tf.less,
  lessEqual: (a, b) => tf.lessEqual(tf.round(a), tf.round(b)),
  logicalAnd: (a, b) => tf.logicalAnd(tf.greater(a, 0), tf.greater(b, 0)),
  logicalOr: (a, b) => tf.logicalOr(tf.greater(a, 0), tf.greater(b, 0)),
  logicalXor: (a, b) => tf.logicalXor(tf.greater(a, 0), tf.greater(b, 0)),
};

const shapes: [number[], number[]][] = [
  [
    [2, 3, 5],
    [2, 3, 5],
  ],
  [[2, 3, 5], [5]],
  [
    [3, 1],
    [2, 1, 4],
  ],
  [[], [4, 3]],
];

describe("elementwise kernels of two inputs", () => {
  it.each(Object.entries(binary))("%s broadcasts", async (_, op) => {
    for (const [a, b] of shapes)
      await expectSame(({ a, b }) => ({ y: op(a!, b!) }), { a: floats(a, 1, 3), b: floats(b, 2, 3) });
  });

  it.each([
    "add",
    "sub",
    "mul",
    "floorDiv",
    "mod",
    "maximum",
    "minimum",
    "squaredDifference",
    "less",
    "notEqual",
  ])("%s of integers, negative ones too", async (name) => {
    const feeds = { a: integers([6], [7, -7, 7, -7, 0, 123456789]), b: integers([6], [2, 2, -2, -2, 5, 10]) };
    await expectSame(
      ({ a, b }) => ({ y: binary[name]!(a!, b!) }),
      name === "squaredDifference"
        ? {
            a: integers([3], [7, -7, 0]),
            b: integers([3], [2, 2, 5]),
          }
        : feeds,
    );
  });

  it("mixes types as tfjs does", async () => {
    await expectSame(
      ({ a, b }) => ({
        sum: tf.add(a!, b!),
        both: tf.mul(tf.greater(a!, 0), tf.greater(b!, 0)),
        mean: tf.mean(tf.cast(tf.greater(a!, 0), "float32")),
      }),
      { a: floats([4]), b: integers([4], [1, -2, 3, 0]) },
    );
  });

  it("adds many", async () => {
    await expectSame(({ a, b }) => ({ y: tf.addN([a!, b!, a!]) }), {
      a: floats([3, 2]),
      b: floats([3, 2], 2),
    });
  });

  it("chooses by a condition, elementwise and row by row", async () => {
    await expectSame(
      ({ a, b }) => ({
        each: tf.where(tf.greater(a!, b!), a!, b!),
        constant: tf.where(tf.greater(a!, b!), tf.scalar(1), tf.scalar(-1)),
        integers: tf.where(tf.greater(a!, b!), tf.scalar(1, "int32"), tf.scalar(-1, "int32")),
      }),
      { a: floats([3, 4]), b: floats([3, 4], 2) },
    );
  });
});
