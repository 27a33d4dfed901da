import { describe, expect, it } from "vitest";
import { adamScalars, adamUpdate } from "./optimizer.js";
import { expectClose } from "./testing/differences.js";
import { tf } from "./testing/gradients.js";

const betas = { beta1: 0.5, beta2: 0.99 };
const hyper = (t: number, rate = 0.01) => {
  const scalars = adamScalars(rate, t, betas.beta1, betas.beta2);
  return { rate: tf.scalar(scalars.rate), correction: tf.scalar(scalars.correction) };
};
const start = (w: number[]) => ({
  w: tf.tensor1d(w),
  "adam/m/w": tf.zeros([w.length]),
  "adam/v/w": tf.zeros([w.length]),
});

describe("adamUpdate", () => {
  it("first moves by the rate against the gradient's sign", () => {
    const next = adamUpdate(start([1, 1, 1]), { w: tf.tensor1d([5, -0.001, 2]) }, hyper(1), betas);
    expectClose(next.w!.dataSync(), [1 - 0.01, 1 + 0.01, 1 - 0.01]);
  });

  it("agrees with Algorithm 1 of Kingma & Ba over three steps", () => {
    let state: Record<string, ReturnType<typeof tf.tensor>> = start([0.5]);
    let [w, m, v] = [0.5, 0, 0];
    [0.3, -1.1, 0.7].forEach((g, i) => {
      const t = i + 1;
      state = adamUpdate(state, { w: tf.tensor1d([g]) }, hyper(t), betas);
      m = 0.5 * m + 0.5 * g;
      v = 0.99 * v + 0.01 * g * g;
      w -= (0.01 * (m / (1 - 0.5 ** t))) / (Math.sqrt(v / (1 - 0.99 ** t)) + 1e-8);
      expectClose(state.w!.dataSync(), [w], { absolute: 1e-7, relative: 1e-6 });
    });
  });

  it("leaves a weight without gradient where it is", () => {
    const next = adamUpdate(start([2]), { w: tf.zeros([1]) }, hyper(1), betas);
    expect([...next.w!.dataSync()]).toEqual([2]);
  });
});
