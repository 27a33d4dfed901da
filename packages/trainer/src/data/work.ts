/** Long work over many pictures: a few at a time, reporting progress, stopping when asked. */

import { InterruptedError } from "@mmgan/core";
import type { LoadProgress } from "./dataset.js";

/** Pictures decoded at once: enough to keep sharp's threads busy. */
const AT_ONCE = 64;

export interface WorkOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
}

/** @throws InterruptedError when `signal` has aborted; `what` completes "Stopped on request while ..." */
export function mustGoOn(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted)
    throw new InterruptedError(`Stopped on request while ${what}.`, { cause: signal.reason });
}

/**
 * Calls `work` for 0..count-1, `AT_ONCE` at a time, in order of index within and between these groups.
 *
 * @param what - completes "Stopped on request while ..."
 */
export async function forEachIndex(
  count: number,
  what: string,
  options: WorkOptions,
  work: (index: number) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < count; start += AT_ONCE) {
    mustGoOn(options.signal, what);
    const end = Math.min(start + AT_ONCE, count);
    await Promise.all(Array.from({ length: end - start }, (_, offset) => work(start + offset)));
    options.onProgress?.({ done: end, total: count });
  }
}
