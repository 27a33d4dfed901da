/** A GAN-like training step: convolutions, leakyRelu, a gradient of a gradient (R1) and Adam, traced as one graph. */

import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { expectSame, floats } from "./compare.test.util.js";
import { registerSecondGradients } from "./index.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
  registerSecondGradients();
});

type Weights = Record<string, tf.Tensor>;

const critic = (w: Weights, x: tf.Tensor): tf.Tensor => {
  const a = tf.leakyRelu(tf.add(tf.conv2d(x as tf.Tensor4D, w.k1 as tf.Tensor4D, 2, "same"), w.b1!), 0.2);
  const b = tf.leakyRelu(tf.add(tf.conv2d(a as tf.Tensor4D, w.k2 as tf.Tensor4D, 2, "same"), w.b2!), 0.2);
  return tf.add(tf.matMul(tf.reshape(b, [x.shape[0]!, -1]), w.w3 as tf.Tensor2D), w.b3!);
};

const generator = (w: Weights, z: tf.Tensor): tf.Tensor => {
  const n = z.shape[0]!;
  const h = tf.relu(tf.reshape(tf.matMul(z as tf.Tensor2D, w.g1 as tf.Tensor2D), [n, 4, 4, 6]));
  return tf.tanh(tf.conv2dTranspose(h as tf.Tensor4D, w.g2 as tf.Tensor4D, [n, 8, 8, 1], 2, "same"));
};

const CRITIC = { k1: [4, 4, 1, 5], b1: [5], k2: [3, 3, 5, 7], b2: [7], w3: [28, 1], b3: [1] };
const GENERATOR = { g1: [6, 96], g2: [4, 4, 1, 6] };

function step(inputs: Record<string, tf.Tensor>): Record<string, tf.Tensor> {
  const pick = (names: object) => Object.fromEntries(Object.keys(names).map((name) => [name, inputs[name]!]));
  const [c, g] = [pick(CRITIC), pick(GENERATOR)];
  const fake = generator(g, inputs.z!);
  const r1 = (weights: Weights) => {
    const score = (x: tf.Tensor) => tf.sum(critic(weights, x)) as tf.Scalar;
    return tf.mean(tf.sum(tf.square(tf.grad(score)(inputs.real!)), [1, 2, 3]));
  };
  const criticLoss = (...list: tf.Tensor[]) => {
    const weights = Object.fromEntries(Object.keys(c).map((name, i) => [name, list[i]!]));
    const difference = tf.sub(critic(weights, inputs.real!), critic(weights, fake));
    return tf.add(tf.mean(tf.softplus(tf.neg(difference))), tf.mul(r1(weights), 5)) as tf.Scalar;
  };
  const generatorLoss = (...list: tf.Tensor[]) => {
    const weights = Object.fromEntries(Object.keys(g).map((name, i) => [name, list[i]!]));
    const difference = tf.sub(critic(c, generator(weights, inputs.z!)), critic(c, inputs.real!));
    return tf.mean(tf.softplus(tf.neg(difference))) as tf.Scalar;
  };
  const forCritic = tf.valueAndGrads(criticLoss)(Object.values(c));
  const forGenerator = tf.valueAndGrads(generatorLoss)(Object.values(g));
  const out: Record<string, tf.Tensor> = { criticLoss: forCritic.value, generatorLoss: forGenerator.value };
  const grads = [...forCritic.grads, ...forGenerator.grads];
  Object.entries({ ...c, ...g }).forEach(([name, weight], i) => {
    const m = tf.add(tf.mul(inputs[`${name}/m`]!, 0.5), tf.mul(grads[i]!, 0.5));
    const v = tf.add(tf.mul(inputs[`${name}/v`]!, 0.999), tf.mul(tf.square(grads[i]!), 0.001));
    out[`next/${name}/m`] = m;
    out[`next/${name}/v`] = v;
    out[`next/${name}`] = tf.sub(weight, tf.mul(inputs.rate!, tf.div(m, tf.add(tf.sqrt(v), 1e-8))));
  });
  return out;
}

describe("a training step", () => {
  const feeds: Record<string, ReturnType<typeof floats>> = {
    real: floats([3, 8, 8, 1], 7),
    z: floats([3, 6], 8),
    rate: { dims: [], type: "float32", data: Float32Array.of(0.001) },
  };
  Object.entries({ ...CRITIC, ...GENERATOR }).forEach(([name, dims], i) => {
    feeds[name] = floats(dims, 20 + i, 0.5);
    feeds[`${name}/m`] = floats(dims, 40 + i, 0.1);
    const squares = Float32Array.from(floats(dims, 60 + i).data as Float32Array, (x) => x * x);
    feeds[`${name}/v`] = { dims, type: "float32", data: squares };
  });

  it.each([false, true])("agrees with tfjs (training: %s)", async (training) => {
    const graph = await expectSame(step, feeds, { training, tolerance: 1e-5 });
    expect(graph.outputs.length).toBe(2 + 3 * 8);
  });
});
