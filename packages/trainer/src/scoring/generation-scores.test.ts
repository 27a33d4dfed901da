import { Rng } from "@mmgan/core";
import { expect, it } from "vitest";
import { classAgreement, generationScores } from "./generation-scores.js";

it("counts the most frequent class of each cluster", () => {
  // Cluster 0: classes 4 4 7, cluster 1: none, cluster 2: 4, cluster 3: 1 1.
  const found = classAgreement(Int32Array.of(4, 4, 7, 4, 1, 1), Int32Array.of(0, 0, 0, 2, 3, 3), 4);
  expect(found).toEqual({
    agreement: (2 + 1 + 2) / 6,
    classes: 2, // 4 and 1
    byCluster: [{ class: 4, share: 2 / 3 }, null, { class: 4, share: 1 }, { class: 1, share: 1 }],
  });
});

it("gives a set beside itself full marks and no distance, a shifted one its squared shift", async () => {
  const data = new Rng({ seed: 1, stream: "test" }).normal(300 * 3);
  const set = { count: 300, dim: 3, data };
  expect(await generationScores(set, set)).toMatchObject({ precision: 1, recall: 1, coverage: 1 });
  expect((await generationScores(set, set)).fid).toBeLessThan(1e-9);
  const far = await generationScores(set, { ...set, data: data.map((x) => x + 100) });
  expect(far).toMatchObject({ precision: 0, recall: 0, density: 0, coverage: 0 });
  expect(far.fid).toBeCloseTo(3 * 100 ** 2, 1);
});
