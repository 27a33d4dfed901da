import { describe, expect, it } from "vitest";
import { centralDifferences, expectClose } from "../testing/differences.js";
import { tf } from "../testing/gradients.js";
import {
  bernoulliLoss,
  entropyOf,
  gaussianDivergence,
  gaussianLogDensity,
  squaredLoss,
  standardDivergence,
  uniformDivergence,
} from "./divergences.js";

describe("divergences of Gaussians", () => {
  it("KL(N(m, s^2), N(0, 1)) = (m^2 + s^2 - 1 - ln s^2) / 2, summed over coordinates", () => {
    const kl = (m: number, s: number) => (m * m + s * s - 1 - Math.log(s * s)) / 2;
    const mean = tf.tensor2d([[0.5, -2]]);
    const log = tf.tensor2d([[Math.log(0.3 ** 2), Math.log(1.7 ** 2)]]);
    expectClose(standardDivergence(mean, log).dataSync(), [kl(0.5, 0.3) + kl(-2, 1.7)]);
  });

  it("is the one against N(0, I) where the other is N(0, I), and 0 against itself", () => {
    const mean = tf.tensor2d([[0.5, -2]]);
    const log = tf.tensor2d([[-0.4, 0.9]]);
    const standard = gaussianDivergence(mean, log, tf.zeros([1, 2]), tf.zeros([1, 2]));
    expectClose(standard.dataSync(), standardDivergence(mean, log).dataSync());
    expectClose(gaussianDivergence(mean, log, mean, log).dataSync(), [0]);
  });

  it("between two: ln(t / s) + (s^2 + (m - n)^2) / (2 t^2) - 1/2", () => {
    const [m, s, n, t] = [0.7, 0.5, -0.2, 2];
    const of = (x: number) => tf.tensor2d([[x]]);
    const found = gaussianDivergence(of(m), of(2 * Math.log(s)), of(n), of(2 * Math.log(t)));
    expectClose(found.dataSync(), [Math.log(t / s) + (s * s + (m - n) ** 2) / (2 * t * t) - 0.5]);
  });

  it("has the gradient of central differences", () => {
    const plain = ([m, v, n, w]: number[]) =>
      (w! - v! + (Math.exp(v!) + (m! - n!) ** 2) * Math.exp(-w!) - 1) / 2;
    const at = [0.7, -0.3, -0.2, 0.4];
    const found = tf.grad((x) => {
      const [m, v, n, w] = tf.split(x, 4) as never[];
      return tf.sum(gaussianDivergence(m!, v!, n!, w!));
    })(tf.tensor1d(at));
    expectClose(found.dataSync(), centralDifferences(plain, at));
  });

  it("log density of the standard normal at 0 and 1", () => {
    const at = (x: number) => gaussianLogDensity(tf.tensor2d([[x]]), tf.zeros([1, 1]), tf.zeros([1, 1]));
    expectClose(at(0).dataSync(), [-0.5 * Math.log(2 * Math.PI)]);
    expectClose(at(1).dataSync(), [-0.5 * Math.log(2 * Math.PI) - 0.5]);
  });
});

describe("divergence of a categorical from the uniform", () => {
  it("is 0 for equal logits and ln K for a certain one, at any size of the logits", () => {
    const logits = tf.tensor2d([
      [3, 3, 3, 3],
      [1000, -1000, 0, 0],
    ]);
    expectClose(uniformDivergence(logits).dataSync(), [0, Math.log(4)]);
    expectClose(entropyOf(logits).dataSync(), [Math.log(4), 0]);
  });

  it("is sum p ln(K p)", () => {
    const p = [0.5, 0.3, 0.2];
    const logits = tf.tensor2d([p.map(Math.log)]);
    const wanted = p.reduce((sum, q) => sum + q * Math.log(3 * q), 0);
    expectClose(uniformDivergence(logits).dataSync(), [wanted]);
  });
});

describe("likelihoods", () => {
  it("Bernoulli: -(x ln p + (1 - x) ln(1 - p)) from the logit, finite at 1000", () => {
    const p = 0.8;
    const [x, logit] = [0.25, Math.log(p / (1 - p))];
    const wanted = -(x * Math.log(p) + (1 - x) * Math.log(1 - p));
    expectClose(bernoulliLoss(tf.tensor2d([[x, x]]), tf.tensor2d([[logit, logit]])).dataSync(), [2 * wanted]);
    expectClose(bernoulliLoss(tf.tensor2d([[1, 0]]), tf.tensor2d([[1000, -1000]])).dataSync(), [0]);
    expect(bernoulliLoss(tf.tensor2d([[0]]), tf.tensor2d([[1000]])).dataSync()[0]).toBe(1000);
  });

  it("Gaussian: |x - m|^2 / (2 sigma^2) over the whole sample", () => {
    const x = tf.tensor3d([[[1], [2]]]);
    const mean = tf.tensor3d([[[0], [0.5]]]);
    expectClose(squaredLoss(x, mean, 0.5).dataSync(), [(1 * 1 + 1.5 * 1.5) / (2 * 0.5 * 0.5)]);
  });
});
