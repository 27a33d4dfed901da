/** What runs a bundle's graphs, in this thread or in a worker. Plain data alone crosses: no error class, no live tensor. */

import type { PlainTensor, SessionDescription } from "@mmgan/core";

/** A device of the browser. */
export type WebDevice = "webgpu" | "wasm";

export interface HostOptions {
  readonly device: WebDevice;
  /** Threads of wasm. More than 1 needs a cross-origin isolated page. */
  readonly threads: number;
  /** URL of the module of onnxruntime-web; what "onnxruntime-web/wasm" or "/webgpu" is here when left out. */
  readonly ortUrl?: string | undefined;
  /** Where ONNX Runtime finds its .wasm and .mjs files, ends in "/". Default: beside its module. */
  readonly wasmPaths?: string | undefined;
}

/** Made open by `openSessions` or `openWorker`. */
export interface SessionHost {
  /** Creates the session of one graph. Its bytes stay the caller's. */
  create(graph: string, bytes: Uint8Array): Promise<SessionDescription>;
  /** @returns arrays that are the caller's */
  run(graph: string, feeds: Record<string, PlainTensor>): Promise<Record<string, PlainTensor>>;
  /** Frees everything. */
  close(): Promise<void>;
}

/** Name of the errors a host throws where the graphics device went away: all its sessions are gone with it. */
export const DEVICE_LOST = "DeviceLost";
