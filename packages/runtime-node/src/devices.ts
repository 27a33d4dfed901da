/** The devices of the onnxruntime-node that this package loads. */

import { createRequire } from "node:module";
import type { Device, DeviceProbe } from "@mmgan/core";
import { OnnxDevices } from "@mmgan/node-io";

export {
  AUTO_DEVICE,
  DEVICES,
  type Device,
  type DeviceName,
  type DeviceProbe,
  resolveDevice,
} from "@mmgan/core";

const devices = new OnnxDevices(() => createRequire(import.meta.url).resolve("onnxruntime-node"));

/** Tries a small graph on every device, each in a process of its own. Takes about a second; never rejects. */
export const probeDevices = (): Promise<DeviceProbe[]> => devices.probeAll();

/** Makes sure that a device computes. @throws DeviceError saying why not, what to install, what `auto` would take */
export const mustBeUsable = (device: Device): Promise<void> => devices.mustBeUsable(device);
