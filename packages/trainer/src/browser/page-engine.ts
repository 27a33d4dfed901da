/** The onnx engine over a runtime that is handed in: onnxruntime-web in a page, onnxruntime-node elsewhere. */

import type { ElementType, PlainTensor } from "@mmgan/core";
import type { Tensor } from "onnxruntime-node";
import type { Engine } from "../engines/engine.js";
import type { OnnxRuntime } from "../engines/onnx-runtime.js";
import { createResidentEngine } from "../engines/resident-engine.js";
import type { PlainState } from "../nets/parameters.js";
import { type PageDevice, PageSessions } from "./page-sessions.js";

export interface PageEngineOptions {
  /** Default "cpu". */
  readonly device?: PageDevice;
  /**
   * Threads of one run, in onnxruntime-node; onnxruntime-web has those of its `env.wasm.numThreads`. Default 0: the
   * runtime's choice.
   */
  readonly threads?: number;
}

/** An engine that holds `initial`; on WebGPU the state stays in the device's buffers from step to step. */
export function createPageEngine(
  runtime: OnnxRuntime,
  initial: PlainState,
  { device = "cpu", threads = 0 }: PageEngineOptions = {},
): Engine {
  const sessions = new PageSessions(runtime, initial, device, threads);
  return createResidentEngine(initial, { runtime, device, sessions, copyFromDevice });
}

async function copyFromDevice(
  tensors: Readonly<Record<string, Tensor>>,
): Promise<Record<string, PlainTensor>> {
  const copies: Record<string, PlainTensor> = {};
  for (const [name, tensor] of Object.entries(tensors))
    copies[name] = {
      dims: tensor.dims,
      type: tensor.type as ElementType,
      data: (await tensor.getData()) as Float32Array,
    };
  return copies;
}
