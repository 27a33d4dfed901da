import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  adjustedRandIndex,
  confusionMatrix,
  hungarianAccuracy,
  normalizedMutualInformation,
  purity,
  scoreClustering,
} from "./metrics.js";

const { cases } = JSON.parse(readFileSync(new URL("../golden/metrics.json", import.meta.url), "utf8")) as {
  cases: {
    name: string;
    labels: number[];
    clusters: number[];
    counts: number[];
    nmi: number;
    ari: number;
    purity: number;
    accuracy: number;
  }[];
};

describe("agreement with scikit-learn", () => {
  test.each(cases)("$name", ({ labels, clusters, counts, nmi, ari, ...shares }) => {
    const scores = scoreClustering(Int32Array.from(labels), Int32Array.from(clusters));
    // Sums of a few hundred logarithms: 1e-12 leaves room for another order of summation, no more.
    expect(scores.nmi).toBeCloseTo(nmi, 12);
    expect(scores.ari).toBeCloseTo(ari, 12);
    expect(scores.purity).toBeCloseTo(shares.purity, 14);
    expect(scores.accuracy).toBeCloseTo(shares.accuracy, 14);
    expect(scores.n).toBe(labels.length);
    expect(scores.clusters).toBe(new Set(clusters).size);
    expect([...confusionMatrix(labels, clusters).counts]).toEqual(counts);
  });

  test("every case is there", () => expect(cases.length).toBe(15));
});

describe("closed forms", () => {
  // Two labels of three items each; the clusters hold (2, 1) and (1, 2).
  const labels = [0, 0, 0, 1, 1, 1];
  const clusters = [7, 7, 8, 8, 8, 7];

  test("confusion matrix", () => {
    expect(confusionMatrix(labels, clusters)).toEqual({
      rows: [0, 1],
      columns: [7, 8],
      counts: Int32Array.of(2, 1, 1, 2),
    });
  });

  test("normalized mutual information", () => {
    // Cells 2/6 and 1/6 against margins 1/2 * 1/2; both entropies ln 2.
    const information = 2 * (2 / 6) * Math.log(2 / 6 / (1 / 4)) + 2 * (1 / 6) * Math.log(1 / 6 / (1 / 4));
    expect(normalizedMutualInformation(labels, clusters)).toBeCloseTo(information / Math.LN2, 14);
  });

  test("adjusted Rand index", () => {
    // Pairs together in both: 1 + 1. In labels: 3 + 3, in clusters: 3 + 3, of 15.
    expect(adjustedRandIndex(labels, clusters)).toBeCloseTo((2 - (6 * 6) / 15) / (6 - (6 * 6) / 15), 14);
  });

  test("rounding takes no score out of its range", () => {
    // Without the cut these are 1 + 2e-16 and -6e-17.
    const blocks = (...sizes: number[]) => sizes.flatMap((size, i) => Array<number>(size).fill(i));
    const same = blocks(28, 11, 24, 2);
    expect(normalizedMutualInformation(same, same)).toBe(1);
    const sizes = [13, 12, 17, 8].flatMap((a) => [6 * a, 5 * a]);
    const independent = blocks(...sizes);
    const score = normalizedMutualInformation(
      independent.map((block) => block >> 1),
      independent.map((block) => block % 2),
    );
    expect(score).toBe(0);
  });

  test("purity and Hungarian accuracy", () => {
    expect(purity(labels, clusters)).toBe((2 + 2) / 6);
    expect(hungarianAccuracy(labels, clusters)).toBe((2 + 2) / 6);
  });

  test("two clusters with the same majority: purity counts both, accuracy pairs one", () => {
    // Label 0 rules both clusters, 3 of 4 and 2 of 3. Best pairing: cluster 0 to label 0, cluster 1 to label 1.
    const rule = [0, 0, 0, 1, 0, 0, 1];
    const of = [0, 0, 0, 0, 1, 1, 1];
    expect(purity(rule, of)).toBe((3 + 2) / 7);
    expect(hungarianAccuracy(rule, of)).toBe((3 + 1) / 7);
  });

  test("each item alone is pure but not accurate", () => {
    const four = [0, 0, 1, 1];
    expect(scoreClustering(four, [0, 1, 2, 3])).toMatchObject({ purity: 1, accuracy: 2 / 4, clusters: 4 });
  });
});

const pair = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 8 })), {
    minLength: 1,
    maxLength: 60,
  })
  .map((items) => ({ labels: items.map(([label]) => label), clusters: items.map(([, cluster]) => cluster) }));

describe("properties", () => {
  test("the names of labels and clusters and the order of items do not matter", () => {
    fc.assert(
      fc.property(
        pair,
        fc.uniqueArray(fc.integer(), { minLength: 9, maxLength: 9 }),
        fc.integer({ min: 0, max: 1e6 }),
        ({ labels, clusters }, names, turn) => {
          const at = turn % labels.length;
          const turned = (values: number[]) => [...values.slice(at), ...values.slice(0, at)];
          const before = scoreClustering(labels, clusters);
          const after = scoreClustering(
            turned(labels).map((label) => names[label]!),
            turned(clusters).map((cluster) => names[cluster]!),
          );
          for (const score of ["nmi", "ari", "purity", "accuracy"] as const)
            expect(after[score]).toBeCloseTo(before[score], 12);
        },
      ),
    );
  });

  test("purity is at least accuracy, and every score is in its range", () => {
    fc.assert(
      fc.property(pair, ({ labels, clusters }) => {
        const { n, nmi, ari, purity: pure, accuracy } = scoreClustering(labels, clusters);
        expect(pure).toBeGreaterThanOrEqual(accuracy);
        expect(accuracy).toBeGreaterThanOrEqual(1 / n);
        expect(pure).toBeLessThanOrEqual(1);
        expect(nmi).toBeGreaterThanOrEqual(0);
        expect(nmi).toBeLessThanOrEqual(1);
        expect(ari).toBeGreaterThanOrEqual(-0.5);
        expect(ari).toBeLessThanOrEqual(1);
      }),
    );
  });

  test("labels against themselves score 1 throughout", () => {
    fc.assert(
      fc.property(pair, ({ labels }) => {
        const { nmi, ari, purity: pure, accuracy } = scoreClustering(labels, labels);
        expect([ari, pure, accuracy]).toEqual([1, 1, 1]);
        expect(nmi).toBeCloseTo(1, 12);
      }),
    );
  });

  test("NMI, ARI and Hungarian accuracy do not care which side is which", () => {
    fc.assert(
      fc.property(pair, ({ labels, clusters }) => {
        const [ahead, back] = [scoreClustering(labels, clusters), scoreClustering(clusters, labels)];
        for (const score of ["nmi", "ari", "accuracy"] as const)
          expect(ahead[score]).toBeCloseTo(back[score], 12);
      }),
    );
  });

  test("splitting a cluster never lowers purity", () => {
    fc.assert(
      fc.property(pair, ({ labels, clusters }) => {
        const split = clusters.map((cluster, i) => cluster * 2 + (i % 2));
        expect(purity(labels, split)).toBeGreaterThanOrEqual(purity(labels, clusters));
      }),
    );
  });

  test("each score alone equals the one among all, and counts sum to n", () => {
    fc.assert(
      fc.property(pair, ({ labels, clusters }) => {
        const scores = scoreClustering(labels, clusters);
        expect(normalizedMutualInformation(labels, clusters)).toBe(scores.nmi);
        expect(adjustedRandIndex(labels, clusters)).toBe(scores.ari);
        expect(purity(labels, clusters)).toBe(scores.purity);
        expect(hungarianAccuracy(labels, clusters)).toBe(scores.accuracy);
        expect(confusionMatrix(labels, clusters).counts.reduce((a, b) => a + b)).toBe(labels.length);
      }),
    );
  });
});

test("pairs beyond 32 bits: 70,000 items in two halves", () => {
  const n = 70_000;
  const labels = Int32Array.from({ length: n }, (_, i) => i % 2);
  // Independent halves: together 4 C(n/4, 2), by chance 2 C(n/2, 2) * 2 C(n/2, 2) / C(n, 2).
  const clusters = Int32Array.from({ length: n }, (_, i) => (i >> 1) % 2);
  const two = (m: number) => (m * (m - 1)) / 2;
  const chance = (2 * two(n / 2)) ** 2 / two(n);
  expect(adjustedRandIndex(labels, clusters)).toBeCloseTo(
    (4 * two(n / 4) - chance) / (2 * two(n / 2) - chance),
    12,
  );
});

describe("bad input", () => {
  const all = {
    scoreClustering,
    confusionMatrix,
    normalizedMutualInformation,
    adjustedRandIndex,
    purity,
    hungarianAccuracy,
  };
  test.each(Object.entries(all))(
    "%s refuses unequal lengths, nothing, and what is no integer",
    (_, score) => {
      expect(() => score([1, 2], [1])).toThrow(
        expect.objectContaining({
          name: "ShapeError",
          code: "E_SHAPE",
          message: "Expected 2 values, one a label, for clusters but received 1.",
        }),
      );
      expect(() => score([], [])).toThrow(
        expect.objectContaining({
          name: "ArgumentError",
          code: "E_ARGUMENT",
          message: "Expected at least 1 value for labels but received 0.",
        }),
      );
      expect(() => score([0, Number.NaN], [0, 1])).toThrow(
        expect.objectContaining({
          code: "E_ARGUMENT",
          message: "Expected an integer for label 1 but received NaN.",
        }),
      );
      expect(() => score([0, 1], [0.5, 1])).toThrow(
        expect.objectContaining({
          code: "E_ARGUMENT",
          message: "Expected an integer for cluster 0 but received 0.5.",
        }),
      );
    },
  );
});
