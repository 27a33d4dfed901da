/** How many threads a step takes when nobody said. */

import { availableParallelism } from "node:os";
import { cpuQuota } from "@mmgan/node-io";

/** Most threads taken unasked: layers of these nets are too small to feed more. */
export const DEFAULT_THREADS_MAX = 8;

/**
 * All cores up to {@link DEFAULT_THREADS_MAX}, and no more than a container's quota.
 *
 * @param cores - cores this process may be scheduled on, an integer of 1 or more
 * @param quota - cores' worth of time it may use, above 0; a part of a core counts as one
 */
export function threadsFor(cores: number, quota = Number.POSITIVE_INFINITY): number {
  return Math.max(1, Math.min(cores, Math.ceil(quota), DEFAULT_THREADS_MAX));
}

/** {@link threadsFor} this machine and container. */
export const defaultThreads = (): number => threadsFor(availableParallelism(), cpuQuota());
