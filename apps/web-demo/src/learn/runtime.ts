/** onnxruntime-web in the learning worker: loaded when a run asks for it, from files of this page alone. */

import type { OnnxRuntime } from "@mmgan/trainer/browser";
import gpuModule from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url";
import gpuWasm from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url";
import cpuModule from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
import cpuWasm from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import type { LearnDevice } from "./messages.js";

/** More threads than this gain nothing on nets this small. */
const MOST_THREADS = 4;

export interface LoadedRuntime {
  readonly runtime: OnnxRuntime;
  readonly threads: number;
}

/** Threads where the page is isolated from other origins; without, browsers give no shared memory. */
function threadsHere(): number {
  return globalThis.crossOriginIsolated
    ? Math.max(1, Math.min(MOST_THREADS, navigator.hardwareConcurrency || 1))
    : 1;
}

export async function loadRuntime(device: LearnDevice): Promise<LoadedRuntime> {
  const threads = device === "wasm" ? threadsHere() : 1;
  const ort =
    device === "wasm" ? await import("onnxruntime-web/wasm") : await import("onnxruntime-web/webgpu");
  ort.env.wasm.numThreads = threads;
  ort.env.wasm.wasmPaths =
    device === "wasm"
      ? { mjs: here(cpuModule), wasm: here(cpuWasm) }
      : { mjs: here(gpuModule), wasm: here(gpuWasm) };
  ort.env.logLevel = "error";
  return { runtime: ort as unknown as OnnxRuntime, threads };
}

/** onnxruntime-web takes addresses as they are; relative ones would be relative to it. */
function here(path: string): string {
  return new URL(path, import.meta.url).href;
}
