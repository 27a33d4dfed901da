/** The onnx engine with forms of convolutions left out: other nodes, the same step. */

import { expect, it } from "vitest";
import { DataOrder, makeBatch, otherViewsOf } from "../loop/batches.js";
import { hyperAt } from "../loop/schedule.js";
import { initialState, trainingProgram, variantAt } from "../models/mmgan.js";
import { barImages, smallConfig } from "../testing/small.js";
import { tensorDifference } from "./difference.js";
import { createEngine } from "./engine.js";

/** One step with every term, on nets whose channels fill whole blocks. */
async function stepWithout(without: string[]) {
  const config = smallConfig({ filters: 16, encoderSteps: 0, encoderRate: 5e-4, criticRate: 5e-4 });
  const dataset = barImages();
  const engine = await createEngine("onnx", initialState(config), { threads: 1, without });
  const program = trainingProgram(config, variantAt(config, 0));
  const order = new DataOrder(config.seed, dataset.count);
  const batch = makeBatch(config, dataset, order, otherViewsOf(config, dataset), program, 0, 0);
  await engine.run(program, batch, hyperAt(config, program.hyper, 0));
  const state = await engine.state();
  await engine.dispose();
  return state;
}

it.each([[["blocked", "parity", "col2im", "taps"]], [["windows"]]])("without %s", async (without) => {
  const [all, fewer] = [await stepWithout([]), await stepWithout(without)];
  // After one step the first moments are the gradients, but for a factor; a weight's step hides their size.
  for (const [name, tensor] of Object.entries(all))
    if (name.startsWith("adam/m/"))
      expect(tensorDifference("", fewer[name]!, tensor).relative, name).toBeLessThan(1e-4);
});

it("leaving out every form but the standard one rounds otherwise: other nodes did run", async () => {
  const [all, none] = [
    await stepWithout([]),
    await stepWithout(["blocked", "parity", "col2im", "taps", "windows"]),
  ];
  expect(none["encoder/conv1/kernel"]!.data).not.toEqual(all["encoder/conv1/kernel"]!.data);
});
