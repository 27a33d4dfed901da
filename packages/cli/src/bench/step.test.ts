import { describe, expect, it } from "vitest";
import { familyShares } from "./families.js";
import { comparison, lossDifferences, type StepTiming } from "./step.js";

const losses = (critic: number) => ({ critic, generator: 0.7, crossEntropy: 2.3 });

describe("losses of both sides", () => {
  it("differ by the largest relative difference of each step", () => {
    const [first, second] = lossDifferences([losses(0.7), losses(0.7)], [losses(0.7), losses(0.70011)]);
    expect(first).toBe(0);
    expect(second).toBeCloseTo(0.00011 / 0.70011, 10);
    expect(lossDifferences([losses(0.7), losses(0.6)], [losses(0.7), losses(0.6)])).toEqual([0, 0]);
  });

  it.each([
    ["a step is missing", [losses(0.7)]],
    ["a loss is missing", [{ critic: 0.7 }, { critic: 0.7 }]],
    ["one is NaN", [losses(Number.NaN), losses(0.7)]],
  ])("never agree when %s", (_, theirs) => {
    expect(lossDifferences([losses(0.7), losses(0.7)], theirs as Record<string, number>[])).toContain(
      Number.POSITIVE_INFINITY,
    );
  });
});

describe("ours over the peer", () => {
  const row = (by: "mmgan" | "peer", variant: string, minMs: number, medianMs: number, float32 = true) =>
    ({
      name: variant,
      runs: 3,
      minMs,
      medianMs,
      by,
      engine: by,
      variant,
      kind: "gan",
      float32,
      peakBytes: 1,
    }) as StepTiming;

  it("takes the best float32 variant, by median and by least time", () => {
    const own = row("mmgan", "gan", 90, 120);
    const rows = [
      own,
      row("peer", "eager", 80, 150),
      row("peer", "channels_last", 100, 100),
      row("peer", "bfloat16", 1, 1, false),
    ];
    expect(comparison(own, rows, 0)).toMatchObject({
      best: "channels_last",
      ratio: { median: 120 / 100, min: 90 / 80 },
    });
  });

  it("is none without a rival", () => {
    const own = row("mmgan", "gan", 1, 2);
    expect(comparison(own, [own, row("peer", "bfloat16", 1, 1, false)], 0)).toBeNull();
  });
});

it("sums operators by family; what it does not know is other", () => {
  const times = [
    { operator: "Conv", nodes: 2, ms: 3 },
    { operator: "Gemm", nodes: 1, ms: 4 },
    { operator: "FusedMatMul", nodes: 1, ms: 2 },
    { operator: "Mystery", nodes: 1, ms: 1 },
  ];
  expect(familyShares(times).map(({ family, ms, share }) => [family, ms, share])).toEqual([
    ["product", 4 + 2, 6 / 10],
    ["convolution", 3, 3 / 10],
    ["other", 1, 1 / 10],
  ]);
});
