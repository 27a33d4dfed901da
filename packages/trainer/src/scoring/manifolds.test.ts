import { ArgumentError, Rng } from "@mmgan/core";
import { describe, expect, it } from "vitest";
import { manifoldScores, type Vectors } from "./manifolds.js";

const line = (...xs: number[]): Vectors => ({ count: xs.length, dim: 1, data: Float32Array.from(xs) });
const normal = (count: number, dim: number, seed: number): Vectors => ({
  ...{ count, dim },
  data: new Rng({ seed, stream: "test" }).normal(count * dim),
});

/** The definitions word for word, in float64. */
function byDefinition(real: Vectors, generated: Vectors, k: number) {
  const distance = (a: Vectors, i: number, b: Vectors, j: number) => {
    let sum = 0;
    for (let c = 0; c < a.dim; c++) sum += (a.data[i * a.dim + c]! - b.data[j * a.dim + c]!) ** 2;
    return sum;
  };
  const indices = (set: Vectors) => Array.from({ length: set.count }, (_, i) => i);
  const radius = (set: Vectors, i: number) =>
    indices(set)
      .filter((j) => j !== i)
      .map((j) => distance(set, i, set, j))
      .sort((a, b) => a - b)[k - 1]!;
  const realRadii = indices(real).map((i) => radius(real, i));
  const generatedRadii = indices(generated).map((i) => radius(generated, i));
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const balls = (g: number) =>
    indices(real).filter((r) => distance(real, r, generated, g) <= realRadii[r]!).length;
  const drawable = (r: number) =>
    indices(generated).some((g) => distance(real, r, generated, g) <= generatedRadii[g]!);
  const covered = (r: number) =>
    indices(generated).some((g) => distance(real, r, generated, g) <= realRadii[r]!);
  return {
    precision: mean(indices(generated).map((g) => (balls(g) > 0 ? 1 : 0))),
    recall: mean(indices(real).map((r) => (drawable(r) ? 1 : 0))),
    density:
      indices(generated)
        .map(balls)
        .reduce((a, b) => a + b, 0) /
      (k * generated.count),
    coverage: mean(indices(real).map((r) => (covered(r) ? 1 : 0))),
  };
}

describe("manifoldScores", () => {
  it("of points on a line, counted by hand", async () => {
    // k = 1. Real 0 1 10 12: radii 1 1 2 2. Generated 0.5 11 20 21: radii 10.5 9 1 1.
    // 0.5 lies in the balls of 0 and 1, 11 in those of 10 and 12, 20 and 21 in none.
    // Balls of the generated: [-10, 11] holds 0 1 10, [2, 20] holds 10 12.
    expect(await manifoldScores(line(0, 1, 10, 12), line(0.5, 11, 20, 21), 1)).toEqual({
      precision: 2 / 4,
      recall: 1,
      density: (2 + 2) / (1 * 4),
      coverage: 1,
    });
  });

  it("finds variety missing and samples off the data, each in its own score", async () => {
    const real = line(0, 1, 2, 3, 100, 101, 102, 103);
    // One of two groups, drawn well: balls [-0.25, 1.25], [1.25, 1.75], [1.5, 3.5], [1, 1.5] hold 0 1 2 3.
    const half = await manifoldScores(real, line(0.5, 1.5, 2.5, 1.25), 1);
    expect(half).toMatchObject({ precision: 1, recall: 4 / 8, coverage: 4 / 8 });
    // Far from everything.
    expect(await manifoldScores(real, line(-50, -50.5, -51, -51.5), 1)).toEqual({
      ...{ precision: 0, recall: 0, density: 0, coverage: 0 },
    });
  });

  it("gives 1, 1, (k + 1) / k and 1 to a set beside itself: each point also lies in its own ball", async () => {
    const set = normal(700, 4, 1);
    const { precision, recall, density, coverage } = await manifoldScores(set, set, 5);
    expect([precision, recall, coverage]).toEqual([1, 1, 1]);
    expect(density).toBeCloseTo(6 / 5, 12);
  });

  it("gives density about 1 and coverage about 1 - 2^-k to another draw of the same distribution", async () => {
    const scores = await manifoldScores(normal(1500, 2, 1), normal(1500, 2, 2), 5);
    expect(Math.abs(scores.density - 1)).toBeLessThan(0.05);
    // Naeem et al. 2020: 1 - (n - 1)...(n - k) / ((2n - 1)...(2n - k)), nearly 1 - 2^-k; five standard errors.
    expect(Math.abs(scores.coverage - (1 - 2 ** -5))).toBeLessThan(5 * Math.sqrt(0.03 / 1500));
  });

  it("agrees with the definitions on several blocks, with ties and repeated points", async () => {
    const grid = (seed: number, count: number): Vectors => ({
      ...{ count, dim: 3 },
      data: Float32Array.from(new Rng({ seed, stream: "grid" }).integers(count * 3, 9), (x) => x + 1000.1),
    });
    const [real, generated] = [grid(1, 600), grid(2, 530)];
    for (const k of [1, 3])
      expect(await manifoldScores(real, generated, k)).toEqual(byDefinition(real, generated, k));
  });

  it("refuses another k, other dimensions and numbers that are not finite", async () => {
    await expect(manifoldScores(line(1, 2, 3), line(1, 2), 2)).rejects.toThrow(ArgumentError);
    await expect(manifoldScores(line(1, 2, 3), normal(3, 2, 1), 1)).rejects.toThrow("1 numbers");
    await expect(manifoldScores(line(1, 2, 3), line(1, Number.NaN, 2), 1)).rejects.toThrow("finite");
  });
});
