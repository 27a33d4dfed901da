/** Where a model can run: the devices' names, whether each is usable here, and what to install when it is not. */

import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { DeviceError, unknownName } from "@mmgan/core";
import { onnxRuntime } from "./ort.js";

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
  cuda: "On Linux x64 with an NVIDIA driver, CUDA 12 and cuDNN 9, run npm rebuild onnxruntime-node --onnxruntime-node-install=cuda12",
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

/**
 * Makes sure that sessions can be created on a device, by creating one.
 *
 * @throws DeviceError saying why not, what to install and what `auto` would take
 */
export async function mustBeUsable(device: Device): Promise<void> {
  const ort = await onnxRuntime();
  if (device === "cpu") return;
  // Asked first in a process of its own: there the library's own messages do not reach the user's terminal.
  const { usable, reason } = await probeDevice(device);
  if (!usable) throw deviceError(device, reason ?? "unknown");
  try {
    const session = await ort.InferenceSession.create(Buffer.from(PROBE_GRAPH, "base64"), {
      executionProviders: [device],
      logSeverityLevel: 3,
    });
    await session.release();
  } catch (cause) {
    throw deviceError(device, firstLine((cause as Error).message), cause);
  }
}

function deviceError(device: Device, reason: string, cause?: unknown): DeviceError {
  return new DeviceError(
    `Expected a usable device for device but ${device} is not: ${reason}. ${NEEDS[device]}; or leave the device at auto, which takes ${AUTO_DEVICE} here.`,
    { cause },
  );
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
