import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { cpuQuota } from "./cpu-quota.js";

test.each([
  ["version 2, one and a half cores", { "cpu.max": "150000 100000\n" }, 1.5],
  ["version 2, no quota", { "cpu.max": "max 100000\n" }, Number.POSITIVE_INFINITY],
  ["version 1, half a core", { "cpu/cpu.cfs_quota_us": "50000\n", "cpu/cpu.cfs_period_us": "100000\n" }, 0.5],
  [
    "version 1, no quota",
    { "cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n" },
    Number.POSITIVE_INFINITY,
  ],
  ["no control groups", {}, Number.POSITIVE_INFINITY],
  ["a file that makes no sense", { "cpu.max": "\n" }, Number.POSITIVE_INFINITY],
])("%s", (_, files, cores) => {
  const root = mkdtempSync(join(tmpdir(), "mmgan-cgroup-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), text);
    }
    expect(cpuQuota(root)).toBe(cores);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
