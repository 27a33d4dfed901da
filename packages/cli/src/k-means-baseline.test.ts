import { expect, it } from "vitest";
import { kMeansBaseline } from "./k-means-baseline.js";

it("finds two far apart groups", () => {
  const samples = { values: Float32Array.of(0, 0.1, 0.2, 9, 9.1, 9.2), count: 6 };
  const scores = kMeansBaseline(samples, samples, Int32Array.of(5, 5, 5, 2, 2, 2), 2);
  expect(scores).toEqual({ nmi: 1, ari: 1, purity: 1, accuracy: 1, fitted: 6 });
});

it("scores others than it was fitted to", () => {
  const fit = { values: Float32Array.of(0, 1, 10, 11), count: 4 };
  // Centres (0 + 1) / 2 and (10 + 11) / 2: 5 is nearer to the first, 6 to the second.
  const scored = { values: Float32Array.of(5, 6, 0), count: 3 };
  const scores = kMeansBaseline(fit, scored, Int32Array.of(0, 1, 0), 2);
  expect(scores).toEqual({ nmi: 1, ari: 1, purity: 1, accuracy: 1, fitted: 4 });
});

it("fits a big set on a part and scores all of it", () => {
  const count = 1200;
  const dim = 16_000; // 16,000,000 / 16,000 = 1000 rows
  const values = new Uint8Array(count * dim);
  const labels = Int32Array.from({ length: count }, (_, i) => i % 2);
  for (let i = 0; i < count; i++) if (i % 2) values.fill(200, i * dim, (i + 1) * dim);
  const scores = kMeansBaseline({ values, count }, { values, count }, labels, 2);
  expect(scores.fitted).toBe(1000);
  expect(scores.accuracy).toBe(1);
});
