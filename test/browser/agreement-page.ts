/** What the shipped models draw and find on one device, for a comparison with Node. */

import { loadModel } from "@mmgan/runtime-web";

const query = new URLSearchParams(location.search);
const device = query.get("device") as "wasm" | "webgpu";
const worker = query.has("worker");

async function results() {
  const found = [];
  for (const name of query.get("models")!.split(",")) {
    const model = await loadModel(`/models/${name}/`, { device, worker });
    const { images, points, latents } = await model.generate({ count: 40, seed: 11 });
    const inputs = (images ?? points)!;
    const { clusters, probabilities } = await model.cluster(inputs);
    const { mean } = await model.posterior(inputs);
    found.push({
      name,
      latents: [...latents],
      data: [...inputs.data],
      clusters: [...clusters],
      probabilities: [...probabilities],
      mean: [...mean],
    });
    await model.dispose();
  }
  return found;
}

results().then(
  (found) => Object.assign(window, { results: found }),
  (error) => reportError(error),
);
