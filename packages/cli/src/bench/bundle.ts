/** The bundle a bench runs: the one asked for, or an untrained one made first. */

import { join } from "node:path";
import { settle } from "../commands/train.js";
import { withTemporaryFolder } from "./folder.js";

/** Side of the pictures unless asked otherwise: MNIST's. */
export const SIZE = 28;

export interface BundleOptions {
  model?: string;
  size?: number;
  filters?: number;
}

/** The bundle asked for, or an untrained one of the default networks. */
export async function withBundle<T>(
  options: BundleOptions,
  signal: AbortSignal,
  work: (bundle: string, folder: string) => Promise<T>,
): Promise<T> {
  return withTemporaryFolder(async (folder) => {
    if (options.model !== undefined) return work(options.model, folder);
    const trainer = await import("@mmgan/trainer");
    const out = join(folder, "run");
    const wanted = {
      data: "digits",
      clusters: 10,
      size: options.size ?? SIZE,
      filters: options.filters,
      steps: 1,
      out,
    };
    const { config, dataset } = await settle(trainer, wanted, signal);
    await trainer.train(config, { dataset, out, signal });
    const bundle = join(folder, "bundle");
    await trainer.exportRun(out, bundle);
    return work(bundle, folder);
  });
}
