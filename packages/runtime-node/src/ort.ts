/** ONNX Runtime, loaded when first needed: its library is large, and a machine may have no build of it. */

import { DeviceError } from "@mmgan/core";

type OnnxRuntime = typeof import("onnxruntime-node");

let loading: Promise<OnnxRuntime> | undefined;

/** @throws DeviceError when onnxruntime-node is not installed or has no build for this machine */
export function onnxRuntime(): Promise<OnnxRuntime> {
  loading ??= load();
  return loading;
}

async function load(): Promise<OnnxRuntime> {
  try {
    const ort = await import("onnxruntime-node");
    ort.env.logLevel = "error";
    return ort;
  } catch (cause) {
    loading = undefined;
    throw new DeviceError(
      `Expected a working onnxruntime-node for ${process.platform}/${process.arch} but it does not load: ${(cause as Error).message}. Run npm install again, on a platform that onnxruntime-node is built for (Linux x64 and arm64, Windows x64 and arm64, macOS arm64).`,
      { cause },
    );
  }
}
