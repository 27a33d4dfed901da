import { describe, expect, it } from "vitest";
import { createEngine } from "../engines/engine.js";
import { initialState } from "../models/mmgan.js";
import { attemptEndingAt } from "../models/phases.js";
import { barImages, smallConfig } from "../testing/small.js";
import { otherViewsOf } from "./batches.js";
import { endAttempt } from "./starts.js";

const config = smallConfig({ steps: 40, starts: 3, startSteps: 4, encoderSteps: 6 });
const dataset = barImages();
const otherViews = otherViewsOf(config, dataset);
const KERNEL = "encoder/conv0/kernel";

describe("endAttempt", () => {
  it("keeps the start whose views agree best, whichever it is", async () => {
    for (const good of [1, 2, 3]) {
      const engine = await createEngine("onnx", initialState(config), { threads: 1 });
      const scores: number[] = [];
      let winner: unknown;
      for (const start of [1, 2, 3]) {
        // A start that has learned nothing gives every image the same probabilities.
        const { state } = { state: await engine.state() };
        const out = state["encoder/out/kernel"]!;
        if (start !== good)
          await engine.load({ "encoder/out/kernel": { ...out, data: new Float32Array(out.data.length) } });
        else winner = state[KERNEL]!.data;
        const { score, best } = await endAttempt(config, dataset, engine, otherViews, start * 4);
        expect(best).toBe(score > Math.max(-1, ...scores));
        scores.push(score);
        const after = await engine.state();
        if (start < 3) expect(after[KERNEL]!.data).toEqual(initialState(config, start)[KERNEL]!.data);
      }
      const end = await engine.state();
      expect(scores.indexOf(Math.max(...scores)) + 1).toBe(good);
      expect(end[KERNEL]!.data).toEqual(winner);
      expect(Object.keys(end).sort()).toEqual(Object.keys(initialState(config)).sort());
      await engine.dispose();
    }
  });

  it("each start has its own weights for E", () => {
    const kernels = [0, 1, 2].map((start) => String(initialState(config, start)[KERNEL]!.data));
    expect(new Set(kernels).size).toBe(3);
  });

  it("starts end every startSteps, and no more after the last", () => {
    const ends = Array.from({ length: 30 }, (_, t) => t).filter((t) => attemptEndingAt(config, t));
    expect(ends).toEqual([4, 8, 12]);
  });

  it("repairs begin with the best, merged and split; a failed one is taken back and another tried", async () => {
    const repairing = smallConfig({ steps: 40, startSteps: 4, encoderSteps: 6, repairs: 3, repairSteps: 2 });
    const engine = await createEngine("onnx", initialState(repairing), { threads: 1 });
    const OUT = "encoder/out/kernel";
    const sure = initialState(repairing)[OUT]!;
    await engine.load({ [OUT]: { ...sure, data: (sure.data as Float32Array).map((v) => 100 * v) } });
    const before = await engine.state();
    expect(await endAttempt(repairing, dataset, engine, otherViews, 4)).toMatchObject({ best: true });
    const first = (await engine.state())[OUT]!;
    expect(first.data).not.toEqual(before[OUT]!.data);
    // A repair that ends with equal probabilities for all images has failed.
    await engine.load({ [OUT]: { ...first, data: new Float32Array(first.data.length) } });
    expect(await endAttempt(repairing, dataset, engine, otherViews, 6)).toMatchObject({ best: false });
    const second = (await engine.state())[OUT]!;
    expect(second.data).not.toEqual(first.data);
    expect((await engine.state())["best/score"]!.data[1]).toBe(1);
    expect((await engine.state())[KERNEL]!.data).toEqual(before[KERNEL]!.data);
    await engine.load({ [OUT]: { ...second, data: new Float32Array(second.data.length) } });
    await endAttempt(repairing, dataset, engine, otherViews, 8);
    await engine.load({ [OUT]: { ...second, data: new Float32Array(second.data.length) } });
    await endAttempt(repairing, dataset, engine, otherViews, 10);
    // After the last one E is the start as it was.
    expect(await engine.state()).toEqual(before);
    await engine.dispose();
  });
});
