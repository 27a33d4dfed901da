/** Where a model can run: the devices' names, whether each is usable here, and what to install when it is not. */

import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { DeviceError, unknownName } from "@mmgan/core";

/** Names that `loadModel` takes; `auto` is a choice, the others are devices. */
export const DEVICES = ["auto", "cpu", "webgpu", "cuda"] as const;
export type DeviceName = (typeof DEVICES)[number];
/** A device that `auto` can turn into. */
export type Device = Exclude<DeviceName, "auto">;

/** What `auto` takes. Mixture nets are small: no accelerator was measured to be faster on them here. */
export const AUTO_DEVICE: Device = "cpu";

/** What one device needs, in words for a person. */
const NEEDS: Record<Device, string> = {
  cpu: "Install onnxruntime-node again",
  webgpu:
    "Install a graphics driver with Vulkan (on Debian: libvulkan1 and the card's driver), Metal or Direct3D 12",
  cuda: "On Linux x64 with an NVIDIA driver, CUDA 12 and cuDNN 9, run ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node",
};

/** x -> Relu(x) on float32 [2], opset 17: the smallest graph that shows a device computes. */
const PROBE_GRAPH = "CAg6MwoMCgF4EgF5IgRSZWx1EgFnWg8KAXgSCgoICAESBAoCCAJiDwoBeRIKCggIARIECgIIAkICEBE=";
const PROBE_TIMEOUT_MS = 60_000;

/** Runs apart, because a broken driver can end the process or write to its output. */
const PROBE_SCRIPT = `
const [library, device, graph] = process.argv.slice(1);
const ort = require(library);
ort.env.logLevel = "fatal";
(async () => {
  const session = await ort.InferenceSession.create(Buffer.from(graph, "base64"), { executionProviders: [device], logSeverityLevel: 4 });
  const { y } = await session.run({ x: new ort.Tensor("float32", Float32Array.of(-1, 2), [2]) });
  if (y.data[0] !== 0 || y.data[1] !== 2) throw new Error("it computes wrong values: " + y.data);
})().then(() => process.stdout.write("usable"), (error) => process.stdout.write(String(error.message)));
`;

/** Whether one device is usable on this machine. */
export interface DeviceProbe {
  readonly device: Device;
  readonly usable: boolean;
  /** Why not, one line; only when it is not usable. */
  readonly reason?: string;
  /** What to install; only when it is not usable. */
  readonly remedy?: string;
}

/** Tries a small graph on every device, each in a process of its own. Takes about a second; never rejects. */
export async function probeDevices(): Promise<DeviceProbe[]> {
  return Promise.all((["cpu", "webgpu", "cuda"] as const).map(probeDevice));
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

/** Devices that were seen to work: a driver is not asked again for each bundle. */
const usable = new Set<Device>();

/**
 * Makes sure that a device computes.
 *
 * @throws DeviceError saying why not, what to install and what `auto` would take
 */
export async function mustBeUsable(device: Device): Promise<void> {
  if (device === "cpu" || usable.has(device)) return;
  const probe = await probeDevice(device);
  if (!probe.usable)
    throw new DeviceError(
      `Expected a usable device for device but ${device} is not: ${probe.reason}. ${NEEDS[device]}; or leave the device at auto, which takes ${AUTO_DEVICE} here.`,
    );
  usable.add(device);
}

async function probeDevice(device: Device): Promise<DeviceProbe> {
  const said = await new Promise<string>((resolve) => {
    const library = createRequire(import.meta.url).resolve("onnxruntime-node");
    execFile(
      process.execPath,
      ["-e", PROBE_SCRIPT, library, device, PROBE_GRAPH],
      { timeout: PROBE_TIMEOUT_MS },
      (error, stdout) =>
        resolve(
          stdout ||
            (error?.signal
              ? `its driver ended the process (${error.signal})`
              : `it gave no answer${error ? `: ${error.message}` : ""}`),
        ),
    );
  });
  if (said === "usable") return { device, usable: true };
  return { device, usable: false, reason: firstLine(said), remedy: NEEDS[device] };
}

/** What a person can use of ONNX Runtime's messages, which begin with a C++ source path and signature. */
function firstLine(message: string): string {
  const line = message.trim().split("\n")[0]!;
  return line
    .replace(/^\/\S+ .*? was false\. /, "")
    .replace(/\.$/, "")
    .slice(0, 300);
}
