/** What runs programs and holds the state. One interface for every engine; one contract test over all. */

import {
  type Device,
  DeviceError,
  type DeviceName,
  EngineError,
  expected,
  type PlainTensor,
  resolveDevice,
  unknownName,
} from "@mmgan/core";
import type { Program } from "../models/program.js";
import type { PlainState } from "../nets/parameters.js";
import type { Fallback } from "./session-options.js";

export const ENGINES = ["onnx", "tensorflow", "reference"] as const;
export type EngineName = (typeof ENGINES)[number];

export interface EngineOptions {
  /**
   * Threads of one run. Default: 0, the engine's own choice. `tensorflow` takes its number when the first engine of a
   * process is made, and keeps it; `reference` has one.
   */
  threads?: number;
  /** Where the onnx engine runs; the others have one place each and take "auto" or "cpu". Default "auto". */
  device?: DeviceName;
  /** An operator the device lacks: "none" refuses and names it, "cpu" runs it there. Default "none". */
  fallback?: Fallback;
  /**
   * Whether the onnx engine times the forms of convolutions on the device before a program's first run, a few seconds
   * that are kept for the next time; results differ within rounding. Default false: the forms that are usually fastest.
   * With `record`, the choices are noted in that folder too, and taken from there when a training goes on.
   */
  tune?: boolean | { record: string };
  /** Forms of convolutions that the onnx engine leaves out where others apply: to see what each brings. Default: none. */
  without?: readonly string[];
  /** Start of the names of files that the onnx engine writes the runtime's profile to, when disposed. Default: none. */
  profile?: string;
}

export interface Engine {
  readonly name: EngineName;
  /** Where it runs, `auto` resolved. */
  readonly device: Device;
  /**
   * Runs a program on the state it holds and this batch, and replaces the entries of the state that come back.
   *
   * @returns the program's outputs
   */
  run(
    program: Program,
    batch: Record<string, PlainTensor>,
    hyper?: Record<string, number>,
  ): Promise<Record<string, PlainTensor>>;
  /** Replaces or adds entries of the state, and drops those named. */
  load(entries: PlainState, drop?: string[]): Promise<void>;
  /** A copy of the whole state. */
  state(): Promise<PlainState>;
  dispose(): Promise<void>;
}

/**
 * An engine by name, holding `state`.
 *
 * @throws UnknownNameError for an engine or device that does not exist; EngineError when what it runs on does not load;
 *   DeviceError for a device that is not usable here, saying what to install and what `auto` takes
 */
export async function createEngine(
  name: EngineName,
  state: PlainState,
  options: EngineOptions = {},
): Promise<Engine> {
  if (!ENGINES.includes(name)) throw unknownName("engine", name, ENGINES);
  const device = resolveDevice(options.device);
  if (name !== "onnx") mustBeCpu(name, device);
  if (name === "reference") return (await import("./reference-engine.js")).createReferenceEngine(state);
  if (name === "tensorflow")
    return (await import("./tensorflow-engine.js")).createTensorflowEngine(state, options);
  const { createOnnxEngine } = await import("./onnx-engine.js").catch((cause) => {
    throw new EngineError(
      `The onnx engine cannot start: ${(cause as Error).message}. Install onnxruntime-node for this platform, or pass --engine reference.`,
      { cause },
    );
  });
  return createOnnxEngine(state, options);
}

/**
 * Makes sure that an engine's device is usable, before anything is written.
 *
 * @throws UnknownNameError, DeviceError
 */
export async function mustRunHere(name: EngineName, { device }: EngineOptions): Promise<void> {
  const resolved = resolveDevice(device);
  if (name !== "onnx") mustBeCpu(name, resolved);
  else await (await import("./devices.js")).trainingDevices.mustBeUsable(resolved);
}

function mustBeCpu(engine: EngineName, device: Device): void {
  if (device !== "cpu")
    throw new DeviceError(
      expected(
        "auto or cpu",
        `device of the ${engine} engine`,
        device,
        "The onnx engine has other devices; auto takes cpu here",
      ),
    );
}
