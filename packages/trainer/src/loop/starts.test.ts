import { describe, expect, it } from "vitest";
import { createEngine } from "../engines/engine.js";
import { initialState } from "../models/mmgan.js";
import { barImages, smallConfig } from "../testing/small.js";
import { otherViewsOf } from "./batches.js";
import { endStart, isStartEnd } from "./starts.js";

const config = smallConfig({ steps: 40, starts: 3, startSteps: 4, encoderSteps: 6 });
const dataset = barImages();
const otherViews = otherViewsOf(config, dataset);
const KERNEL = "encoder/conv0/kernel";

describe("endStart", () => {
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
        scores.push(await endStart(config, dataset, engine, otherViews, start * 4));
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
    const ends = Array.from({ length: 30 }, (_, t) => t).filter((t) => isStartEnd(config, t));
    expect(ends).toEqual([4, 8, 12]);
  });
});
