// One scenario of a training whose batches a worker makes: node worker-child.mjs SCENARIO OUT. Prints JSON.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { checkpointFiles, loadDataset, resolveConfig, train } from "@mmgan/trainer";
import { startBatches } from "../../packages/trainer/dist/loop/batch-source.js";

const [scenario, out] = process.argv.slice(2);
const dataset = await loadDataset("digits", { split: "train" });
const config = resolveConfig({
  data: "digits",
  clusters: 10,
  count: dataset.count,
  input: { kind: "image", ...dataset.image, fit: dataset.fit },
  seed: 3,
  overrides: {
    ...{ steps: 60, batch: 32, ganBatch: 16, filters: 4, latentDim: 8 },
    ...{ starts: 2, startSteps: 8, encoderSteps: 16, walk: 8, walkLate: 2 },
  },
});
const stop = new AbortController();
/** Threads that were started here, and how each ended. */
const threads = [];
process.on("worker", (worker) => {
  const thread = { name: worker.name ?? "", ended: false };
  threads.push({ worker, thread });
  worker.on("exit", () => {
    thread.ended = true;
  });
});

/** What happens after a step. */
const AFTER = {
  kill: (step) => step === 7 && threads[0].worker.terminate(),
  abort: (step) => step === 30 && stop.abort(),
  throw: (step) => {
    if (step === 30) throw new Error("thrown after step 30");
  },
};

/** A source of batches whose graph knows fewer pictures than there are: the walk from one of the others fails. */
async function failing(prepare) {
  const graph = { count: 5, offsets: new Int32Array(6), targets: new Int32Array(0) };
  const kinds = [
    {
      real: { dims: [32, 8, 8, 1], type: "float32" },
      augmented: { dims: [32, 8, 8, 1], type: "float32" },
    },
  ];
  const kindOf = new Uint8Array(10);
  const source = await startBatches({ config, dataset, graph, step: 0, cursor: 0, kinds, kindOf }, prepare);
  try {
    await source.next();
    return "no error";
  } catch (error) {
    return { kind: source.kind, class: error.constructor.name, code: error.code, message: error.message };
  } finally {
    await source.close();
    await source.close();
  }
}

const result = {};
if (scenario === "failing") {
  result.inline = await failing("inline");
  result.worker = await failing("worker");
} else {
  await train(config, {
    ...{ dataset, out, threads: 1, checkpointEvery: 20, logEvery: 5, sampleEvery: 60, signal: stop.signal },
    prepare: scenario === "inline" ? "inline" : "worker",
    onEvent: ({ kind, step }) => kind === "step" && AFTER[scenario]?.(step),
  }).catch((error) => {
    result.error = { code: error.code, message: error.message };
  });
  const newest = (await checkpointFiles(out)).at(-1);
  result.newest = newest.slice(-20);
  result.sha256 = createHash("sha256")
    .update(await readFile(newest))
    .digest("hex");
}
result.threads = threads.map(({ thread }) => thread.ended);
console.log(JSON.stringify(result));
