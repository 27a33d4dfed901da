import { describe, expect, it } from "vitest";
import { centralDifferences, expectClose } from "../testing/differences.js";
import { tf } from "../testing/gradients.js";
import { crossEntropy, viewInformation } from "./encoder-losses.js";

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
});
