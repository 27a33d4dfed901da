/** Which devices an onnxruntime-node computes on here. The caller names the library: this package imports none. */

import { execFile } from "node:child_process";
import { DEVICE_NEEDS, type Device, DeviceError, type DeviceProbe, unusableDevice } from "@mmgan/core";

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

/** The devices of one installed onnxruntime-node. A device seen to work is not asked again. */
export class OnnxDevices {
  readonly #library: () => string;
  readonly #usable = new Set<Device>();

  /** @param library - gives the path of onnxruntime-node's entry file, as the caller's package resolves it; may throw */
  constructor(library: () => string) {
    this.#library = library;
  }

  /** Tries a small graph on every device, each in a process of its own. Takes about a second; never rejects. */
  probeAll(): Promise<DeviceProbe[]> {
    return Promise.all((["cpu", "webgpu", "cuda"] as const).map((device) => this.probe(device)));
  }

  /** Tries a small graph on one device, in a process of its own. Never rejects. */
  async probe(device: Device): Promise<DeviceProbe> {
    const said = await this.#ask(device);
    if (said === "usable") {
      this.#usable.add(device);
      return { device, usable: true };
    }
    return { device, usable: false, reason: firstLineOf(said), remedy: DEVICE_NEEDS[device] };
  }

  /**
   * Makes sure that a device computes. The CPU always does where the library loads, and is not asked. On CUDA it also
   * asks NVIDIA's libraries for products in float32: ONNX Runtime takes TF32 unasked, whose 10 bits of mantissa put a
   * step up to 4e-3 off. The environment's own NVIDIA_TF32_OVERRIDE stands.
   *
   * @throws DeviceError saying why not, what to install and what `auto` would take
   */
  async mustBeUsable(device: Device): Promise<void> {
    if (device === "cuda") process.env.NVIDIA_TF32_OVERRIDE ??= "0"; // read when the libraries load
    if (device === "cpu" || this.#usable.has(device)) return;
    const probe = await this.probe(device);
    if (!probe.usable) throw new DeviceError(unusableDevice(probe));
  }

  #ask(device: Device): Promise<string> {
    let library: string;
    try {
      library = this.#library();
    } catch (error) {
      return Promise.resolve((error as Error).message);
    }
    return new Promise((resolve) => {
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
  }
}

/** What a person can use of ONNX Runtime's messages, which begin with a C++ source path and signature. */
export function firstLineOf(message: string): string {
  const line = message.trim().split("\n")[0]!;
  return line
    .replace(/^\/\S+ .*? was false\. /, "")
    .replace(/\.$/, "")
    .slice(0, 300);
}
