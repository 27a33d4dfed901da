/** Statistics of repeated measurements. */

import { median } from "@mmgan/core";

/** Milliseconds of repeated runs of one thing. */
export interface Timing {
  name: string;
  runs: number;
  minMs: number;
  medianMs: number;
  /** Images a run, over the median. Left out where a run handles none. */
  perSecond?: number;
}

/** Least and median of times in milliseconds, and images a second where a run handles images. */
export function timing(name: string, times: readonly number[], images?: number): Timing {
  const medianMs = median(times);
  const perSecond = images === undefined ? {} : { perSecond: (1000 * images) / medianMs };
  return { name, runs: times.length, minMs: Math.min(...times), medianMs, ...perSecond };
}
