/** ONNX Runtime's sessions of one bundle in this thread. Imports nothing but ONNX Runtime, so that a worker needs no import map. */

import type { PlainTensor, SessionDescription } from "@mmgan/core";
import type { InferenceSession, Tensor } from "onnxruntime-web";
import { requestDevice } from "./gpu-device.js";
import { DEVICE_LOST, type HostOptions, type SessionHost, type WebDevice } from "./session-host.js";

type OnnxRuntime = typeof import("onnxruntime-web");

const modules = new Map<string, Promise<OnnxRuntime>>();

/** Loads ONNX Runtime and, for webgpu, asks for a graphics device. */
export async function openSessions(options: HostOptions): Promise<SessionHost> {
  const ort = await onnxRuntime(options);
  return new Sessions(ort, options.device === "webgpu" ? await requestDevice() : undefined);
}

class Sessions implements SessionHost {
  readonly #ort: OnnxRuntime;
  readonly #gpu: GPUDevice | undefined;
  readonly #sessions = new Map<string, InferenceSession>();
  /** Set when the device goes away. */
  #lost: Error | undefined;
  #closed = false;

  constructor(ort: OnnxRuntime, gpu: GPUDevice | undefined) {
    this.#ort = ort;
    this.#gpu = gpu;
    gpu?.lost.then(({ reason, message }) => {
      if (this.#closed) return;
      this.#lost = new Error(`the graphics device was lost (${reason}): ${message.replace(/\.$/, "")}`);
      this.#lost.name = DEVICE_LOST;
    });
  }

  create(graph: string, bytes: Uint8Array): Promise<SessionDescription> {
    return this.#turn(async () => {
      const session = await this.#ort.InferenceSession.create(bytes, {
        executionProviders: [this.#gpu ? { name: "webgpu", device: this.#gpu } : "wasm"],
        logSeverityLevel: 3,
      });
      this.#sessions.set(graph, session);
      return {
        inputMetadata: session.inputMetadata.map(plain),
        outputMetadata: session.outputMetadata.map(plain),
      };
    });
  }

  run(graph: string, feeds: Record<string, PlainTensor>): Promise<Record<string, PlainTensor>> {
    return this.#turn(async () => {
      const tensors: Record<string, Tensor> = {};
      for (const [name, { type, data, dims }] of Object.entries(feeds))
        tensors[name] = new this.#ort.Tensor(type as "float32", data as Float32Array, dims);
      const fetched = await this.#sessions.get(graph)!.run(tensors);
      const outputs: Record<string, PlainTensor> = {};
      for (const [name, { dims, type, data }] of Object.entries(fetched))
        outputs[name] = { dims, type, data } as PlainTensor;
      return outputs;
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    await inTurn(async () => {
      // Sessions of a lost device may fail to go; nothing of them is left that could be freed.
      for (const session of sessions) await session.release().catch(() => {});
    });
    this.#gpu?.destroy();
  }

  /**
   * ONNX Runtime's wasm takes one call at a time, and a call that waits for the device must end before the next, also
   * where the device is lost: then it ends with an error of its own.
   */
  #turn<T>(work: () => Promise<T>): Promise<T> {
    return inTurn(async () => {
      if (this.#lost) throw this.#lost;
      const result = await work().catch(async (cause) => {
        // The error may come before the news of the loss.
        if (this.#gpu)
          await Promise.race([this.#gpu.lost, new Promise((end) => setTimeout(end, LOSS_NEWS_MS))]);
        throw this.#lost ?? cause;
      });
      // What came from a device that went away meanwhile may be zeros.
      if (this.#lost) throw this.#lost;
      return result;
    });
  }
}

/** Time within which the news of a lost device follows the error of a run, in milliseconds. */
const LOSS_NEWS_MS = 200;

let last: Promise<unknown> = Promise.resolve();
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const result = last.then(work, work);
  last = result.catch(() => {});
  return result;
}

/** Plain data: what ONNX Runtime gives may be frozen or have methods. */
function plain(value: InferenceSession.ValueMetadata): SessionDescription["inputMetadata"][number] {
  return value.isTensor
    ? { name: value.name, isTensor: true, type: value.type, shape: [...value.shape] }
    : { name: value.name, isTensor: false };
}

/** The module, set up before its first session: later settings of threads and paths have no effect. */
async function onnxRuntime({ device, threads, ortUrl, wasmPaths }: HostOptions): Promise<OnnxRuntime> {
  const key = ortUrl ?? device;
  let loading = modules.get(key);
  if (loading === undefined) {
    loading = importModule(device, ortUrl).then((ort) => {
      ort.env.logLevel = "error";
      ort.env.wasm.numThreads = threads;
      if (wasmPaths !== undefined) ort.env.wasm.wasmPaths = wasmPaths;
      return ort;
    });
    modules.set(key, loading);
    loading.catch(() => modules.delete(key)); // may be tried again
  }
  return loading;
}

function importModule(device: WebDevice, ortUrl: string | undefined): Promise<OnnxRuntime> {
  if (ortUrl !== undefined) return import(/* @vite-ignore */ /* webpackIgnore: true */ ortUrl);
  return device === "webgpu" ? import("onnxruntime-web/webgpu") : import("onnxruntime-web/wasm");
}
