/**
 * `mmgan setup cuda`: ONNX Runtime's libraries for CUDA, out of the Python wheel onnxruntime-gpu of the same version, laid
 * beside those of onnxruntime-node, whose own install script fetches them from elsewhere, for an older CUDA.
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ArgumentError, DeviceError, EngineError, expected, PlatformError } from "@mmgan/core";
import { OnnxDevices } from "@mmgan/node-io";
import { onnxRuntimePath } from "../engines/devices.js";
import { type BringOptions, bringWheel } from "../wheels/bring-wheel.js";
import { mustBeWheelOf, unpackWheel } from "../wheels/wheel.js";

export type CudaSetupStage = "wheel" | "unpack" | "try";

/** Libraries, by their path in the wheel. */
export const CUDA_LIBRARIES = [
  "onnxruntime/capi/libonnxruntime_providers_shared.so",
  "onnxruntime/capi/libonnxruntime_providers_cuda.so",
] as const;
const DISTRIBUTION = "onnxruntime-gpu";
/** Where a download waits until it is unpacked, in onnxruntime-node's folder of libraries. */
const DOWNLOADS = ".mmgan-download";

export interface CudaSetupOptions extends Omit<BringOptions, "onProgress"> {
  /** For tests: gives onnxruntime-node's entry file. Default: the one that training loads. */
  readonly library?: (() => string) | undefined;
  /** For tests: another platform than this machine's, as "linux-x64". */
  readonly platform?: string | undefined;
  readonly onStage?: ((stage: CudaSetupStage) => void) | undefined;
  /** Bytes of the download, or of what is unpacked. */
  readonly onProgress?:
    | ((stage: CudaSetupStage, done: number, total: number | undefined) => void)
    | undefined;
}

export interface CudaSetupResult {
  /** onnxruntime-node's folder of libraries. */
  readonly folder: string;
  /** Of onnxruntime-node and of the wheel. */
  readonly version: string;
  /** "present" when CUDA computed before anything was done. */
  readonly status: "present" | "placed";
}

/**
 * Makes the device `cuda` usable. Each library appears whole or not at all, checked against the wheel's SHA-256; one
 * that was stopped goes on with the next call.
 *
 * @throws PlatformError elsewhere than on Linux x64, ArgumentError (another wheel), DataMissingError (no wheel),
 * DataCorruptError, DownloadError, DiskFullError, InterruptedError, EngineError (no onnxruntime-node), DeviceError (the
 * libraries are in place and do not compute)
 */
export async function setUpCuda(options: CudaSetupOptions = {}): Promise<CudaSetupResult> {
  const { library = onnxRuntimePath, platform = `${process.platform}-${process.arch}` } = options;
  const { onStage, onProgress, ...bring } = options;
  if (platform !== "linux-x64")
    throw new PlatformError(
      `mmgan setup cuda works on Linux x64 alone, and this is ${platform}. --device cpu, the default, needs nothing.`,
    );
  const { folder, version } = onnxRuntimeFolder(library);
  if (options.wheel) mustBeWheelFor(version, options.wheel);
  const devices = new OnnxDevices(library);
  const isInPlace = CUDA_LIBRARIES.every((path) => existsSync(join(folder, basename(path))));
  if (isInPlace && (await devices.probe("cuda")).usable) return { folder, version, status: "present" };

  onStage?.("wheel");
  const downloads = join(folder, DOWNLOADS);
  const wheel = await bringWheel(DISTRIBUTION, version, downloads, {
    ...bring,
    onProgress: (...at) => onProgress?.("wheel", ...at),
  });
  onStage?.("unpack");
  await unpackWheel(
    wheel,
    folder,
    { required: CUDA_LIBRARIES, place: basename },
    { signal: options.signal, onProgress: (...at) => onProgress?.("unpack", ...at) },
  );
  await rm(downloads, { recursive: true, force: true });
  onStage?.("try");
  const { usable, reason } = await devices.probe("cuda");
  if (!usable)
    throw new DeviceError(
      `The libraries of ${DISTRIBUTION} ${version} are in ${folder}, but CUDA does not compute here: ${reason}. ` +
        `It needs an NVIDIA driver, and the libraries that "ldd ${basename(CUDA_LIBRARIES[1])}" misses there on LD_LIBRARY_PATH.`,
    );
  return { folder, version, status: "placed" };
}

/** onnxruntime-node's version, and its folder of libraries for this platform. */
function onnxRuntimeFolder(library: () => string): { folder: string; version: string } {
  try {
    const root = join(dirname(library()), "..");
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    const [napi] = readdirSync(join(root, "bin"));
    return { folder: join(root, "bin", napi!, "linux/x64"), version };
  } catch (cause) {
    const message = "Expected onnxruntime-node but its folder is not as npm installs it. Install it again.";
    throw new EngineError(message, { cause });
  }
}

/** @throws ArgumentError unless the wheel is onnxruntime-gpu's of exactly this version: the libraries share structures */
function mustBeWheelFor(version: string, path: string): void {
  if (mustBeWheelOf(path, /^onnxruntime-gpu$/, "onnxruntime_gpu").version === version) return;
  throw new ArgumentError(
    expected(
      `a wheel of onnxruntime_gpu ${version}, the version of onnxruntime-node`,
      "--wheel",
      basename(path),
    ),
  );
}
