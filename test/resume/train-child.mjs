// A small training on the embedded digits, to be killed: node train-child.mjs OUT [--resume]
import { loadDataset, resolveConfig, train } from "@mmgan/trainer";

const [out, resume] = process.argv.slice(2);
const dataset = await loadDataset("digits", { split: "train" });
const config = resolveConfig({
  data: "digits",
  clusters: 10,
  count: dataset.count,
  input: { kind: "image", ...dataset.image, fit: dataset.fit },
  seed: 7,
  overrides: {
    ...{ steps: 400, batch: 32, ganBatch: 16, filters: 4, latentDim: 8 },
    ...{ starts: 2, startSteps: 20, encoderSteps: 40, walk: 8, walkLate: 2 },
  },
});
await train(config, {
  dataset,
  out,
  resume: resume === "--resume",
  threads: 1,
  checkpointEvery: 5,
  logEvery: 5,
  sampleEvery: 40,
  onEvent: ({ kind, step }) => {
    if (kind === "start" || kind === "step") console.log(step);
  },
});
