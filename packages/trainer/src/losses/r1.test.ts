import { describe, it } from "vitest";
import { critic } from "../nets/encoder.js";
import { initialParameters } from "../nets/parameters.js";
import { netPlan } from "../nets/plan.js";
import { centralDifferences, expectClose } from "../testing/differences.js";
import { tf } from "../testing/gradients.js";
import { r1Penalty } from "./r1.js";

describe("r1Penalty", () => {
  it("is half the squared weight norm for a linear critic, 1/2 at unit norm", () => {
    const weights = tf.tensor2d([[0.6], [0.8]]);
    const score = (x: never) => tf.reshape(tf.matMul(x, weights), [-1]) as never;
    const real = tf.tensor2d([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expectClose(r1Penalty(score as never, real).dataSync(), [(0.6 * 0.6 + 0.8 * 0.8) / 2]);
  });

  it("is 0 for a constant critic", () => {
    const score = (x: never) => tf.mul(tf.sum(x, 1), 0) as never;
    expectClose(r1Penalty(score as never, tf.ones([4, 2])).dataSync(), [0]);
  });

  it("has the second derivative through the convolutions: its gradient is that of central differences", () => {
    const input = { kind: "image", height: 8, width: 8, channels: 1, fit: "stretch" } as const;
    const plan = netPlan({ input, filters: 2, latentDim: 2, clusters: 2, batchNorm: true, net: "light" });
    const parameters = initialParameters(plan, { seed: 3, init: "hypercube", sigma: 1 });
    const params = Object.fromEntries(
      Object.entries(parameters).map(([name, { data, dims }]) => [
        name,
        tf.tensor(data as Float32Array, [...dims]),
      ]),
    );
    const real = tf.tensor4d(
      Array.from({ length: 2 * 64 }, (_, i) => Math.sin(i * 0.7)),
      [2, 8, 8, 1],
    );
    const name = "critic/conv1/kernel";
    const kernel = params[name]!;
    const penalty = (w: never) => r1Penalty((x) => critic(plan, { ...params, [name]: w }, x), real);
    const analytic = tf
      .grad(penalty as never)(kernel)
      .dataSync();
    // float32 forward passes: a wide step, five entries, a loose bound that a wrong derivative misses by far
    const values = [...kernel.dataSync()];
    const entries = [0, 7, 19, 33, 60];
    const along = (chosen: number[]) =>
      (penalty as unknown as (w: typeof kernel) => typeof kernel)(
        tf.tensor(
          values.map((v, i) => (entries.includes(i) ? chosen[entries.indexOf(i)]! : v)),
          kernel.shape,
        ),
      ).dataSync()[0]!;
    const wanted = centralDifferences(
      along,
      entries.map((i) => values[i]!),
      2e-3,
    );
    expectClose(
      entries.map((i) => analytic[i]!),
      wanted,
      { absolute: 2e-3, relative: 0.02 },
    );
  });
});
