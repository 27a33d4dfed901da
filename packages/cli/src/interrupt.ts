/** Ctrl-C: the first asks the work to stop after what must be written, the second stops at once. */

import { log } from "./output.js";
import { onParentStop } from "./parent-process.js";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/**
 * Runs `work` with a signal that aborts on Ctrl-C or SIGTERM, or when a parent `mmgan` stops or is gone.
 *
 * @param said - what the first Ctrl-C prints, e.g. "writing a checkpoint"
 */
export async function interruptible<T>(said: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(130);
    log(`mmgan: stopping, ${said}; press Ctrl-C again to stop at once`);
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, stop);
  const deaf = onParentStop(() => controller.abort());
  try {
    return await work(controller.signal);
  } finally {
    for (const name of SIGNALS) process.off(name, stop);
    deaf();
  }
}
