/** What a training begins with whose first start of E is a short run of a choice. */

import type { MmganConfig } from "../config.js";
import { writeCheckpoint } from "../loop/checkpoint.js";
import { initialState } from "../models/mmgan.js";
import { VERSION } from "../version.js";
import { type Head, headState } from "./heads.js";
import type { ShortRunEnd } from "./run-file.js";

/**
 * Writes the checkpoint at the end of the first start: the state of step 0 with the E of K's best head. A short run takes the place
 * of that start however many steps it had; from there on repairs and E's time alone follow as ever.
 *
 * @param config - of the training, with a single start
 * @param short - the best short run of its K
 */
export async function writeFirstCheckpoint(
  run: string,
  config: MmganConfig,
  { state: short, readings }: Pick<ShortRunEnd, "state" | "readings">,
  heads: readonly Head[],
): Promise<void> {
  const { at } = readings.find(({ clusters }) => clusters === config.clusters)!;
  const head = { clusters: config.clusters, at };
  const step = Math.min(config.startSteps, config.encoderSteps);
  const state = { ...initialState(config), ...headState(config, short, heads, head) };
  await writeCheckpoint(run, { step, cursor: step * config.batch, state }, VERSION);
}
