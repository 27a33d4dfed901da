import { describe, expect, it } from "vitest";
import { choiceHints } from "./choice-hints.js";

const choice = (clusters: number, alike: number[], tried = [8, 9, 10]) => ({
  candidates: tried.map((k) => ({
    ...{ clusters: k, score: 0.5, betweenRuns: 0.5, betweenViews: 0.5 },
    ...{ adjustedRand: 0.5, viewAgreement: 0.5, seed: 0 },
  })),
  chosen: { clusters, seed: 0, why: "", alike, standardError: 0.01 },
});

describe("choiceHints", () => {
  it("says nothing of a K within the range that no other comes near", () => {
    expect(choiceHints(choice(9, [9]))).toEqual([]);
    expect(choiceHints(choice(12, [12], [12]))).toEqual([]);
  });

  it("asks for a wider range at its ends", () => {
    const [low, high] = [choiceHints(choice(8, [8])), choiceHints(choice(10, [10]))];
    expect(low).toHaveLength(1);
    expect(low[0]).toMatchObject({ code: "CLUSTERS_AT_EDGE", message: expect.stringContaining("smallest") });
    expect(high[0]!.message).toContain("10, is the largest");
  });

  it("names the numbers that are as stable", () => {
    const [hint] = choiceHints(choice(9, [7, 8, 9]));
    expect(hint!.code).toBe("CLUSTERS_UNCERTAIN");
    expect(hint!.message).toContain("the score of 9 clusters is the highest, but that of 7, 8 is within");
  });
});
