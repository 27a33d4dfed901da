import type { PlainState } from "@mmgan/trainer";
import * as trainer from "@mmgan/trainer";
import { describe, expect, it } from "vitest";
import { ratios } from "./train.js";
import { checkedConfigs, type Losses, lossDifference, weightDifference } from "./train-peer.js";

describe("losses of both sides", () => {
  it("differ by the largest relative difference of any loss of any step", () => {
    const ours: Losses[] = [{ information: 4 }, { critic: 1, r1: 0.5 }];
    expect(lossDifference(ours, ours)).toBe(0);
    expect(lossDifference(ours, [{ information: 4.1 }, { critic: 1, r1: 0.4 }])).toBeCloseTo(0.1 / 0.5, 12);
  });

  it.each([
    ["a step is missing", [{ critic: 1 }]],
    ["a loss is missing", [{ critic: 1 }, {}]],
    ["one has a loss more", [{ critic: 1, r1: 1 }, { critic: 1 }]],
    ["one is NaN", [{ critic: 1 }, { critic: Number.NaN }]],
  ])("never agree when %s", (_, theirs) => {
    expect(lossDifference([{ critic: 1 }, { critic: 1 }], theirs as Record<string, number>[])).toBe(
      Number.POSITIVE_INFINITY,
    );
  });
});

describe("weights of both sides", () => {
  const state = (entries: Record<string, number[]>): PlainState =>
    Object.fromEntries(
      Object.entries(entries).map(([name, values]) => [
        name,
        { dims: [values.length], type: "float32", data: Float32Array.from(values) },
      ]),
    );

  it("differ by the largest relative length of any entry's difference; Adam's moments do not count", () => {
    const ours = state({
      "critic/a": [3, 4],
      "ema/encoder/b": [1],
      "critic/still": [0],
      "adam/m/critic/a": [1, 1],
    });
    const theirs = state({ "critic/a": [3, 4.5], "ema/encoder/b": [1], "critic/still": [0] });
    expect(weightDifference(ours, theirs)).toBeCloseTo(0.5 / 5, 12);
  });

  it.each([
    ["an entry is missing", {}],
    ["it has another size", { "critic/a": [3] }],
    ["it is NaN", { "critic/a": [3, Number.NaN] }],
  ])("never agree when %s", (_, theirs) => {
    expect(weightDifference(state({ "critic/a": [3, 4] }), state(theirs))).toBe(Number.POSITIVE_INFINITY);
  });
});

it("checks every kind of step of the recipe", () => {
  const input = { kind: "image", height: 8, width: 8, channels: 1, fit: "contain" } as const;
  for (const data of ["mnist", "digits"]) {
    const config = trainer.resolveConfig({ data, clusters: 10, input, count: 1000 });
    const kindsOf = (one: trainer.MmganConfig, steps = one.steps) =>
      Array.from({ length: steps }, (_, t) => trainer.variantName(trainer.variantAt(one, t)));
    const checked = checkedConfigs(config);
    for (const one of checked) trainer.checkConfig(one);
    expect(new Set(checked.flatMap((one) => kindsOf(one)))).toEqual(new Set(kindsOf(config)));
  }
});

describe("ours over the peer's", () => {
  const ours = { startSeconds: 2, reachedSeconds: 12, seconds: 32 };

  it("leaves our start out", () => {
    const { reached, all } = ratios(ours, { reachedSeconds: 20, seconds: 40 });
    expect([reached, all]).toEqual([10 / 20, 30 / 40]);
  });

  it("is none where one side never got there", () => {
    expect(ratios(ours, { reachedSeconds: null, seconds: 40 }).reached).toBeNull();
    expect(ratios({ ...ours, reachedSeconds: null }, { reachedSeconds: 20, seconds: 40 }).reached).toBeNull();
  });
});
