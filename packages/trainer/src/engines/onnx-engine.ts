/** The onnx engine: programs run by onnxruntime-node. */

import { resolveDevice } from "@mmgan/core";
import * as ort from "onnxruntime-node";
import type { PlainState } from "../nets/parameters.js";
import { defaultThreads } from "./default-threads.js";
import { copyFromDevice } from "./device-copy.js";
import { trainingDevices } from "./devices.js";
import type { Engine, EngineOptions } from "./engine.js";
import { createResidentEngine } from "./resident-engine.js";
import { Sessions } from "./sessions.js";

/** @throws DeviceError for a device that is not usable here */
export async function createOnnxEngine(initial: PlainState, options: EngineOptions): Promise<Engine> {
  const device = resolveDevice(options.device);
  await trainingDevices.mustBeUsable(device);
  const sessions = new Sessions(initial, {
    device,
    threads: options.threads || defaultThreads(),
    fallback: options.fallback ?? "none",
    profile: options.profile,
    tune: options.tune,
    without: options.without,
  });
  return createResidentEngine(initial, { runtime: ort, device, sessions, copyFromDevice });
}
