import { afterEach, expect, it, vi } from "vitest";
import { OnnxDevices } from "./device-probe.js";

afterEach(() => vi.unstubAllEnvs());

const absent = () =>
  new OnnxDevices(() => {
    throw new Error("onnxruntime-node is not installed");
  });

it("asks for float32 products before CUDA's libraries load", async () => {
  vi.stubEnv("NVIDIA_TF32_OVERRIDE", undefined);
  await expect(absent().mustBeUsable("webgpu")).rejects.toThrow("not installed");
  expect(process.env.NVIDIA_TF32_OVERRIDE).toBeUndefined();
  await expect(absent().mustBeUsable("cuda")).rejects.toMatchObject({ code: "E_DEVICE" });
  expect(process.env.NVIDIA_TF32_OVERRIDE).toBe("0");
});

it("leaves the environment's own choice of TF32", async () => {
  vi.stubEnv("NVIDIA_TF32_OVERRIDE", "1");
  await expect(absent().mustBeUsable("cuda")).rejects.toThrow("not installed");
  expect(process.env.NVIDIA_TF32_OVERRIDE).toBe("1");
});
