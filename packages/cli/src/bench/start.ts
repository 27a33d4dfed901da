/** `mmgan bench start`: from the start of a process to a picture on disk. */

import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type BundleOptions, withBundle } from "./bundle.js";
import { type BenchResult, repeat } from "./model.js";
import { timing } from "./timing.js";

export async function benchStart(
  options: BundleOptions & { runs?: number },
  signal: AbortSignal,
): Promise<BenchResult> {
  return withBundle(options, signal, async (bundle, folder): Promise<BenchResult> => {
    const executable = fileURLToPath(new URL("../../bin/mmgan.js", import.meta.url));
    const args = [
      executable,
      "generate",
      "--model",
      bundle,
      "--out",
      join(folder, "grid.png"),
      "--device",
      "cpu",
    ];
    const start = () => promisify(execFile)(process.execPath, args);
    const times = await repeat(options.runs ?? 5, start, signal);
    const settings = { bundle: options.model ?? "untrained", node: process.versions.node };
    return { bench: "start", settings, timings: [timing("process start to PNG", times)] };
  });
}
