/** Opens a bundle in a browser: every file checked, the device chosen, sessions left to be created when first used. */

import { DeviceError, GraphModel, InterruptedError, mustBeInteger, unknownName } from "@mmgan/core";
import { type BundleFiles, type LoadProgress, readBundle } from "./bundle.js";
import { webgpuProblem } from "./gpu-device.js";
import { WebGraphs } from "./graphs.js";
import { openWorker } from "./open-worker.js";
import type { HostOptions, SessionHost, WebDevice } from "./session-host.js";
import { openSessions } from "./sessions.js";
import { WebModel } from "./web-model.js";

/** Names that `device` takes; `auto` is a choice, the others are devices. */
export const WEB_DEVICES = ["auto", "webgpu", "wasm"] as const;
export type WebDeviceName = (typeof WEB_DEVICES)[number];

/** Most threads taken unasked: the nets are too small to gain from more. */
const DEFAULT_THREADS_MAX = 4;
const THREADS_MAX = 1024;

export interface LoadOptions {
  /**
   * Where to run. Default "auto": WebGPU where a graphics card offers it, else wasm; `model.device` says what was
   * taken and `model.fallback` why it is not WebGPU.
   */
  readonly device?: WebDeviceName;
  /**
   * Threads of wasm, 1 to 1024; more than 1 needs a cross-origin isolated page. Default: half of the cores, at most 4,
   * in a cross-origin isolated page, else 1. Without `worker` the first model of a page sets them for all.
   */
  readonly threads?: number;
  /** Runs the graphs in a worker of its own, so that the page never waits. Default false. */
  readonly worker?: boolean;
  /** Stops the load, with InterruptedError. */
  readonly signal?: AbortSignal;
  /** Told the bytes of the bundle that are here, at the start and as they come. */
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Keeps checked files in the browser's Cache API. Default true; without effect for `{ files }`. */
  readonly cache?: boolean;
  /** In place of `fetch`, e.g. to send a header. */
  readonly fetch?: typeof fetch;
  /** Folder of ONNX Runtime's .wasm and .mjs files, where they do not lie beside its module. */
  readonly wasmPaths?: string;
}

/**
 * Loads a bundle. The caller disposes of the model.
 *
 * @param from - URL of the bundle's folder, relative to the page, or its files
 * @throws BundleError for a manifest or a file that is missing, truncated, a web page, or fails its SHA-256;
 *   BundleVersionError for a newer format; DownloadError where the network or the server fails three times;
 *   UnknownNameError for a device that does not exist; DeviceError for one that is not usable here; ArgumentError for
 *   other options; InterruptedError when `signal` is aborted
 */
export async function loadModel(
  from: string | URL | BundleFiles,
  options: LoadOptions = {},
): Promise<WebModel> {
  mustBeKnown(options);
  const { device: name = "auto", worker = false, signal } = options;
  if (!(WEB_DEVICES as readonly string[]).includes(name)) throw unknownName("device", name, WEB_DEVICES);
  const threads = threadsFor(options.threads);
  // Together: the bundle comes over the network while ONNX Runtime starts.
  const opening = open(name, { threads, wasmPaths: options.wasmPaths }, worker);
  const reading = readBundle(from, options);
  const [opened, read] = await Promise.allSettled([stoppable(opening, signal), reading]);
  if (opened.status === "fulfilled" && read.status === "fulfilled") {
    const { host, device, fallback, again } = opened.value;
    return new WebModel(
      new GraphModel(read.value.manifest, new WebGraphs(read.value, device, host, again), {
        centres: read.value.centres,
        pause,
      }),
      device,
      fallback,
    );
  }
  opening.then(({ host }) => host.close()).catch(() => {});
  throw read.status === "rejected" ? read.reason : (opened as PromiseRejectedResult).reason;
}

interface Opened {
  readonly host: SessionHost;
  readonly device: WebDevice;
  readonly fallback: string | undefined;
  readonly again: () => Promise<SessionHost>;
}

async function open(
  name: WebDeviceName,
  options: Pick<HostOptions, "threads" | "wasmPaths">,
  worker: boolean,
): Promise<Opened> {
  const on = (device: WebDevice) =>
    (worker ? openWorker : openSessions)({
      ...options,
      device,
      ortUrl: worker ? moduleUrl(device) : undefined,
    });
  let fallback = name === "auto" ? await webgpuProblem() : undefined;
  if (name === "webgpu" || (name === "auto" && fallback === undefined)) {
    try {
      return { host: await on("webgpu"), device: "webgpu", fallback, again: () => on("webgpu") };
    } catch (cause) {
      fallback = (cause as Error).message;
      if (name === "webgpu") throw unusable("webgpu", cause);
    }
  }
  const host = await on("wasm").catch((cause) => {
    throw unusable("wasm", cause);
  });
  return { host, device: "wasm", fallback, again: () => on("wasm") };
}

const REMEDIES: Readonly<Record<WebDevice, string>> = {
  webgpu: "Use a browser with WebGPU and a graphics card; or leave the device at auto, which takes wasm here",
  wasm: "Check that the files of onnxruntime-web are served, beside its module or at wasmPaths, and that the page's Content-Security-Policy has 'wasm-unsafe-eval'",
};

function unusable(device: WebDevice, cause: unknown): DeviceError {
  const reason = (cause as Error).message.replace(/\.$/, "");
  return new DeviceError(
    `Expected a usable device for device but ${device} is not: ${reason}. ${REMEDIES[device]}.`,
    { cause },
  );
}

/** The URL of ONNX Runtime's module where an import map names it: a worker has no import map of its own. */
function moduleUrl(device: WebDevice): string | undefined {
  try {
    return import.meta.resolve(`onnxruntime-web/${device}`);
  } catch {
    return undefined; // a bundler put it into the worker
  }
}

function threadsFor(threads: number | undefined): number {
  if (threads === undefined)
    return crossOriginIsolated
      ? Math.min(Math.max(Math.floor((navigator.hardwareConcurrency || 1) / 2), 1), DEFAULT_THREADS_MAX)
      : 1;
  mustBeInteger(threads, "threads", 1, THREADS_MAX);
  if (threads > 1 && !crossOriginIsolated)
    throw new DeviceError(
      `Expected a cross-origin isolated page for threads ${threads} but it is not. Serve it with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp, or take 1 thread.`,
    );
  return threads;
}

const OPTIONS = ["device", "threads", "worker", "signal", "onProgress", "cache", "fetch", "wasmPaths"];
function mustBeKnown(options: LoadOptions): void {
  for (const name of Object.keys(options))
    if (!OPTIONS.includes(name)) throw unknownName("option of loadModel", name, OPTIONS);
}

/** A promise that rejects as soon as `signal` is aborted; the work itself goes on. */
function stoppable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const stop = () => reject(new InterruptedError("Stopped on request.", { cause: signal.reason }));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

/** Lets the page's other tasks run. Unlike a timer, not slowed in a hidden tab. */
function pause(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
