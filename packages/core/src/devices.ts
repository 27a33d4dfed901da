/** Names of the devices a graph can run on, what `auto` takes, and what each needs. Data alone: no probing here. */

import { unknownName } from "./nearest-name.js";

/** Names that loading a model and training take; `auto` is a choice, the others are devices. */
export const DEVICES = ["auto", "cpu", "webgpu", "cuda"] as const;
export type DeviceName = (typeof DEVICES)[number];
/** A device that `auto` can turn into. */
export type Device = Exclude<DeviceName, "auto">;

/** What `auto` takes. Mixture nets are small: no accelerator was measured to be faster on them here. */
export const AUTO_DEVICE: Device = "cpu";

/** What to install for a device that is not usable, in words for a person. */
export const DEVICE_NEEDS: Readonly<Record<Device, string>> = {
  cpu: "Install onnxruntime-node again",
  webgpu:
    "Install a graphics driver with Vulkan (on Debian: libvulkan1 and the card's driver), Metal or Direct3D 12",
  cuda: "On Linux x64 with an NVIDIA driver, cuDNN 9 and CUDA 13, run mmgan setup cuda; with CUDA 12, ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild --ignore-scripts=false onnxruntime-node",
};

/** Whether one device is usable on this machine. */
export interface DeviceProbe {
  readonly device: Device;
  readonly usable: boolean;
  /** Why not, one line; only when it is not usable. */
  readonly reason?: string;
  /** What to install; only when it is not usable. */
  readonly remedy?: string;
}

/**
 * The device for a name, `auto` resolved.
 *
 * @throws UnknownNameError with the nearest device for a name that is none
 */
export function resolveDevice(name: string = "auto"): Device {
  if (!(DEVICES as readonly string[]).includes(name)) throw unknownName("device", name, DEVICES);
  return name === "auto" ? AUTO_DEVICE : (name as Device);
}

/** The message of a device that was asked for and does not work. */
export function unusableDevice({ device, reason, remedy }: DeviceProbe): string {
  return `Expected a usable device for device but ${device} is not: ${reason}. ${remedy}; or leave the device at auto, which takes ${AUTO_DEVICE} here.`;
}
