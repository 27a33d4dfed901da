/** A small bundle made as users make theirs: a few training steps of a tiny net, then the export. */

import { join } from "node:path";
import type { Manifest } from "@mmgan/core";
import { exportRun, loadDataset, resolveConfig, train } from "@mmgan/trainer";

/**
 * Trains three steps and exports. Seconds; the nets are far from trained, which the tests do not need.
 *
 * @param folder - gets `run` and `bundle`
 * @returns the manifest of `bundle`
 */
export async function makeTinyBundle(folder: string, data: "digits" | "moons"): Promise<Manifest> {
  const clusters = data === "digits" ? 4 : 2;
  const dataset = await loadDataset(data);
  const config = resolveConfig({
    data,
    clusters,
    input: dataset.image
      ? { kind: "image", ...dataset.image, channels: dataset.image.channels as 1 | 3, fit: dataset.fit }
      : { kind: "point", dim: dataset.dim! },
    count: dataset.count,
    seed: 7,
    overrides: { steps: 3, encoderSteps: 1, batch: 16, ganBatch: 16, latentDim: 3, filters: 4 },
  });
  await train(config, { dataset, out: join(folder, "run") });
  return await exportRun(join(folder, "run"), join(folder, "bundle"));
}
