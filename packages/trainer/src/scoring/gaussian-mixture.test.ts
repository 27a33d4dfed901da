import { ArgumentError, adjustedRandIndex, Rng, ShapeError } from "@mmgan/core";
import { describe, expect, it } from "vitest";
import { fitGaussianMixture, likeliestComponents } from "./gaussian-mixture.js";

/** Rows x = m + A n of each component in turn, n standard normal; the component of each. */
function draw(count: number, components: { mean: number[]; root: number[][] }[], seed = 1) {
  const dim = components[0]!.mean.length;
  const noise = new Rng({ seed, stream: "test" }).normal(count * dim);
  const labels = Int32Array.from({ length: count }, (_, i) => i % components.length);
  const data = Float32Array.from({ length: count * dim }, (_, at) => {
    const [i, j] = [Math.floor(at / dim), at % dim];
    const { mean, root } = components[labels[i]!]!;
    return root[j]!.reduce((sum, a, l) => sum + a * noise[i * dim + l]!, mean[j]!);
  });
  return { data, labels, dim };
}

// A crossed pair of needles with one centre: k-means cannot tell them apart, covariances can.
const NEEDLES = [
  {
    mean: [0, 0],
    root: [
      [4, 0],
      [0, 0.2],
    ],
  },
  {
    mean: [0, 0],
    root: [
      [0.2, 0],
      [0, 4],
    ],
  },
]; // prettier-ignore

describe("fitGaussianMixture", () => {
  it("recovers weights, means and covariances of a known mixture", () => {
    const known = [
      {
        mean: [0, 0],
        root: [
          [1, 0],
          [0.5, 0.5],
        ],
      },
      {
        mean: [6, 0],
        root: [
          [0.5, 0],
          [0, 2],
        ],
      },
      {
        mean: [0, 8],
        root: [
          [1, 0],
          [0, 1],
        ],
      },
    ]; // prettier-ignore
    const count = 6000;
    const { data, labels, dim } = draw(count, known);
    const fit = fitGaussianMixture(data, count, dim, 3, { tolerance: 1e-9 });
    const found = likeliestComponents(fit, data);
    expect(adjustedRandIndex(labels, found)).toBeGreaterThan(0.98);
    for (const [label, { mean, root }] of known.entries()) {
      const c = found[label]!; // rows 0, 1, 2 are drawn from components 0, 1, 2
      expect(Math.abs(fit.weights[c]! - 1 / 3)).toBeLessThan(0.01);
      for (let i = 0; i < 2; i++) {
        // Five standard errors of means and covariances of 2,000 draws.
        expect(Math.abs(fit.means[c * 2 + i]! - mean[i]!)).toBeLessThan((5 * 2) / Math.sqrt(2000));
        for (let j = 0; j < 2; j++) {
          const covariance = root[i]![0]! * root[j]![0]! + root[i]![1]! * root[j]![1]!;
          expect(Math.abs(fit.covariances[(c * 2 + i) * 2 + j]! - covariance)).toBeLessThan(0.4);
        }
      }
    }
  });

  it("tells crossed needles apart by their covariances", () => {
    const { data, labels } = draw(1000, NEEDLES);
    const found = likeliestComponents(fitGaussianMixture(data, 1000, 2, 2), data);
    expect(adjustedRandIndex(labels, found)).toBeGreaterThan(0.8);
  });

  it("never lets the likelihood fall, also where covariances meet their floor", () => {
    // 40 rows of 8 numbers in 5 components, two coordinates equal: covariances are singular.
    const data = new Rng({ seed: 3, stream: "test" }).normal(40 * 8);
    for (let i = 0; i < 40; i++) data[i * 8 + 7] = data[i * 8]!;
    for (const floor of [1e-6, 1e-2, 1]) {
      const { logLikelihoods } = fitGaussianMixture(data, 40, 8, 5, { tolerance: 0, iterations: 30, floor });
      expect(logLikelihoods.length).toBeGreaterThan(2);
      for (let i = 1; i < logLikelihoods.length; i++)
        expect(logLikelihoods[i]! - logLikelihoods[i - 1]!).toBeGreaterThan(-1e-9);
    }
  });

  it("with one component gives the sample's mean and covariance, and their likelihood", () => {
    const data = Float32Array.of(1, 2, 3, 6, 5, 4); // three points of the plane
    const { means, covariances, weights, logLikelihoods } = fitGaussianMixture(data, 3, 2, 1);
    expect([...weights]).toEqual([1]);
    expect([...means]).toEqual([3, 4]);
    // Deviations (-2, -2), (0, 2), (2, 0): variances 8/3, covariance 4/3, determinant 48/9.
    [8 / 3, 4 / 3, 4 / 3, 8 / 3].forEach((x, i) => {
      expect(covariances[i]).toBeCloseTo(x, 12);
    });
    // Mean of (x - m)^T C^-1 (x - m) is 2, the dimension.
    expect(logLikelihoods.at(-1)).toBeCloseTo(-Math.log(2 * Math.PI) - Math.log(48 / 9) / 2 - 1, 12);
  });

  it("stays finite on equal points and on points far out", () => {
    const { covariances, logLikelihoods } = fitGaussianMixture(new Float32Array(20).fill(3), 10, 2, 2);
    for (const values of [covariances, logLikelihoods]) expect(values.every(Number.isFinite)).toBe(true);
    // ln N underflows by far; log-sum-exp does not care.
    const near = fitGaussianMixture(Float32Array.of(0, 1, 10, 11), 4, 1, 2);
    expect([...likeliestComponents(near, Float32Array.of(-1e6, 1e6))]).toHaveLength(2);
  });

  it("gives the same for the same seed", () => {
    const { data } = draw(300, NEEDLES);
    const [a, b] = [0, 0].map(() => fitGaussianMixture(data, 300, 2, 4, { seed: 7 }));
    expect(a).toEqual(b);
  });

  it("refuses what it cannot fit", () => {
    const data = new Float32Array(8);
    expect(() => fitGaussianMixture(data, 4, 3, 2)).toThrow(ShapeError);
    expect(() => fitGaussianMixture(data, 4, 2, 5)).toThrow(ArgumentError);
    expect(() => fitGaussianMixture(data, 4, 2, 2, { floor: 0 })).toThrow("floor");
    expect(() => fitGaussianMixture(data, 4, 2, 2, { starts: 0 })).toThrow("starts");
  });
});
