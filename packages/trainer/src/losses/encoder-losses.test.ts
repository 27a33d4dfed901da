import { describe, expect, it } from "vitest";
import { centralDifferences, expectClose } from "../testing/differences.js";
import { tf } from "../testing/gradients.js";
import { crossEntropy, priorSizes, viewInformation } from "./encoder-losses.js";

describe("crossEntropy", () => {
  it("is ln K for equal logits", () => {
    const loss = crossEntropy(tf.tensor2d([[0, 1, 0, 0]]), tf.tensor2d([[3, 3, 3, 3]]));
    expectClose(loss.dataSync(), [Math.log(4)]);
  });

  it("is the lead of a wrong class far ahead, with gradient p - y: no clipping", () => {
    const labels = tf.tensor2d([[1, 0]]);
    const f = (logits: never) => crossEntropy(labels as never, logits);
    const logits = tf.tensor2d([[0, 100]]);
    expectClose(f(logits as never).dataSync(), [100]);
    expectClose(
      tf
        .grad(f as never)(logits)
        .dataSync(),
      [-1, 1],
    );
  });

  it("has the gradient of central differences", () => {
    const y = [
      [0, 1, 0],
      [1, 0, 0],
    ];
    const logits = [0.3, -1.2, 0.8, 2.0, 0.1, -0.7];
    const plain = (x: number[]) => {
      const row = (i: number) => x.slice(3 * i, 3 * i + 3);
      const one = (i: number) => {
        const z = row(i);
        const log = Math.log(z.reduce((s, v) => s + Math.exp(v), 0));
        return -z.reduce((s, v, k) => s + y[i]![k]! * (v - log), 0);
      };
      return (one(0) + one(1)) / 2;
    };
    const gradient = tf.grad((x) => crossEntropy(tf.tensor2d(y), tf.reshape(x, [2, 3]) as never))(
      tf.tensor1d(logits),
    );
    expectClose(gradient.dataSync(), centralDifferences(plain, logits));
  });
});

/** The formula in plain float64 arithmetic. */
function plainInformation(first: number[][], second: number[][], balance: number): number {
  const k = first[0]!.length;
  const joint = Array.from({ length: k }, (_, i) =>
    Array.from(
      { length: k },
      (_, j) =>
        first.reduce((s, row, n) => s + (row[i]! * second[n]![j]! + row[j]! * second[n]![i]!) / 2, 0) /
        first.length,
    ),
  );
  const marginal = joint.map((row) => row.reduce((a, b) => a + b, 0));
  return joint.reduce(
    (s, row, i) =>
      s +
      row.reduce(
        (t, p, j) =>
          t + p * (Math.log(p) - balance * Math.log(marginal[i]!) - balance * Math.log(marginal[j]!)),
        0,
      ),
    0,
  );
}

describe("viewInformation", () => {
  it("is (2 balance - 1) ln K for even, certain and equal clusters", () => {
    const views = tf.eye(3) as never;
    for (const balance of [1, 2])
      expectClose(viewInformation(views, views, balance).dataSync(), [(2 * balance - 1) * Math.log(3)]);
  });

  it("is 0 for balance 1 when the views say nothing of each other", () => {
    const even = tf.fill([6, 4], 1 / 4) as never;
    expectClose(viewInformation(even, even, 1).dataSync(), [0], { absolute: 1e-6 });
  });

  it("is 0 when all images are in one cluster", () => {
    const one = tf.tensor2d([
      [1, 0],
      [1, 0],
    ]);
    expectClose(viewInformation(one, one, 2).dataSync(), [0], { absolute: 1e-6 });
  });

  it("has the value and gradient of the formula in float64", () => {
    const a = [0.5, 0.3, 0.2, 0.1, 0.7, 0.2, 0.25, 0.25, 0.5];
    const b = [0.6, 0.2, 0.2, 0.2, 0.6, 0.2, 0.3, 0.1, 0.6];
    const rows = (x: number[]) => [x.slice(0, 3), x.slice(3, 6), x.slice(6, 9)];
    const plain = (x: number[]) => plainInformation(rows(x.slice(0, 9)), rows(x.slice(9)), 2);
    const f = (x: never) => {
      const [p, q] = tf.split(x, 2) as unknown as [never, never];
      return viewInformation(tf.reshape(p, [3, 3]) as never, tf.reshape(q, [3, 3]) as never, 2);
    };
    const x = tf.tensor1d([...a, ...b]);
    expectClose(f(x as never).dataSync(), [plain([...a, ...b])]);
    expectClose(
      tf
        .grad(f as never)(x)
        .dataSync(),
      centralDifferences(plain, [...a, ...b]),
    );
  });

  it("stays finite when a cluster is empty", () => {
    const p = tf.tensor2d([
      [1, 0, 0],
      [0, 1, 0],
    ]);
    const gradient = tf.grad((x) => viewInformation(x as never, p, 2))(p);
    for (const value of gradient.dataSync()) expect(value).toSatisfy(Number.isFinite);
  });

  it("with a prior over sizes: certain clusters gain most, (2 balance - 1) ln K, at the prior's sizes", () => {
    const sized = (...counts: number[]) => {
      const rows = counts.flatMap((n, k) =>
        Array.from({ length: n }, () => counts.map((_, j) => +(j === k))),
      );
      return tf.tensor2d(rows);
    };
    const prior = [4 / 7, 2 / 7, 1 / 7];
    const at = (...counts: number[]) =>
      viewInformation(sized(...counts) as never, sized(...counts) as never, 2, prior).dataSync()[0]!;
    expect(at(4, 2, 1)).toBeCloseTo(3 * Math.log(3), 5);
    // Even sizes: 3 (ln 3 - KL(even | prior)), KL = sum 1/3 ln((1/3) / pi)
    const kl = prior.reduce((sum, p) => sum + Math.log(1 / 3 / p) / 3, 0);
    expect(at(2, 2, 2)).toBeCloseTo(3 * (Math.log(3) - kl), 5);
  });
});

describe("priorSizes", () => {
  it("falls evenly in logarithm from `ratio` to 1, and sums to 1", () => {
    expectClose(priorSizes(3, 4), [4 / 7, 2 / 7, 1 / 7]);
    expectClose(priorSizes(4, 1), [0.25, 0.25, 0.25, 0.25]);
    expect(priorSizes(1, 9)).toEqual([1]);
  });
});
