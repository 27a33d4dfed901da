import { Rng } from "@mmgan/core";
import { describe, expect, it } from "vitest";
import { createEngine } from "../engines/engine.js";
import { viewInformation } from "../losses/encoder-losses.js";
import { evaluationProgram, initialState, stateDims } from "../models/mmgan.js";
import { tf } from "../testing/gradients.js";
import { barImages, smallConfig } from "../testing/small.js";
import { headOutput, headState, headsEvaluation, headsOf, headsProgram, initialHeads } from "./heads.js";

const dataset = barImages();
const config = smallConfig({ batch: 12 }, { dataset });
const heads = headsOf([2, 5], 2);
const batchOf = (rows: number) => ({
  dims: [rows, 8, 8, 1],
  type: "float32" as const,
  data: new Rng({ seed: 3, stream: "rows" }).normal(rows * 64),
});

describe("headsOf", () => {
  it("lays heads side by side", () => {
    expect(heads).toEqual([
      { clusters: 2, at: 0 },
      { clusters: 2, at: 2 },
      { clusters: 5, at: 4 },
      { clusters: 5, at: 9 },
    ]);
  });
});

describe("initialHeads", () => {
  it("is drawn from the seed alone", () => {
    expect(initialHeads(config, heads)).toEqual(initialHeads(config, heads));
    const other = initialHeads({ ...config, seed: 6 }, heads);
    expect(other["encoder/out/kernel"]).not.toEqual(initialHeads(config, heads)["encoder/out/kernel"]);
  });
});

describe("headsProgram", () => {
  it("lowers minus the mean of each head's information as a share of its most", async () => {
    const state = initialHeads(config, heads);
    const engine = await createEngine("reference", state);
    const [real, augmented] = [batchOf(12), batchOf(12)];
    const hyper = { "encoder/rate": 0.01, "encoder/correction": 1 };
    const run = async () => {
      const outputs = await engine.run(headsProgram(config, heads), { real, augmented }, hyper);
      return (outputs["loss/information"]!.data as Float32Array)[0]!;
    };
    const first = await run();
    for (let i = 0; i < 6; i++) await run();
    expect(await run()).toBeLessThan(first - 0.02);
    await engine.dispose();
  });

  it("weighs heads of few and of many clusters alike: certain, even clusters give -1", () => {
    // What each head adds for certain, even clusters is (2 balance - 1) ln K, over just that.
    for (const k of [2, 5]) {
      const certain = tf.oneHot(
        Array.from({ length: 10 * k }, (_, i) => i % k),
        k,
      ) as import("@tensorflow/tfjs").Tensor2D;
      const most = viewInformation(
        tf.cast(certain, "float32"),
        tf.cast(certain, "float32"),
        2,
      ).dataSync()[0]!;
      expect(most / (3 * Math.log(k))).toBeCloseTo(1, 5);
    }
  });
});

describe("headState", () => {
  it("is the state of a training of that K alone, which says what the head says", async () => {
    const state = initialHeads(config, heads);
    const engine = await createEngine("reference", state);
    const real = batchOf(7);
    const all = await engine.run(headsEvaluation(config, heads, 7), { real });
    await engine.dispose();
    for (const head of heads) {
      const own = smallConfig({ batch: 12, ema: 0.9 }, { dataset, clusters: head.clusters });
      const alone = { ...initialState(own), ...headState(own, state, heads, head) };
      expect(Object.fromEntries(Object.entries(alone).map(([name, { dims }]) => [name, [...dims]]))).toEqual(
        stateDims(own),
      );
      const single = await createEngine("reference", alone);
      for (const averaged of [true, false]) {
        const { probabilities } = await single.run(evaluationProgram(own, 7, averaged), { real });
        const expected = all[headOutput(head)]!;
        expect(probabilities!.dims).toEqual([7, head.clusters]);
        (probabilities!.data as Float32Array).forEach((p, i) => {
          expect(p).toBeCloseTo((expected.data as Float32Array)[i]!, 6);
        });
      }
      await single.dispose();
    }
  });
});
