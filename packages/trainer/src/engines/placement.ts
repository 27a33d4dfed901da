/** Which operators of a graph a provider lacks. ONNX Runtime tells its log alone, so a process apart keeps the log. */

import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Device } from "@mmgan/core";
import { onnxRuntimePath } from "./devices.js";

const TIMEOUT_MS = 60_000;
const SCRIPT = `
const [library, device, file] = process.argv.slice(1);
require(library).InferenceSession.create(file, { executionProviders: [device], logSeverityLevel: 0 }).then(() => process.exit(0));
`;

/** ONNX Runtime's words, of any provider: "webgpu kernel not found in registries for Op type: Sum node name: Sum_0". */
const LACKING = /kernel not found in registries for Op type: (\S+)/g;

/** Whether an error of ONNX Runtime says that nodes fell to the CPU although that was forbidden. */
export const isCpuFallback = (error: unknown): boolean =>
  /fallback to CPU EP has been explicitly disabled/.test((error as Error)?.message ?? "");

/** Operators named in a log as lacking, each once, sorted. */
export function lackingOperators(log: string): string[] {
  return [...new Set([...log.matchAll(LACKING)].map(([, operator]) => operator!))].sort();
}

/** Operators of a graph that a device's provider lacks; none where its log does not tell. Never rejects. */
export async function findLackingOperators(onnx: Uint8Array, device: Device): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "mmgan-placement-"));
  try {
    const file = join(folder, "step.onnx");
    await writeFile(file, onnx);
    const log = await new Promise<string>((resolve) =>
      execFile(
        process.execPath,
        ["-e", SCRIPT, onnxRuntimePath(), device, file],
        { timeout: TIMEOUT_MS, maxBuffer: 256 * 2 ** 20 },
        (_, stdout, stderr) => resolve(stdout + stderr),
      ),
    );
    return lackingOperators(log);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
