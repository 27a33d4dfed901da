import { describe, expect, it } from "vitest";
import { inward } from "../nets/encoder.js";
import { drawnParameters, inwardSpecs } from "../nets/parameters.js";
import { netPlan } from "../nets/plan.js";
import { withTensors } from "../nets/with-tensors.js";
import { centralDifferences, expectClose } from "../testing/differences.js";
import { tf } from "../testing/gradients.js";
import { gradientPenalty } from "./gradient-penalty.js";
import { criticLogLoss, generatorLogLoss } from "./logits.js";

const real = tf.tensor2d([
  [1, 2],
  [3, 4],
]);
const fake = tf.tensor2d([
  [-1, 0],
  [5, 1],
]);
const mix = tf.tensor2d([[0.25], [0.75]]);
const linear = (...w: number[]) =>
  ((x: never) => tf.reshape(tf.matMul(x, tf.tensor2d(w, [2, 1])), [-1])) as never;

describe("gradientPenalty", () => {
  it("is 1 for a constant critic, so that its term is lambda", () => {
    const constant = ((x: never) => tf.mul(tf.sum(x, 1), 0)) as never;
    expectClose(gradientPenalty(constant, real, fake, mix).dataSync(), [1]);
  });

  it("is 0 for a linear critic of unit norm, (3 - 1)^2 at norm 3", () => {
    expectClose(gradientPenalty(linear(0.6, 0.8), real, fake, mix).dataSync(), [0]);
    expectClose(gradientPenalty(linear(0, 3), real, fake, mix).dataSync(), [(3 - 1) ** 2]);
  });

  it("is taken at u real + (1 - u) fake, each row at its own", () => {
    // C = sum x^2 / 2 has gradient x.
    const square = ((x: never) => tf.div(tf.sum(tf.square(x), 1), 2)) as never;
    const norms = [
      Math.hypot(0.25 * 1 + 0.75 * -1, 0.25 * 2),
      Math.hypot(0.75 * 3 + 0.25 * 5, 0.75 * 4 + 0.25 * 1),
    ];
    const wanted = norms.reduce((sum, norm) => sum + (norm - 1) ** 2, 0) / 2;
    expectClose(gradientPenalty(square, real, fake, mix).dataSync(), [wanted]);
  });

  it("has the second derivative through the convolutions: its gradient is that of central differences", () => {
    const input = { kind: "image", height: 8, width: 8, channels: 1, fit: "stretch" } as const;
    const plan = netPlan({ input, filters: 2, latentDim: 2, clusters: 2, batchNorm: true, net: "light" });
    const name = "critic/conv1/kernel";
    withTensors(drawnParameters(inwardSpecs("critic", plan, 1, false), 3), (params) => {
      const images = (phase: number) =>
        tf.tensor4d(
          Array.from({ length: 2 * 64 }, (_, i) => Math.sin(i * 0.7 + phase)),
          [2, 8, 8, 1],
        );
      const penalty = (kernel: never) =>
        gradientPenalty(
          (x) =>
            tf.reshape(
              inward("critic", plan, { ...params, [name]: kernel }, x, { training: false }, false).out,
              [-1],
            ) as never,
          images(0),
          images(1),
          mix,
        );
      const kernel = params[name]!;
      const analytic = tf
        .grad(penalty as never)(kernel)
        .dataSync();
      const values = [...kernel.dataSync()];
      const entries = [0, 7, 19, 33, 60];
      const along = (chosen: number[]) =>
        penalty(
          tf.tensor(
            values.map((v, i) => (entries.includes(i) ? chosen[entries.indexOf(i)]! : v)),
            kernel.shape,
          ) as never,
        ).dataSync()[0]!;
      const wanted = centralDifferences(
        along,
        entries.map((i) => values[i]!),
        2e-3,
      );
      expect(Math.max(...wanted.map(Math.abs))).toBeGreaterThan(1e-2);
      expectClose(
        entries.map((i) => analytic[i]!),
        wanted,
        { absolute: 2e-3, relative: 2e-2 },
      );
    });
  });
});

describe("the standard loss from logits", () => {
  it("is 2 ln 2 and ln 2 where nothing is known, and finite at 1000", () => {
    const [zeros, high, low] = [0, 1000, -1000].map((v) => tf.tensor1d([v, v])) as never[];
    expectClose(criticLogLoss(zeros!, zeros!).dataSync(), [2 * Math.LN2]);
    expectClose(generatorLogLoss(zeros!).dataSync(), [Math.LN2]);
    expectClose(criticLogLoss(high!, low!).dataSync(), [0]);
    expectClose(criticLogLoss(low!, high!).dataSync(), [2000]);
    expectClose(generatorLogLoss(low!).dataSync(), [1000]);
  });
});
