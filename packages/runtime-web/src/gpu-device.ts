/** WebGPU's adapter and device, asked for with all that the adapter offers. */

/** Features that ONNX Runtime's kernels use where they are there. */
const FEATURES = ["shader-f16", "subgroups"];
/** Limits that ONNX Runtime raises where the adapter allows more than WebGPU's defaults. */
const LIMITS = [
  "maxComputeWorkgroupStorageSize",
  "maxComputeWorkgroupsPerDimension",
  "maxStorageBufferBindingSize",
  "maxBufferSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupSizeZ",
] as const;

/** Why there is no WebGPU that `auto` would take, or undefined where there is. Never rejects. */
export async function webgpuProblem(): Promise<string | undefined> {
  try {
    const adapter = await requestAdapter();
    return isSoftware(adapter) ? "its adapter computes on the CPU, slower than wasm does" : undefined;
  } catch (cause) {
    return (cause as Error).message;
  }
}

/** @throws Error saying what is not there */
export async function requestDevice(): Promise<GPUDevice> {
  const adapter = await requestAdapter();
  const requiredLimits: Record<string, number> = {};
  for (const name of LIMITS) requiredLimits[name] = adapter.limits[name];
  const requiredFeatures = FEATURES.filter((name) => adapter.features.has(name)) as GPUFeatureName[];
  try {
    return await adapter.requestDevice({ requiredLimits, requiredFeatures });
  } catch (cause) {
    throw new Error(`the adapter gives no device: ${(cause as Error).message}`, { cause });
  }
}

async function requestAdapter(): Promise<GPUAdapter> {
  const { gpu } = navigator;
  if (gpu === undefined)
    throw new Error(
      isSecureContext
        ? "this browser has no WebGPU"
        : "a page over plain http has no WebGPU: serve it over https or from localhost",
    );
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" }).catch((cause) => {
    throw new Error(`WebGPU gives no adapter: ${(cause as Error).message}`, { cause });
  });
  if (adapter === null) throw new Error("WebGPU gives no adapter: the browser or the driver refuses it");
  return adapter;
}

function isSoftware({ info }: GPUAdapter): boolean {
  return (
    info.isFallbackAdapter === true || /swiftshader|llvmpipe/i.test(`${info.vendor} ${info.architecture}`)
  );
}
