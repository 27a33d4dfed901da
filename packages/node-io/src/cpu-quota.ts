/** The share of the machine's cores that a container may use: Node reads its quota only from libuv 1.49 on. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Cores by the control group's quota: version 2's cpu.max, or version 1's cpu.cfs_quota_us over cpu.cfs_period_us.
 *
 * @param root - where control groups are mounted
 * @returns cores, e.g. 1.5; Infinity without a quota, and where there are no control groups
 */
export function cpuQuota(root = "/sys/fs/cgroup"): number {
  const numbers = (...names: string[]): number[] => {
    try {
      return names.flatMap((name) => readFileSync(join(root, name), "utf8").trim().split(/\s+/).map(Number));
    } catch {
      return [];
    }
  };
  for (const [quota, period] of [
    numbers("cpu.max"),
    numbers("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"),
  ])
    if (quota! > 0 && period! > 0) return quota! / period!; // "max" is NaN, -1 is none
  return Number.POSITIVE_INFINITY;
}
