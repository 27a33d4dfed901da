/** A small bundle made as users make theirs: a few training steps of a tiny net, then the export. */

import { join } from "node:path";
import type { Manifest } from "@mmgan/core";
import { exportRun, loadDataset, type RivalName, resolveConfig, train } from "@mmgan/trainer";

export interface TinyBundle {
  readonly data: "digits" | "moons";
  /** Side of the pictures; the digits' own 8 when left out. */
  readonly size?: number;
  readonly channels?: 1 | 3;
  /** Default: MMGAN. */
  readonly model?: RivalName;
}

/**
 * Trains three steps and exports. Seconds; the nets are far from trained, which the tests do not need.
 *
 * @param folder - gets `run` and `bundle`
 * @returns the manifest of `bundle`
 */
export async function makeTinyBundle(
  folder: string,
  { data, model, ...image }: TinyBundle,
): Promise<Manifest> {
  const dataset = await loadDataset(data, image);
  const small = { steps: 3, batch: 16, latentDim: 3, filters: 4 };
  const config = resolveConfig({
    ...(model && { model }),
    data,
    clusters: data === "digits" ? 4 : 2,
    input: dataset.image
      ? { kind: "image", ...dataset.image, fit: dataset.fit }
      : { kind: "point", dim: dataset.dim! },
    count: dataset.count,
    seed: 7,
    overrides: model ? small : { ...small, encoderSteps: 1, ganBatch: 16 },
  });
  await train(config, { dataset, out: join(folder, "run") });
  return await exportRun(join(folder, "run"), join(folder, "bundle"));
}
