/** The bundle a bench runs: the one asked for, or an untrained one made first. */

import { join } from "node:path";
import type { Manifest, PlainTensor } from "@mmgan/core";
import type { NetPlan } from "@mmgan/trainer";
import { settle } from "../commands/train.js";
import { modelFolder } from "../model-folder.js";
import { withTemporaryFolder } from "./folder.js";

/** Side of the pictures unless asked otherwise: MNIST's. */
export const SIZE = 28;

export interface BundleOptions {
  model?: string;
  size?: number;
  filters?: number;
}

export interface BenchBundle {
  folder: string;
  /** A folder for what else is written; removed afterwards. */
  temporary: string;
  manifest: Manifest;
  /** Nets and weights, known of the untrained bundle alone. */
  net?: { plan: NetPlan; weights: Record<string, PlainTensor> };
}

/**
 * Calls `work` with the bundle asked for, or with an untrained one of the default nets. That one is without batch norm: an
 * exported graph has none either, since the tracer folds them into the convolutions.
 */
export async function withBundle<T>(
  options: BundleOptions,
  signal: AbortSignal,
  work: (bundle: BenchBundle) => Promise<T>,
): Promise<T> {
  return withTemporaryFolder(async (temporary) => {
    if (options.model !== undefined) {
      const { inspectBundle } = await import("@mmgan/runtime-node");
      const folder = await modelFolder(options.model);
      const { manifest } = await inspectBundle(folder);
      return work({ folder, temporary, manifest });
    }
    const trainer = await import("@mmgan/trainer");
    const out = join(temporary, "run");
    const wanted = {
      data: "digits",
      clusters: 10,
      size: options.size ?? SIZE,
      filters: options.filters,
      steps: 1,
      set: { batchNorm: false },
      out,
    };
    const { config, dataset } = await settle(trainer, wanted, signal);
    await trainer.train(config, { dataset, out, signal });
    const folder = join(temporary, "bundle");
    const manifest = await trainer.exportRun(out, folder);
    const { state } = (await trainer.readNewestCheckpoint(out, config))!;
    const net = {
      plan: trainer.netPlan(config),
      weights: trainer.modelOf(config).bundle(config, state).weights,
    };
    return work({ folder, temporary, manifest, net });
  });
}
