import { describe, expect, it } from "vitest";
import { expectClose } from "../testing/differences.js";
import { clusterCodes } from "./cluster-codes.js";

describe("k-means on the codes", () => {
  it("is nearest to the centres that k-means finds", () => {
    const codes = Float32Array.of(0, 0, 0.2, 0, 5, 5, 5, 5.2);
    const { centres, variance } = clusterCodes(codes, 4, 2, 2, 0);
    expectClose([...centres].sort(), [0, 0.1, 5, 5.1]);
    // Four codes, each .1 from its centre in one of two coordinates.
    expectClose([variance], [(4 * 0.1 ** 2) / (4 * 2)]);
  });

  it("is refused for fewer codes than clusters", () => {
    expect(() => clusterCodes(new Float32Array(6), 3, 2, 4, 0)).toThrow(
      "Expected at least 4 codes, one for each cluster, for k-means on the codes but received 3.",
    );
  });
});
