import { expect, it } from "vitest";
import { trainingProgram, variantAt, variantName } from "../models/mmgan.js";
import { barImages, smallConfig } from "../testing/small.js";
import { type BatchPlan, PREPARATIONS, startBatches } from "./batch-source.js";
import { DataOrder, makeBatch, otherViewsOf } from "./batches.js";

const dataset = barImages();
const config = smallConfig({ steps: 9, walk: 3, encoderSteps: 2 });
/** A ring of pictures: each has the next as its neighbour. */
const graph = {
  count: 60,
  offsets: Int32Array.from({ length: 61 }, (_, i) => i),
  targets: Int32Array.from({ length: 60 }, (_, i) => (i + 1) % 60),
};

/** A plan that begins at `step`, with `cursor` images read before. */
function planFrom(step: number, cursor: number): BatchPlan {
  const names = ["encoder+information", "gan+information+r1", "gan", "gan+r1", "gan+information"];
  const variants = Array.from({ length: 9 }, (_, t) => variantAt(config, t));
  const kinds = names.map((name) => {
    const variant = variants.find((v) => variantName(v) === name) ?? variants[0]!;
    return trainingProgram(config, variant).batch;
  });
  const kindOf = Uint8Array.from(variants.slice(step), (v) => names.indexOf(variantName(v)));
  return { config, dataset, graph, step, cursor, kinds, kindOf };
}

it("gives the batch of each step, whole or from the middle, whatever was asked for", async () => {
  const order = new DataOrder(config.seed, dataset.count);
  const views = otherViewsOf(config, dataset, graph);
  let cursor = 0;
  const expected = Array.from({ length: 9 }, (_, t) => {
    const program = trainingProgram(config, variantAt(config, t));
    const at = cursor;
    cursor += program.batch.real!.dims[0]!;
    return { at, batch: makeBatch(config, dataset, order, views, program, t, at) };
  });
  for (const prepare of PREPARATIONS)
    for (const from of [0, 4]) {
      const source = await startBatches(planFrom(from, expected[from]!.at), prepare);
      for (let t = from; t < 9; t++) expect(await source.next(), `step ${t}`).toEqual(expected[t]!.batch);
      await source.close();
    }
});

it("without a built worker beside it makes batches inline", async () => {
  const source = await startBatches(planFrom(0, 0), "worker");
  expect(source.kind).toBe("inline");
  await source.close();
});
