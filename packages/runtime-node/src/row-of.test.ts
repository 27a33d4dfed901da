import { describe, expect, test } from "vitest";
import { rowFields } from "./row-of.js";

describe("fields of a row", () => {
  const of = (...rows: number[][]) => ({
    count: rows.length,
    clusters: Int32Array.from(rows, (row) => row.indexOf(Math.max(...row))),
    probabilities: Float32Array.from(rows.flat()),
    logits: new Float32Array(rows.flat().length),
    features: new Float32Array(0),
  });

  test("margin and entropy in closed form", () => {
    const clustering = of([0.5, 0.25, 0.25], [0, 1, 0], [0.25, 0.25, 0.5]);
    const first = rowFields(clustering, 0);
    expect(first).toMatchObject({ cluster: 0, probability: 0.5, margin: 0.5 - 0.25 });
    // -(1/2 ln 1/2 + 2/4 ln 1/4) = 1/2 ln 2 + ln 2
    expect(first.entropy).toBeCloseTo(1.5 * Math.LN2, 12);
    expect(rowFields(clustering, 1)).toEqual({
      ...{ cluster: 1, name: null, probability: 1, margin: 1, entropy: 0 },
      ...{ distance: null, percentile: null, outlier: null, probabilities: [0, 1, 0] },
    });
    expect(rowFields(clustering, 2)).toMatchObject({ cluster: 2, margin: 0.25 });
  });

  test("distance and percentile to the centre of the row's own cluster", () => {
    const clustering = { ...of([0, 1], [0, 1]), features: Float32Array.of(9, 9, 3, 4) };
    const quantiles = Array.from({ length: 101 }, (_, q) => q / 10);
    const centres = {
      ...{ data: "none", samples: 5, dim: 2 },
      clusters: [null, { n: 5, centre: [0, 0], quantiles, outlier: 6 }],
    };
    // 3-4-5; half of the training samples are nearer than 5.
    expect(rowFields(clustering, 1, centres)).toMatchObject({ distance: 5, percentile: 50, outlier: false });
    expect(rowFields(clustering, 0, centres)).toMatchObject({ percentile: 100, outlier: true });
  });

  test("a tie of all has margin 0 and entropy ln K; one cluster has margin 1 and entropy 0", () => {
    const tie = rowFields(of([0.25, 0.25, 0.25, 0.25]), 0);
    expect(tie.margin).toBe(0);
    expect(tie.entropy).toBeCloseTo(Math.log(4), 12);
    expect(rowFields(of([1]), 0)).toMatchObject({ cluster: 0, probability: 1, margin: 1, entropy: 0 });
  });
});
