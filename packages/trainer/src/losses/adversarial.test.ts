import { describe, expect, it } from "vitest";
import { LOSSES, type Loss } from "../config.js";
import { centralDifferences, expectClose } from "../testing/differences.js";
import { tf } from "../testing/gradients.js";
import {
  adversarialLosses,
  clusterMeans,
  hardAssignment,
  type Scores,
  straightThrough,
} from "./adversarial.js";

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const mean = (xs: number[]) => xs.reduce((a, b) => a + b, 0) / xs.length;

// Clusters of five rows; no prior fake and no real sample of cluster 2 meet, so the fall-back is used.
const K = 4;
const realClusters = [0, 1, 1, 3, 0];
const pairedClusters = [0, 1, 1, 3, 0];
const priorClusters = [2, 0, 1, 3, 3];
const real = [0.7, -1.3, 2.1, 0.2, -0.4];
const paired = [-0.6, 0.9, 1.4, -2.2, 0.3];
const prior = [0.1, -0.8, 1.7, 0.5, -1.9];

const oneHot = (clusters: number[]) =>
  tf.tensor2d(clusters.map((c) => Array.from({ length: K }, (_, k) => (k === c ? 1 : 0))));

function losses(loss: Loss, [r, p, q]: [number[], number[], number[]]) {
  const scores: Scores = {
    real: tf.tensor1d(r),
    paired: tf.tensor1d(p),
    prior: tf.tensor1d(q),
    realClusters: oneHot(realClusters),
    pairedClusters: oneHot(pairedClusters),
    priorClusters: oneHot(priorClusters),
  };
  return adversarialLosses(loss, scores);
}

/** The paper's formulas, written again in plain float64 arithmetic. */
const reference: Record<
  Loss,
  (r: number[], p: number[], q: number[]) => { critic: number; generator: number }
> = {
  sgan: (r, p) => ({
    critic: -mean(r.map((x) => Math.log(sigmoid(x)))) - mean(p.map((x) => Math.log(1 - sigmoid(x)))),
    generator: -mean(p.map((x) => Math.log(sigmoid(x)))),
  }),
  "sgan-minimax": (r, p) => ({
    critic: -mean(r.map((x) => Math.log(sigmoid(x)))) - mean(p.map((x) => Math.log(1 - sigmoid(x)))),
    generator: mean(p.map((x) => Math.log(1 - sigmoid(x)))),
  }),
  rsgan: (r, p) => ({
    critic: -mean(r.map((x, i) => Math.log(sigmoid(x - p[i]!)))),
    generator: -mean(r.map((x, i) => Math.log(sigmoid(p[i]! - x)))),
  }),
  crasgan: (r, p, q) => {
    const among = (scores: number[], clusters: number[], k: number) => {
      const members = scores.filter((_, i) => clusters[i] === k);
      return mean(members.length > 0 ? members : scores);
    };
    const dReal = r.map((x, i) => sigmoid(x - among(p, pairedClusters, realClusters[i]!)));
    const dFake = q.map((x, i) => sigmoid(x - among(r, realClusters, priorClusters[i]!)));
    return {
      critic: -mean(dReal.map(Math.log)) - mean(dFake.map((d) => Math.log(1 - d))),
      generator: -mean(dFake.map(Math.log)) - mean(dReal.map((d) => Math.log(1 - d))),
    };
  },
};

describe.each(LOSSES)("%s", (loss) => {
  it("has the paper's value on both sides", () => {
    const ours = losses(loss, [real, paired, prior]);
    const wanted = reference[loss](real, paired, prior);
    expectClose([...ours.critic.dataSync(), ...ours.generator.dataSync()], [wanted.critic, wanted.generator]);
  });

  it.each(["critic", "generator"] as const)("has the gradient of central differences, %s", (side) => {
    const flat = [...real, ...paired, ...prior];
    const split = (x: number[]) =>
      [x.slice(0, 5), x.slice(5, 10), x.slice(10)] as [number[], number[], number[]];
    const wanted = centralDifferences((x) => reference[loss](...split(x))[side], flat);
    const gradient = tf.grad((x) => {
      const [r, p, q] = tf.split(x as never, 3) as unknown as [never, never, never];
      return adversarialLosses(loss, {
        real: r,
        paired: p,
        prior: q,
        realClusters: oneHot(realClusters),
        pairedClusters: oneHot(pairedClusters),
        priorClusters: oneHot(priorClusters),
      })[side];
    })(tf.tensor1d(flat));
    expectClose(gradient.dataSync(), wanted);
  });

  it("stays finite at scores of -1000 and 1000", () => {
    const ours = losses(loss, [
      [1000, -1000, 1000, -1000, 0],
      [-1000, 1000, 1000, -1000, 0],
      [-1000, 1000, 0, 1000, -1000],
    ]);
    for (const value of [...ours.critic.dataSync(), ...ours.generator.dataSync()])
      expect(value).toSatisfy(Number.isFinite);
  });
});

describe("clusterMeans", () => {
  it("is the mean over members, and over all where there is none", () => {
    const means = clusterMeans(tf.tensor1d([1, 2, 6]), oneHot([0, 0, 1]), oneHot([1, 0, 2, 0]));
    expectClose(means.dataSync(), [6, (1 + 2) / 2, (1 + 2 + 6) / 3, (1 + 2) / 2]);
  });
});

describe("pairing", () => {
  const probabilities = tf.tensor2d([
    [0.2, 0.5, 0.3],
    [0.9, 0.05, 0.05],
  ]);
  const weights = tf.tensor2d([
    [1, 2, 4],
    [8, 16, 32],
  ]);

  it("hard: one-hot of the largest, no gradient", () => {
    expect([...hardAssignment(probabilities).dataSync()]).toEqual([0, 1, 0, 1, 0, 0]);
    const gradient = tf.grad((p) => tf.sum(tf.mul(hardAssignment(p as never), weights)))(probabilities);
    expect([...gradient.dataSync()]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("straight-through: hard in value, soft in gradient", () => {
    expectClose(straightThrough(probabilities).dataSync(), [0, 1, 0, 1, 0, 0]);
    const gradient = tf.grad((p) => tf.sum(tf.mul(straightThrough(p as never), weights)))(probabilities);
    expect([...gradient.dataSync()]).toEqual([...weights.dataSync()]);
  });
});
