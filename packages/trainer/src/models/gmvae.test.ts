/** The bound of GMVAE on points of one coordinate, against numeric integration. */

import { expect, it } from "vitest";
import type { Dataset } from "../data/index.js";
import { denseNet } from "../nets/dense.js";
import { generator } from "../nets/generator.js";
import { withTensors } from "../nets/with-tensors.js";
import { expectClose } from "../testing/differences.js";
import { tf } from "../testing/gradients.js";
import { smallRival } from "../testing/small.js";
import { boundTerms, gmvae } from "./gmvae.js";
import { rivalPlan } from "./rival.js";

/** Midpoints of a grid, wide enough for standard normal tails. */
const GRID = Array.from({ length: 161 }, (_, i) => -8 + i * 0.1);
const STEP = 0.1;
const normal = (x: number, mean = 0, variance = 1) =>
  Math.exp(-((x - mean) ** 2) / (2 * variance)) / Math.sqrt(2 * Math.PI * variance);

/** Standard normal quantiles at the middles of n shares, by bisection of the grid's integral. */
function quantiles(n: number): number[] {
  const erf = (x: number) => {
    let sum = 0;
    for (let i = 0; i < 2000; i++) sum += Math.exp(-(((i + 0.5) * (x / 2000)) ** 2)) * (x / 2000);
    return (2 / Math.sqrt(Math.PI)) * sum;
  };
  return Array.from({ length: n }, (_, i) => {
    let [low, high] = [-6, 6];
    for (let step = 0; step < 40; step++) {
      const middle = (low + high) / 2;
      if ((1 + erf(middle / Math.SQRT2)) / 2 < (i + 0.5) / n) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  });
}

const points: Dataset & { points: Float32Array } = {
  ...{ name: "line", kind: "point", split: "train", count: 4, dim: 1, fit: "stretch" },
  points: Float32Array.of(-0.8, 0.1, 0.4, 1.2),
};
/** Draws along each of code and context: all pairs make the samples. */
const SIDE = 40;
const tiny = { latentDim: 1, contextDim: 1, priorWidth: 3, filters: 4, batch: 4, dataSigma: 0.7 } as const;
const config = { ...smallRival("gmvae", tiny, points), draws: SIDE * SIDE };

it("each term is its integral over q, and the bound lies below log p(x)", () => {
  const state = gmvae.initialState(config);
  // Steeper nets than those at the start, so that the terms differ from 0.
  for (const [name, { data }] of Object.entries(state))
    if (/^(generator|mixture)/.test(name))
      (data as Float32Array).forEach((v, i) => {
        (data as Float32Array)[i] = 1.3 * v + 0.2 * Math.sin(i + name.length);
      });
  withTensors(state, (params) => {
    const real = tf.tensor2d(points.points, [4, 1]);
    const q = quantiles(SIDE);
    const pairs = q.flatMap((a) => q.map((b) => [a, b] as const));
    const spread = (pick: (pair: readonly [number, number]) => number) =>
      tf.tensor2d(
        pairs.flatMap((pair) => [pick(pair), pick(pair), pick(pair), pick(pair)]),
        [4 * pairs.length, 1],
      );
    const batch = { real, codeNoise: spread(([a]) => a), contextNoise: spread(([, b]) => b) };
    const found = boundTerms(config, params, batch, { training: true });
    const perPoint = (t: { dataSync(): ArrayLike<number> }) => {
      const values = t.dataSync();
      return [0, 1, 2, 3].map((i) => {
        let sum = 0;
        for (let s = 0; s < pairs.length; s++) sum += values[4 * s + i]!;
        return sum / pairs.length;
      });
    };

    // What the nets say on the grid.
    const column = tf.tensor2d(GRID, [GRID.length, 1]);
    const decoded = generator(rivalPlan(config), params, column, { training: true }).dataSync();
    const k = config.clusters;
    const prior = denseNet(params, "mixture/prior", column, 2, tf.tanh).arraySync() as number[][];
    const [codes, codeLogs, contexts, contextLogs] = (
      ["code", "codeLog", "context", "contextLog"] as const
    ).map((name) => [...found.codes[name].dataSync()]);
    const integrals = [...points.points].map((x, i) => {
      const [m, v] = [codes![i]!, Math.exp(codeLogs![i]!)];
      const [n, u] = [contexts![i]!, Math.exp(contextLogs![i]!)];
      // The grid must hold all of q.
      expect(Math.max(Math.abs(m) + 4 * Math.sqrt(v), Math.abs(n) + 4 * Math.sqrt(u))).toBeLessThan(8);
      expect(Math.min(v, u)).toBeGreaterThan(0.04);
      const sums = { reconstruction: 0, conditional: 0, cluster: 0, entropy: 0, evidence: 0 };
      GRID.forEach((code, a) => {
        const misfit = (x - decoded[a]!) ** 2 / (2 * config.dataSigma ** 2);
        const weight = normal(code, m, v) * STEP;
        sums.reconstruction += weight * misfit;
        GRID.forEach((context, b) => {
          const clusters = Array.from({ length: k }, (_, c) => {
            const variance = Math.exp(prior[b]![k + c]!);
            return { mean: prior[b]![c]!, variance, density: normal(code, prior[b]![c]!, variance) };
          });
          const mixture = clusters.reduce((sum, { density }) => sum + density / k, 0);
          sums.evidence +=
            normal(x, decoded[a]!, config.dataSigma ** 2) * mixture * normal(context) * STEP * STEP;
          const both = weight * normal(context, n, u) * STEP;
          if (both < 1e-12) return;
          for (const { mean, variance, density } of clusters) {
            const p = density / (k * mixture);
            const kl = (Math.log(variance / v) + (v + (m - mean) ** 2) / variance - 1) / 2;
            sums.conditional += both * p * kl;
            if (p > 0) sums.entropy -= both * p * Math.log(p);
            if (p > 0) sums.cluster += both * p * Math.log(k * p);
          }
        });
      });
      return sums;
    });
    const tolerance = { absolute: 5e-3, relative: 2e-2 };
    for (const name of ["reconstruction", "conditional", "cluster", "entropy"] as const)
      expectClose(
        perPoint(found[name]),
        integrals.map((row) => row[name]),
        tolerance,
        name,
      );
    const constant = Math.log(2 * Math.PI * config.dataSigma ** 2) / 2;
    const context = [...found.context.dataSync()];
    integrals.forEach(({ reconstruction, conditional, cluster, evidence }, i) => {
      const bound = -(reconstruction + constant + conditional + context[i]! + cluster);
      expect(bound).toBeLessThan(Math.log(evidence));
    });
  });
});
