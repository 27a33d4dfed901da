import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { kMeans } from "./k-means.js";
import { adjustedRandIndex } from "./metrics.js";
import { Rng } from "./rng.js";

const { cases } = JSON.parse(readFileSync(new URL("../golden/k-means.json", import.meta.url), "utf8")) as {
  cases: {
    name: string;
    count: number;
    dim: number;
    k: number;
    points: number[];
    inertia: number;
    clusters: number[];
  }[];
};

/** Index of the nearest centre, by the plain formula. */
function nearest(points: Float32Array, i: number, centres: Float32Array, dim: number) {
  const distances = Array.from({ length: centres.length / dim }, (_, c) => {
    let sum = 0;
    for (let j = 0; j < dim; j++) sum += (points[i * dim + j]! - centres[c * dim + j]!) ** 2;
    return sum;
  });
  return { distances, least: Math.min(...distances) };
}

describe("agreement with scikit-learn's best of 200 starts", () => {
  test.each(cases)("$name", ({ count, dim, k, points, inertia, clusters }) => {
    const result = kMeans(Float32Array.from(points), count, dim, k, { restarts: 40, tolerance: 0 });
    expect(Math.abs(result.inertia - inertia)).toBeLessThan(1e-5 * inertia); // centres are kept in float32
    expect(adjustedRandIndex(clusters, result.clusters)).toBe(1);
  });

  test("every case is there", () => expect(cases.length).toBe(3));
});

describe("agreement with scikit-learn from the same centres, empty clusters included", () => {
  const { cases } = JSON.parse(
    readFileSync(new URL("../golden/k-means-from-start.json", import.meta.url), "utf8"),
  ) as {
    cases: {
      name: string;
      count: number;
      dim: number;
      k: number;
      points: number[];
      start: number[];
      inertia: number;
      clusters: number[];
      centres: number[];
    }[];
  };

  test.each(cases)("$name", ({ points, count, dim, k, start, ...wanted }) => {
    const result = kMeans(Float32Array.from(points), count, dim, k, {
      start: Float32Array.from(start),
      tolerance: 0,
    });
    expect([...result.clusters]).toEqual(wanted.clusters);
    expect(Math.abs(result.inertia - wanted.inertia)).toBeLessThan(1e-5 * wanted.inertia);
    wanted.centres.forEach((value, i) => {
      expect(result.centres[i]).toBeCloseTo(value, 5);
    });
  });

  test("every case is there", () => expect(cases.length).toBe(3));
});

test("two pairs on a line", () => {
  const result = kMeans(Float32Array.of(0, 1, 10, 13), 4, 1, 2);
  expect([...result.centres].sort((a, b) => a - b)).toEqual([(0 + 1) / 2, (10 + 13) / 2]);
  expect(result.inertia).toBe(2 * 0.5 ** 2 + 2 * 1.5 ** 2);
  expect(result.clusters[0]).toBe(result.clusters[1]);
  expect(result.clusters[2]).toBe(result.clusters[3]);
  expect(result.clusters[0]).not.toBe(result.clusters[2]);
});

test("one cluster takes the mean; as many clusters as points leave no distance", () => {
  const points = Float32Array.of(0, 0, 4, 0, 2, 6);
  const one = kMeans(points, 3, 2, 1);
  expect([...one.centres]).toEqual([(0 + 4 + 2) / 3, (0 + 0 + 6) / 3]);
  expect(one.inertia).toBeCloseTo(4 + 4 + 0 + 4 + 4 + 16, 6); // squared moves from (2, 2)
  const three = kMeans(points, 3, 2, 3);
  expect(three.inertia).toBeCloseTo(0, 10);
  expect(new Set(three.clusters).size).toBe(3);
});

test("far from the origin it is as accurate: 1e6 added to every coordinate", () => {
  const near = Float32Array.of(0, 1, 10, 13);
  const far = near.map((x) => x + 1e6);
  expect(kMeans(far, 4, 1, 2).inertia).toBe(kMeans(near, 4, 1, 2).inertia);
});

test("a fixed point: each point is with its nearest centre, each centre is the mean of its points", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 20, max: 60 }),
      fc.nat(),
      (k, dim, count, seed) => {
        const points = new Rng({ seed, stream: "points" }).normal(count * dim);
        const { clusters, centres, inertia } = kMeans(points, count, dim, k, {
          seed,
          restarts: 1,
          tolerance: 0,
        });
        let sum = 0;
        for (let i = 0; i < count; i++) {
          const { distances, least } = nearest(points, i, centres, dim);
          expect(distances[clusters[i]!]).toBeLessThanOrEqual(least + 1e-5);
          sum += least;
        }
        expect(inertia).toBeCloseTo(sum, 3);
        for (let c = 0; c < k; c++) {
          const members = [...clusters.keys()].filter((i) => clusters[i] === c);
          expect(members.length).toBeGreaterThan(0);
          for (let j = 0; j < dim; j++) {
            const mean = members.reduce((total, i) => total + points[i * dim + j]!, 0) / members.length;
            expect(centres[c * dim + j]).toBeCloseTo(mean, 5);
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("an empty cluster takes no other cluster's only point", () => {
  // The centre at 500 has no point. 100 is the farthest from its centre, 80, but alone there; the next are 0 and 2, one
  // away from 1, and the first of those is taken.
  const { clusters, centres, inertia } = kMeans(Float32Array.of(0, 1, 2, 100), 4, 1, 3, {
    start: Float32Array.of(1, 80, 500),
    iterations: 1,
  });
  expect([...clusters]).toEqual([2, 0, 0, 1]);
  expect([...centres]).toEqual([(1 + 2) / 2, 100, 0]);
  expect(inertia).toBe(0.5 ** 2 + 0.5 ** 2);
});

test("k-means++ finds single points far away from a crowd in its one start", () => {
  // Centres drawn evenly would fall into the crowd, and 2000^2 would be left over.
  const crowd = new Rng({ seed: 7, stream: "points" }).uniform(500);
  const points = Float32Array.of(...crowd, 1000, -2000, 4000);
  for (let seed = 0; seed < 10; seed++)
    expect(kMeans(points, 503, 1, 4, { seed, restarts: 1, iterations: 1 }).inertia).toBeLessThan(500);
});

test("the same seed gives the same bytes; more restarts never do worse", () => {
  const points = new Rng({ seed: 5, stream: "points" }).normal(200 * 4);
  const run = (seed: number, restarts: number) => kMeans(points, 200, 4, 7, { seed, restarts });
  expect(run(1, 2)).toEqual(run(1, 2));
  expect(run(1, 1).centres).not.toEqual(run(2, 1).centres);
  expect(run(1, 8).inertia).toBeLessThanOrEqual(run(1, 1).inertia);
});

test("iterations stop at their limit, and a longer run does no worse", () => {
  const points = new Rng({ seed: 6, stream: "points" }).uniform(500 * 3);
  const run = (iterations: number) => kMeans(points, 500, 3, 8, { restarts: 1, iterations, tolerance: 0 });
  expect(run(1).iterations).toBe(1);
  expect(run(300).iterations).toBeGreaterThan(1);
  expect(run(300).iterations).toBeLessThan(300);
  expect(run(300).inertia).toBeLessThanOrEqual(run(1).inertia);
});

test("a high tolerance stops sooner", () => {
  const points = new Rng({ seed: 6, stream: "points" }).uniform(500 * 3);
  const run = (tolerance: number) => kMeans(points, 500, 3, 8, { restarts: 1, tolerance }).iterations;
  expect(run(1)).toBeLessThan(run(0));
});

test("fewer distinct points than clusters: finite centres, no distance, no end without end", () => {
  const same = kMeans(new Float32Array(10).fill(3), 5, 2, 4, { tolerance: 0 });
  expect(same.inertia).toBe(0);
  expect([...same.centres]).toEqual([3, 3, 3, 3, 3, 3, 3, 3]);
  const two = kMeans(Float32Array.of(1, 1, 1, 5, 5), 5, 1, 3, { tolerance: 0 });
  expect(two.inertia).toBe(0);
  expect(two.centres.every((x) => x === 1 || x === 5)).toBe(true);
  expect(adjustedRandIndex([0, 0, 0, 1, 1], two.clusters)).toBe(1);
});

test("no cluster is lost among many duplicates and a few far points", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 8, maxLength: 40 }),
      fc.nat(),
      (values, seed) => {
        const k = Math.min(4, new Set(values).size);
        const points = Float32Array.from(values, (value) => value ** 3);
        const { clusters, centres } = kMeans(points, points.length, 1, k, {
          seed,
          restarts: 1,
          tolerance: 0,
        });
        expect(new Set(clusters).size).toBe(k);
        expect(centres.every(Number.isFinite)).toBe(true);
      },
    ),
  );
});

test.each([
  ["k", { k: 0 }, {}, "Expected an integer from 1 to 4 for k but received 0."],
  ["k above the number of points", { k: 5 }, {}, "Expected an integer from 1 to 4 for k but received 5."],
  ["restarts", {}, { restarts: 0 }, "Expected an integer of at least 1 for restarts but received 0."],
  ["iterations", {}, { iterations: 0 }, "Expected an integer of at least 1 for iterations but received 0."],
  ["tolerance", {}, { tolerance: -1 }, "Expected a number of at least 0 for tolerance but received -1."],
  ["seed", {}, { seed: -1 }, "Expected an integer from 0 to 4294967295 for seed but received -1."],
  ["NaN", { last: Number.NaN }, {}, "Expected a finite number for point 3, coordinate 0 but received NaN."],
  [
    "infinity",
    { last: Infinity },
    {},
    "Expected a finite number for point 3, coordinate 0 but received Infinity.",
  ],
])("bad %s is refused", (_, { k = 2, last = 3 }: { k?: number; last?: number }, options, message) => {
  expect(() => kMeans(Float32Array.of(0, 1, 2, last), 4, 1, k, options)).toThrow(
    expect.objectContaining({ name: "ArgumentError", code: "E_ARGUMENT", message }),
  );
});

test("points or starting centres of another size are refused", () => {
  expect(() => kMeans(new Float32Array(6), 3, 2, 2, { start: new Float32Array(2) })).toThrow(
    expect.objectContaining({
      code: "E_SHAPE",
      message: "Expected 4 values, shape [2, 2], for start but received 2.",
    }),
  );
  expect(() => kMeans(new Float32Array(6), 3, 2, 1, { start: Float32Array.of(0, Number.NaN) })).toThrow(
    expect.objectContaining({
      code: "E_ARGUMENT",
      message: "Expected finite numbers for start but received NaN.",
    }),
  );
  expect(() => kMeans(new Float32Array(5), 3, 2, 1)).toThrow(
    expect.objectContaining({
      name: "ShapeError",
      code: "E_SHAPE",
      message: "Expected 6 values, shape [3, 2], for points but received 5.",
    }),
  );
});
