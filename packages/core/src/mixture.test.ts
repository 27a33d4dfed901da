import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  floorSigmas,
  hypercubeVertices,
  logDensity,
  type Mixture,
  mixtureLogDensity,
  posterior,
  SIGMA_FLOOR,
  sampleLatents,
} from "./mixture.js";
import { Rng } from "./rng.js";

const mixture: Mixture = {
  clusters: 2,
  latentDim: 2,
  means: Float32Array.of(1, -1, -0.5, 2),
  sigmas: Float32Array.of(0.5, 2),
};
const line: Mixture = {
  clusters: 3,
  latentDim: 1,
  means: Float32Array.of(-2, 0, 3),
  sigmas: Float32Array.of(0.25, 1, 0.5),
};
const argument = (message: string) =>
  expect.objectContaining({ name: "ArgumentError", code: "E_ARGUMENT", message });
const shape = (message: string) => expect.objectContaining({ name: "ShapeError", code: "E_SHAPE", message });

describe("sampleLatents", () => {
  test("is mu + spread sigma noise", () => {
    const noise = Float32Array.of(1, 2, -1, 0.5, 0, 0);
    expect([...sampleLatents(mixture, Int32Array.of(0, 1, 1), noise, 0.5)]).toEqual([
      1 + 0.5 * 0.5 * 1,
      -1 + 0.5 * 0.5 * 2,
      -0.5 + 0.5 * 2 * -1,
      2 + 0.5 * 2 * 0.5,
      -0.5,
      2,
    ]);
  });

  test("a spread of 0 gives the means, no clusters give no latents", () => {
    const noise = Float32Array.of(3, 4);
    expect([...sampleLatents(mixture, Int32Array.of(1), noise, 0)]).toEqual([-0.5, 2]);
    expect(sampleLatents(mixture, new Int32Array(), new Float32Array()).length).toBe(0);
  });

  test("of N(0, 1) noise has each cluster's mean and sigma", () => {
    const n = 20_000;
    const noise = new Rng({ seed: 0, stream: "noise" }).normal(2 * n);
    const drawn = sampleLatents(mixture, new Int32Array(n).fill(1), noise);
    for (const [j, mu] of [-0.5, 2].entries()) {
      const values = [...drawn].filter((_, i) => i % 2 === j);
      const mean = values.reduce((sum, x) => sum + x, 0) / n;
      const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n;
      // Standard errors sigma / sqrt(n) and sigma^2 sqrt(2 / n); four of each.
      expect(Math.abs(mean - mu)).toBeLessThan((4 * 2) / Math.sqrt(n));
      expect(Math.abs(variance - 2 * 2)).toBeLessThan(4 * 2 * 2 * Math.sqrt(2 / n));
    }
  });

  test("bad clusters, spread and noise are refused", () => {
    const noise = Float32Array.of(0, 0);
    expect(() => sampleLatents(mixture, Int32Array.of(2), noise)).toThrow(
      argument("Expected an integer from 0 to 1 for cluster 0 but received 2."),
    );
    expect(() => sampleLatents(mixture, Int32Array.of(0), noise, -1)).toThrow(
      argument("Expected a number of at least 0 for spread but received -1."),
    );
    expect(() => sampleLatents(mixture, Int32Array.of(0), noise, Number.NaN)).toThrow(
      argument("Expected a number of at least 0 for spread but received NaN."),
    );
    expect(() => sampleLatents(mixture, Int32Array.of(0, 0), noise)).toThrow(
      shape("Expected 4 values, shape [2, 2], for noise but received 2."),
    );
  });
});

describe("densities", () => {
  test("at the mean: -d/2 ln(2 pi) - d ln sigma", () => {
    expect(logDensity(mixture, 0, [1, -1])).toBeCloseTo(-Math.log(2 * Math.PI) - 2 * Math.log(0.5), 12);
  });

  test("falls by r^2 / (2 sigma^2)", () => {
    const fall = logDensity(mixture, 1, [-0.5, 2]) - logDensity(mixture, 1, [-0.5 + 3, 2 - 4]);
    expect(fall).toBeCloseTo((3 * 3 + 4 * 4) / (2 * 2 * 2), 12);
  });

  test("each component and the mixture integrate to 1 in one dimension", () => {
    const step = 0.005;
    const sums = [0, 0, 0, 0];
    for (let z = -12; z <= 12; z += step) {
      for (let k = 0; k < 3; k++) sums[k]! += step * Math.exp(logDensity(line, k, [z]));
      sums[3]! += step * Math.exp(mixtureLogDensity(line, [0.2, 0.5, 0.3], [z]));
    }
    // The trapezoid rule on a Gaussian is exact to rounding once step < sigma; the tails left out are below 1e-20.
    for (const sum of sums) expect(sum).toBeCloseTo(1, 10);
  });

  test("the mixture integrates to 1 in two dimensions, and its mean is the posterior's", () => {
    const weights = [0.25, 0.75];
    const step = 0.1;
    let total = 0;
    const mean = [0, 0];
    for (let a = -18; a <= 18; a += step)
      for (let b = -18; b <= 18; b += step) {
        const mass = step * step * Math.exp(mixtureLogDensity(mixture, weights, [a, b]));
        total += mass;
        mean[0]! += mass * a;
        mean[1]! += mass * b;
      }
    expect(total).toBeCloseTo(1, 8);
    const closed = posterior(mixture, Float32Array.from(weights), 1).mean;
    expect(mean[0]).toBeCloseTo(closed[0]!, 6);
    expect(mean[1]).toBeCloseTo(closed[1]!, 6);
  });

  test("agree with SciPy", () => {
    const { cases } = JSON.parse(
      readFileSync(new URL("../golden/densities.json", import.meta.url), "utf8"),
    ) as {
      cases: {
        clusters: number;
        latentDim: number;
        means: number[];
        sigmas: number[];
        weights: number[];
        z: number[];
        logDensities: number[];
        mixtureLogDensity: number;
      }[];
    };
    expect(cases.length).toBe(6);
    for (const { clusters, latentDim, means, sigmas, weights, z, ...wanted } of cases) {
      const given = {
        clusters,
        latentDim,
        means: Float32Array.from(means),
        sigmas: Float32Array.from(sigmas),
      };
      const close = (value: number, to: number) =>
        expect(Math.abs(value - to)).toBeLessThanOrEqual(1e-12 * Math.abs(to) + 1e-12);
      wanted.logDensities.forEach((to, k) => {
        close(logDensity(given, k, z), to);
      });
      close(mixtureLogDensity(given, weights, z), wanted.mixtureLogDensity);
    }
  });

  test("a weight of 1 leaves that component alone", () => {
    for (const z of [-2, 0.5, 40])
      expect(mixtureLogDensity(line, [0, 1, 0], [z])).toBe(logDensity(line, 1, [z]));
  });

  test("stays finite where every density underflows", () => {
    const far = 1000;
    expect(Math.exp(logDensity(line, 1, [far]))).toBe(0);
    // The widest component rules: ln .5 - ln(2 pi) / 2 - 1000^2 / 2.
    expect(mixtureLogDensity(line, [0.2, 0.5, 0.3], [far])).toBeCloseTo(
      Math.log(0.5) - Math.log(2 * Math.PI) / 2 - (far * far) / 2,
      6,
    );
  });

  test("NaN in, NaN out; infinity has density 0", () => {
    expect(logDensity(line, 0, [Number.NaN])).toBeNaN();
    expect(mixtureLogDensity(line, [0.2, 0.5, 0.3], [Number.NaN])).toBeNaN();
    expect(mixtureLogDensity(line, [Number.NaN, 0.5, 0.5], [0])).toBeNaN();
    expect(mixtureLogDensity(line, [0.2, 0.5, 0.3], [Number.POSITIVE_INFINITY])).toBe(-Infinity);
  });

  test("bad arguments are refused", () => {
    expect(() => logDensity(line, 3, [0])).toThrow(
      argument("Expected an integer from 0 to 2 for component but received 3."),
    );
    expect(() => logDensity(line, 0, [0, 0])).toThrow(
      shape("Expected 1 values, shape [1], for latent but received 2."),
    );
    expect(() => mixtureLogDensity(line, [1], [0])).toThrow(
      shape("Expected 3 values, shape [3], for weights but received 1."),
    );
    expect(() => mixtureLogDensity(line, [1.5, -0.5, 0], [0])).toThrow(
      argument("Expected no value below 0 for weights but received -0.5."),
    );
    expect(() => mixtureLogDensity(line, [0.5, 0, 0], [0])).toThrow(
      argument("Expected values that sum to 1 for weights but received 0.5."),
    );
    expect(() => mixtureLogDensity(line, [0.5, 0.5, 0.5], [0])).toThrow(
      argument("Expected values that sum to 1 for weights but received 1.5."),
    );
    expect(() => logDensity({ ...line, means: Float32Array.of(1) }, 0, [0])).toThrow(
      shape("Expected 3 values, shape [3, 1], for means but received 1."),
    );
    expect(() => logDensity({ ...line, sigmas: Float32Array.of(1) }, 0, [0])).toThrow(
      shape("Expected 3 values, shape [3], for sigmas but received 1."),
    );
    expect(() => logDensity({ ...line, sigmas: Float32Array.of(1, 0, 1) }, 0, [0])).toThrow(
      argument("Expected a number above 0 for sigma 1 but received 0."),
    );
    expect(() => logDensity({ ...line, clusters: 0 }, 0, [0])).toThrow(
      argument("Expected an integer of at least 1 for clusters but received 0."),
    );
  });
});

describe("posterior", () => {
  test("has mean sum_k p_k mu_k and the mixture's components", () => {
    const probabilities = Float32Array.of(0.25, 0.75, 1, 0, 0, 1);
    const given = posterior(mixture, probabilities, 3);
    expect([...given.mean]).toEqual([0.25 * 1 + 0.75 * -0.5, 0.25 * -1 + 0.75 * 2, ...[1, -1], ...[-0.5, 2]]);
    expect(given).toMatchObject({
      count: 3,
      weights: probabilities,
      means: mixture.means,
      sigmas: mixture.sigmas,
    });
  });

  test("row i of a batch equals that row alone", () => {
    const rng = new Rng({ seed: 4, stream: "probabilities" });
    const rows = Array.from({ length: 5 }, () => {
      const drawn = rng.uniform(3);
      const sum = drawn.reduce((a, b) => a + b);
      return drawn.map((x) => x / sum);
    });
    const batch = posterior(line, Float32Array.from(rows.flatMap((row) => [...row])), 5);
    rows.forEach((row, i) => {
      expect(posterior(line, row, 1).mean[0]).toBe(batch.mean[i]);
    });
  });

  test("no inputs give no rows, NaN gives NaN in its row alone", () => {
    expect(posterior(line, new Float32Array(), 0).mean.length).toBe(0);
    const { mean } = posterior(line, Float32Array.of(0, 0, 1, Number.NaN, 0, 1), 2);
    expect([...mean]).toEqual([3, Number.NaN]);
  });

  test("bad probabilities are refused", () => {
    expect(() => posterior(line, Float32Array.of(1, 0), 1)).toThrow(
      shape("Expected 3 values, shape [1, 3], for probabilities but received 2."),
    );
    expect(() => posterior(line, Float32Array.of(0, 0, 1, 0, 0, 0.5), 2)).toThrow(
      argument("Expected values that sum to 1 for probabilities of input 1 but received 0.5."),
    );
  });
});

describe("hypercubeVertices", () => {
  const rng = () => new Rng({ seed: 3, stream: "means" });
  const rows = (data: Float32Array, dim: number) =>
    Array.from({ length: data.length / dim }, (_, k) => data.slice(k * dim, (k + 1) * dim).join());

  test("K = 2^d gives every vertex once", () => {
    const given = rows(hypercubeVertices(8, 3, rng()), 3);
    expect([...given].sort()).toEqual(
      [-1, 1].flatMap((a) => [-1, 1].flatMap((b) => [-1, 1].map((c) => [a, b, c].join()))).sort(),
    );
  });

  test("vertices are distinct and of -1 and 1, in any dimension", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 80 }),
        fc.integer({ min: 1, max: 40 }),
        fc.nat(),
        (d, k, seed) => {
          const count = Math.min(k, 2 ** d);
          const given = hypercubeVertices(count, d, new Rng({ seed, stream: "means" }));
          expect(given.length).toBe(count * d);
          expect(given.every((x) => x === 1 || x === -1)).toBe(true);
          expect(new Set(rows(given, d)).size).toBe(count);
        },
      ),
    );
  });

  test.each([5, 31, 32, 74])("all %d coordinates are 1 about half of the time", (d) => {
    const trials = 2000;
    const sums = new Float64Array(d);
    const drawn = rng();
    for (let i = 0; i < trials; i++)
      hypercubeVertices(1, d, drawn).forEach((x, j) => {
        sums[j]! += x;
      });
    // Standard error sqrt(trials) = 45; five of them over at most 74 coordinates.
    for (const sum of sums) expect(Math.abs(sum)).toBeLessThan(5 * Math.sqrt(trials));
  });

  test("coordinates past the 31st are drawn anew for each vertex", () => {
    const given = hypercubeVertices(10, 74, rng());
    const tails = Array.from({ length: 10 }, (_, k) => given.slice(k * 74 + 31, (k + 1) * 74).join());
    expect(new Set(tails).size).toBe(10);
  });

  test("the same seed gives the same vertices, another seed others", () => {
    expect(hypercubeVertices(10, 64, rng())).toEqual(hypercubeVertices(10, 64, rng()));
    expect(hypercubeVertices(10, 64, rng())).not.toEqual(
      hypercubeVertices(10, 64, new Rng({ seed: 4, stream: "means" })),
    );
  });

  test("K > 2^d is refused with the dimension it needs", () => {
    expect(() => hypercubeVertices(9, 3, rng())).toThrow(
      argument(
        "Expected at most 8 (2^latentDim) for clusters but received 9. A hypercube of 3 dimensions has no more vertices: raise latentDim to at least 4 or start from equal means.",
      ),
    );
    expect(() => hypercubeVertices(0, 3, rng())).toThrow(
      argument("Expected an integer of at least 1 for clusters but received 0."),
    );
  });
});

test("floorSigmas raises what is below the floor and leaves the rest", () => {
  const floored = floorSigmas(Float32Array.of(-1, 0, 0.05, 0.5, 3, Number.NaN));
  expect([...floored]).toEqual([0.1, 0.1, 0.1, 0.5, 3, Number.NaN].map(Math.fround));
  expect(floored[0]).toBeGreaterThanOrEqual(SIGMA_FLOOR);
});
