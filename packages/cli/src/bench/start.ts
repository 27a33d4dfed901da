/** `mmgan bench start`: from the start of a process to a picture on disk, and where that time goes. */

import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { InterruptedError } from "@mmgan/core";
import { type Mark, STAGES_VARIABLE, stageTimes } from "../stages.js";
import { type BundleOptions, withBundle } from "./bundle.js";
import type { BenchResult } from "./model.js";
import { timing } from "./timing.js";

export async function benchStart(
  options: BundleOptions & { runs?: number },
  signal: AbortSignal,
): Promise<BenchResult> {
  return withBundle(options, signal, async ({ folder, temporary }): Promise<BenchResult> => {
    const executable = fileURLToPath(new URL("../../bin/mmgan.js", import.meta.url));
    const out = join(temporary, "grid.png");
    const args = [executable, "generate", "--model", folder, "--out", out, "--device", "cpu"];
    const env = { ...process.env, [STAGES_VARIABLE]: "1" };
    const whole: number[] = [];
    const stages = new Map<string, number[]>();
    for (let run = 0; run <= (options.runs ?? 10); run++) {
      if (signal.aborted) throw new InterruptedError("Stopped on request.");
      const started = performance.timeOrigin + performance.now();
      const { stderr } = await promisify(execFile)(process.execPath, args, { env });
      const ended = performance.timeOrigin + performance.now();
      if (run === 0) continue; // the first reads files that the next find in memory
      whole.push(ended - started);
      for (const [stage, ms] of stageTimes(JSON.parse(stderr) as Mark[], started, ended))
        stages.set(stage, [...(stages.get(stage) ?? []), ms]);
    }
    return {
      bench: "start",
      settings: { bundle: options.model ?? "untrained", node: process.versions.node },
      timings: [
        timing("process start to PNG, and end", whole),
        ...[...stages].map(([stage, times]) => timing(`  ${stage}`, times)),
      ],
    };
  });
}
