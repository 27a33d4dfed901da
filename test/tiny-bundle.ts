/** A small bundle made as users make theirs: a few training steps of a tiny net, then the export. */

import { join } from "node:path";
import type { Manifest } from "@mmgan/core";
import { exportRun, loadDataset, resolveConfig, train } from "@mmgan/trainer";

export interface TinyBundle {
  readonly data: "digits" | "moons";
  /** Side of the pictures; the digits' own 8 when left out. */
  readonly size?: number;
  readonly channels?: 1 | 3;
}

/**
 * Trains three steps and exports. Seconds; the nets are far from trained, which the tests do not need.
 *
 * @param folder - gets `run` and `bundle`
 * @returns the manifest of `bundle`
 */
export async function makeTinyBundle(folder: string, { data, ...image }: TinyBundle): Promise<Manifest> {
  const dataset = await loadDataset(data, image);
  const config = resolveConfig({
    data,
    clusters: data === "digits" ? 4 : 2,
    input: dataset.image
      ? { kind: "image", ...dataset.image, fit: dataset.fit }
      : { kind: "point", dim: dataset.dim! },
    count: dataset.count,
    seed: 7,
    overrides: { steps: 3, encoderSteps: 1, batch: 16, ganBatch: 16, latentDim: 3, filters: 4 },
  });
  await train(config, { dataset, out: join(folder, "run") });
  return await exportRun(join(folder, "run"), join(folder, "bundle"));
}
