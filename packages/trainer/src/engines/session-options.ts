/** How ONNX Runtime is asked to run a program on a device. */

import type { Device } from "@mmgan/core";
import type { InferenceSession } from "onnxruntime-node";
import { NEXT } from "./graph-names.js";

/** What to do with an operator that the device's provider lacks: refuse, naming it, or run it on the CPU. */
export const FALLBACKS = ["none", "cpu"] as const;
export type Fallback = (typeof FALLBACKS)[number];

/** Devices whose outputs onnxruntime-node can leave where they are. Its binding knows WebGPU's buffers alone. */
export const keepsStateOnDevice = (device: Device): boolean => device === "webgpu";

/**
 * Options of a session.
 *
 * @param outputs - the graph's outputs; those of the next state stay on a device that keeps them
 */
export function sessionOptions(
  device: Device,
  {
    threads,
    fallback,
    outputs,
    profile,
  }: { threads: number; fallback: Fallback; outputs: readonly string[]; profile?: string },
): InferenceSession.SessionOptions {
  const resident = outputs.filter((name) => name.startsWith(NEXT));
  return {
    executionProviders: [device],
    intraOpNumThreads: threads,
    logSeverityLevel: device === "cpu" ? 3 : 4, // a provider's refusal is told by the error alone
    ...(keepsStateOnDevice(device) && resident.length > 0
      ? { preferredOutputLocation: Object.fromEntries(resident.map((name) => [name, "gpu-buffer"])) }
      : {}),
    ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
    extra: {
      session: {
        // Adam's second moments decay into denormals, which are slow to compute with.
        set_denormal_as_zero: "1",
        ...(device !== "cpu" && fallback === "none" ? { disable_cpu_ep_fallback: "1" } : {}),
      },
    },
  };
}
