import * as trainer from "@mmgan/trainer";
import { describe, expect, it } from "vitest";
import { layerProducts, stepArithmetic } from "./arithmetic.js";
import { type StepProblem, stepConfig, stepKinds } from "./step-problem.js";

const problem: StepProblem = {
  ...{ net: "heavy", recipe: "bare", filters: 32, batch: 100, size: 28, clusters: 10 },
};
const bare = { gan: true, information: false, r1: false };

/** Multiplications of one picture in the heavy nets, layer by layer from the net's input. */
const E = [
  14 ** 2 * 4 ** 2 * 1 * 32,
  7 ** 2 * 4 ** 2 * 32 * 64,
  4 ** 2 * 3 ** 2 * 64 * 128,
  4 ** 2 * 128 * 10,
];
const D = [...E.slice(0, 3), 4 ** 2 * 128 * 1];
const G = [
  32 * 7 ** 2 * 128,
  7 ** 2 * 4 ** 2 * 128 * 64,
  14 ** 2 * 4 ** 2 * 64 * 32,
  28 ** 2 * 3 ** 2 * 32 * 1,
];
const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);

describe("arithmetic of a step", () => {
  const config = stepConfig(trainer, problem);
  const plan = trainer.netPlan(config);

  it("counts each layer's products", () => {
    expect(layerProducts(plan, "encoder")).toEqual(E);
    expect(layerProducts(plan, "critic")).toEqual(D);
    expect(layerProducts(plan, "generator")).toEqual(G);
  });

  it("adds up Algorithm 1 on the heavy nets: near 24 GFLOP", () => {
    const m = 100;
    const [e, d, g] = [sum(E), sum(D), sum(G)];
    const products =
      // E on real: forward, kernels, and what is above its first layer. E on fakes: all three of it.
      m * (2 * e + (e - E[0]!)) +
      m * 3 * e +
      // G on both batches: all three.
      2 * m * 3 * g +
      // D on real and on paired fakes for its own loss, then back to the fakes.
      2 * m * (2 * d + (d - D[0]!)) +
      m * d;
    expect(stepArithmetic(plan, config, bare)).toBe(2 * products);
    expect(stepArithmetic(plan, config, bare) / 1e9).toBeCloseTo(23.4, 1);
  });

  it("grows in proportion to the batch", () => {
    const double = stepConfig(trainer, { ...problem, batch: 200 });
    expect(stepArithmetic(plan, double, bare)).toBe(2 * stepArithmetic(plan, config, bare));
  });

  it("adds R1's way there and back", () => {
    // By the picture: once through D. That gradient's own gradient: once more, and once for the kernels.
    expect(stepArithmetic(plan, config, { ...bare, r1: true }) - stepArithmetic(plan, config, bare)).toBe(
      2 * 100 * 3 * sum(D),
    );
  });
});

describe("kinds of step", () => {
  it("is one without the recipe's terms", () => {
    expect(stepKinds(trainer, stepConfig(trainer, problem))).toEqual([{ variant: bare, perPeriod: 1 }]);
  });

  it("has the default recipe's proportions: every fourth step has both terms", () => {
    const kinds = stepKinds(trainer, stepConfig(trainer, { ...problem, recipe: "default" }));
    expect(kinds.map(({ variant, perPeriod }) => [trainer.variantName(variant), perPeriod])).toEqual([
      ["encoder+information", 0],
      ["gan+information+r1", 1],
      ["gan", 3],
    ]);
  });
});
