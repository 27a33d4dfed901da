import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Clustering } from "./contract.js";
import { BundleError } from "./errors.js";
import {
  centreFields,
  centresText,
  type FeatureCentres,
  featureCentres,
  OUTLIER_RULE,
  parseCentres,
} from "./feature-centres.js";

/** What an encoder would say of samples of two features. */
function clustering(samples: readonly (readonly [cluster: number, x: number, y: number])[]): Clustering {
  return {
    count: samples.length,
    clusters: Int32Array.from(samples, ([cluster]) => cluster),
    features: Float32Array.from(samples.flatMap(([, x, y]) => [x, y])),
    probabilities: new Float32Array(0),
    logits: new Float32Array(0),
  };
}

/** All at once, or a part a sample. */
const centresOf = (samples: Parameters<typeof clustering>[0], clusters: number, parts = false) =>
  featureCentres(
    async function* () {
      if (!parts) yield clustering(samples);
      else for (const sample of samples) yield clustering([sample]);
    },
    clusters,
    "data",
  );

// Cluster 0 on a line: mean (2, 0), distances 2, 1, 0, 1, 2. Cluster 2: one sample. Cluster 1: none.
const SAMPLES = [
  [0, 0, 0],
  [0, 1, 0],
  [2, 7, -7],
  [0, 2, 0],
  [0, 3, 0],
  [0, 4, 0],
] as const;

describe("centres", () => {
  it("are means, with the quantiles of the distances to them", async () => {
    const { samples, dim, clusters } = await centresOf(SAMPLES, 3);
    expect([samples, dim]).toEqual([6, 2]);
    const [first, none, last] = clusters;
    expect(none).toBeNull();
    expect(first).toMatchObject({ n: 5, centre: [(0 + 1 + 2 + 3 + 4) / 5, 0] });
    // Ascending distances 0, 1, 1, 2, 2 stand at 0, 25, 50, 75 and 100 percent; linear between.
    for (const [percent, distance] of [
      [0, 0],
      [10, 0 + (10 / 25) * 1],
      [25, 1],
      [40, 1],
      [50, 1],
      [60, Math.fround(1 + (10 / 25) * 1)],
      [75, 2],
      [100, 2],
    ] as const)
      expect(first!.quantiles[percent]).toBeCloseTo(distance, 6);
    expect(first!.outlier).toBe(OUTLIER_RULE.margin * 2); // the 99.5th percentile lies between 2 and 2
    expect(last).toMatchObject({ n: 1, centre: [7, -7], outlier: 0 });
  });

  it("do not depend on the parts the samples come in", async () => {
    expect(await centresOf(SAMPLES, 3, true)).toEqual(await centresOf(SAMPLES, 3));
  });

  it("of no sample are none", async () => {
    expect(await centresOf([], 2)).toEqual({ data: "data", samples: 0, dim: 0, clusters: [null, null] });
  });
});

describe("a row", () => {
  const fields = async (cluster: number, x: number, y: number) =>
    centreFields(await centresOf(SAMPLES, 3), cluster, Float32Array.of(9, 9, x, y), 1);

  it("says how far it lies and past how many training samples", async () => {
    expect(await fields(0, 2, 0)).toEqual({ distance: 0, percentile: 0, outlier: false });
    expect(await fields(0, 2, 0.5)).toEqual({ distance: 0.5, percentile: 12.5, outlier: false });
    // 1 is the distance of the samples at 25 and 50 percent: nearer are those below 25.
    expect(await fields(0, 3, 0)).toEqual({ distance: 1, percentile: 25, outlier: false });
    expect(await fields(0, 2 + 3, 4)).toEqual({ distance: 5, percentile: 100, outlier: true });
    expect(await fields(0, 2, 2 * OUTLIER_RULE.margin - 0.01)).toMatchObject({ outlier: false });
    expect(await fields(0, 2, 2 * OUTLIER_RULE.margin + 0.01)).toMatchObject({ outlier: true });
  });

  it("of a cluster without training samples, or a bundle without centres, says nothing", async () => {
    const nothing = { distance: null, percentile: null, outlier: null };
    expect(await fields(1, 0, 0)).toEqual(nothing);
    expect(centreFields(undefined, 0, Float32Array.of(1), 0)).toEqual(nothing);
  });

  it("stands higher the farther it lies, within a percent of the share of training samples that are nearer", async () => {
    const coordinate = fc.integer({ min: -99, max: 99 });
    const sample = fc.tuple(fc.constant(0), coordinate, coordinate);
    await fc.assert(
      fc.asyncProperty(fc.array(sample, { minLength: 102, maxLength: 160 }), async (samples) => {
        const centres = await centresOf(samples, 1);
        const { features } = clustering(samples);
        const rows = samples.map((_, i) => centreFields(centres, 0, features, i));
        const ascending = rows.toSorted((a, b) => a.distance! - b.distance!);
        for (const [i, { distance, percentile }] of ascending.entries()) {
          expect(percentile).toBeGreaterThanOrEqual(i > 0 ? ascending[i - 1]!.percentile! : 0);
          // Quantiles are kept at whole percents and as float32; of equal distances any order is right.
          const nearer = rows.filter((row) => row.distance! < distance! - 1e-4).length;
          const notFarther = rows.filter((row) => row.distance! <= distance! + 1e-4).length;
          expect(percentile).toBeGreaterThan((100 * nearer) / samples.length - 1.1);
          expect(percentile).toBeLessThan((100 * notFarther) / samples.length + 1.1);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe("centres.json", () => {
  it("comes back as it was written", async () => {
    const centres = await centresOf(SAMPLES, 3);
    expect(parseCentres(centresText(centres), 3, "centres.json")).toEqual(centres);
  });

  it.each<[string, (centres: Record<string, unknown>) => unknown, RegExp]>([
    ["no object", () => 3, /an object for centres\.json/],
    [
      "another number of clusters",
      (c) => ({ ...c, clusters: [null] }),
      /3 clusters for centres\.json but received 1/,
    ],
    ["a centre of another length", (c) => ({ ...c, dim: 5 }), /5 numbers for field clusters\.0\.centre/],
    [
      "quantiles that fall",
      (c) => ({
        ...c,
        clusters: (c.clusters as FeatureCentres["clusters"]).map(
          (k) => k && { ...k, quantiles: [...k.quantiles.slice(0, -1), -1] },
        ),
      }),
      /ascending numbers .* field clusters\.0\.quantiles/,
    ],
  ])("with %s is refused", async (_, change, message) => {
    const changed = change({ ...(await centresOf(SAMPLES, 3)) });
    expect(() => parseCentres(JSON.stringify(changed), 3, "centres.json")).toThrow(BundleError);
    expect(() => parseCentres(JSON.stringify(changed), 3, "centres.json")).toThrow(message);
    expect(() => parseCentres("{", 3, "centres.json")).toThrow(/centres\.json is not JSON/);
  });
});
