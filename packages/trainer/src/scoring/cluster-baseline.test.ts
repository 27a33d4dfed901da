import { ArgumentError, adjustedRandIndex, Rng, UnknownNameError } from "@mmgan/core";
import { describe, expect, it } from "vitest";
import type { Rows } from "../neighbours/rows.js";
import { BASELINES, clusterBaseline } from "./cluster-baseline.js";

/** Pictures of 5x5: three patterns of bright pixels, with noise; the pattern of each. */
function patterns(count: number, seed: number): Rows & { labels: Int32Array } {
  const noise = new Rng({ seed, stream: "test" }).integers(count * 25, 60);
  const labels = Int32Array.from({ length: count }, (_, i) => i % 3);
  const data = Uint8Array.from(
    noise,
    (x, at) => x + ((at % 25) % 3 === labels[Math.floor(at / 25)]! ? 150 : 0),
  );
  return { count, dim: 25, data, labels };
}

describe("clusterBaseline", () => {
  it.each(BASELINES)("%s finds three patterns, also in rows it was not fitted to", async (name) => {
    const [fit, rows] = [patterns(240, 1), patterns(90, 2)];
    const own = await clusterBaseline(name, fit, 3);
    expect(own.fitted).toBe(240);
    expect(adjustedRandIndex(fit.labels, own.clusters)).toBe(1);
    const { clusters, fitted } = await clusterBaseline(name, rows, 3, { fit });
    expect(fitted).toBe(240);
    expect(adjustedRandIndex(rows.labels, clusters)).toBe(1);
    // Numbers of clusters go over: both were fitted to the same rows.
    expect([...clusters.subarray(0, 3)]).toEqual([...own.clusters.subarray(0, 3)]);
  });

  it("the mixture knows crossed needles that both k-means cut through their centre", async () => {
    const noise = new Rng({ seed: 5, stream: "needles" }).normal(2 * 800);
    const labels = Int32Array.from({ length: 800 }, (_, i) => i % 2);
    const data = noise.map((x, at) => x * (at % 2 === labels[Math.floor(at / 2)]! ? 4 : 0.2));
    const rows: Rows = { count: 800, dim: 2, data };
    const ari = async (name: (typeof BASELINES)[number]) =>
      adjustedRandIndex(labels, (await clusterBaseline(name, rows, 2)).clusters);
    expect(await ari("k-means")).toBeLessThan(0.2);
    expect(await ari("pca-k-means")).toBeLessThan(0.2);
    expect(await ari("gaussian-mixture")).toBeGreaterThan(0.7);
  });

  it("gives the same for the same seed", async () => {
    const rows = patterns(60, 3);
    for (const name of BASELINES)
      expect(await clusterBaseline(name, rows, 4, { seed: 9 })).toEqual(
        await clusterBaseline(name, rows, 4, { seed: 9 }),
      );
  });

  it("refuses unknown names, too many clusters and rows of another length", async () => {
    const rows = patterns(6, 1);
    await expect(clusterBaseline("kmeans" as "k-means", rows, 2)).rejects.toThrow(UnknownNameError);
    await expect(clusterBaseline("k-means", rows, 7)).rejects.toThrow(ArgumentError);
    await expect(clusterBaseline("k-means", rows, 2, { fit: { ...rows, dim: 5 } })).rejects.toThrow(
      "25 values",
    );
  });
});
