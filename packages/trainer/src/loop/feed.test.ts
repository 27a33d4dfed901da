import { expect, it } from "vitest";
import { createEngine } from "../engines/engine.js";
import { initialState } from "../models/mmgan.js";
import { barImages, smallConfig, withFolder } from "../testing/small.js";
import { train } from "../train.js";
import { readNewestCheckpoint } from "./checkpoint.js";
import { trainingFeed } from "./feed.js";
import { hyperAt } from "./schedule.js";

it("feeds whoever runs the steps what a training feeds its own, starts included", async () => {
  const dataset = barImages();
  const config = smallConfig({ steps: 8, encoderSteps: 2, starts: 2, startSteps: 2, walk: 2, walkLate: 1 });
  const trained = await withFolder(async (out) => {
    await train(config, { dataset, out, engine: "reference" });
    return (await readNewestCheckpoint(out, config))!.state;
  });

  const engine = await createEngine("reference", initialState(config));
  const feed = await trainingFeed(config, dataset);
  const ends: number[] = [];
  for await (const { step, endsStart, variant, program, batch, rates } of feed.steps) {
    if (endsStart) ends.push(await feed.judge(engine, step));
    expect(Object.keys(rates)).toHaveLength(variant.gan ? 4 : 1);
    const hyper = hyperAt(config, program.hyper, step);
    // Adam's t: two steps of each start, then one after the other.
    const t = step < 4 ? (step % 2) + 1 : step - 1;
    expect(hyper["encoder/rate"]).toBeCloseTo(rates.encoder! / (1 - config.beta1 ** t), 12);
    await engine.run(program, batch, hyper);
  }
  expect(ends).toEqual([0, 2]);
  expect(await engine.state()).toEqual(trained);
  await engine.dispose();
});
