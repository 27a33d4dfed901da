/** What a training begins with whose first start of E is a short run of a choice. */

import type { TrainConfig } from "../config.js";
import { writeCheckpoint } from "../loop/checkpoint.js";
import { initialState } from "../models/mmgan.js";
import type { PlainState } from "../nets/parameters.js";
import { VERSION } from "../version.js";
import { type Head, headState } from "./heads.js";

/**
 * Writes the checkpoint at the end of the first start: the state of step 0 with the head's E. A short run takes the place
 * of that start however many steps it had; from there on repairs and E's time alone follow as ever.
 *
 * @param config - of the training, with a single start
 * @param short - the short run's state, with all heads
 */
export async function writeFirstCheckpoint(
  run: string,
  config: TrainConfig,
  short: PlainState,
  heads: readonly Head[],
): Promise<void> {
  const head = heads.find(({ clusters }) => clusters === config.clusters)!;
  const step = Math.min(config.startSteps, config.encoderSteps);
  const state = { ...initialState(config), ...headState(config, short, heads, head) };
  await writeCheckpoint(run, { step, cursor: step * config.batch, state }, VERSION);
}
