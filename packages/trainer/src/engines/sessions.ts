/** The sessions of an engine: one per program, made when it first runs. */

import { AUTO_DEVICE, type Device, DeviceError } from "@mmgan/core";
import { withoutWebGpuGaps } from "@mmgan/export";
import * as ort from "onnxruntime-node";
import type { Program } from "../models/program.js";
import type { PlainState } from "../nets/parameters.js";
import { findLackingOperators, isCpuFallback } from "./placement.js";
import { probeBlock } from "./probe-block.js";
import { type Fallback, sessionOptions } from "./session-options.js";
import { traceProgram } from "./trace-program.js";

export interface SessionsOptions {
  device: Device;
  threads: number;
  fallback: Fallback;
  /** Start of the names of the files that profiles are written to, on disposal. Default: none. */
  profile?: string;
}

export class Sessions {
  readonly #state: PlainState;
  readonly #options: SessionsOptions;
  readonly #sessions = new Map<string, Promise<ort.InferenceSession>>();

  /** @param state - gives the shapes of what programs read */
  constructor(state: PlainState, options: SessionsOptions) {
    this.#state = state;
    this.#options = options;
  }

  /** @throws DeviceError naming the operators that the device lacks, unless they may run on the CPU */
  of(program: Program): Promise<ort.InferenceSession> {
    let session = this.#sessions.get(program.name);
    if (!session) {
      session = this.#create(program);
      this.#sessions.set(program.name, session);
    }
    return session;
  }

  async #create(program: Program): Promise<ort.InferenceSession> {
    const { device } = this.#options;
    const runtime = device === "cpu" ? { block: await probeBlock() } : undefined;
    const traced = traceProgram(program, this.#state, { runtime });
    return createSession(device === "webgpu" ? withoutWebGpuGaps(traced.onnx) : traced.onnx, program.name, {
      ...this.#options,
      outputs: traced.outputs.map(({ name }) => name),
    });
  }

  async dispose(): Promise<void> {
    const sessions = await Promise.allSettled(this.#sessions.values());
    this.#sessions.clear();
    for (const session of sessions) {
      if (session.status !== "fulfilled") continue;
      if (this.#options.profile !== undefined) session.value.endProfiling();
      await session.value.release();
    }
  }
}

/**
 * A session on a device.
 *
 * @param name - what the graph is called in messages
 * @throws DeviceError naming the operators that the device lacks, unless they may run on the CPU
 */
export async function createSession(
  onnx: Uint8Array,
  name: string,
  options: SessionsOptions & { outputs: readonly string[] },
): Promise<ort.InferenceSession> {
  const { device } = options;
  try {
    return await ort.InferenceSession.create(onnx, sessionOptions(device, options));
  } catch (cause) {
    if (!isCpuFallback(cause)) throw cause;
    const operators = await findLackingOperators(onnx, device);
    throw new DeviceError(lacking(device, name, operators), { cause });
  }
}

function lacking(device: Device, program: string, operators: readonly string[]): string {
  const what = operators.length > 0 ? `the operators ${operators.join(", ")}` : "some operators";
  return `Expected a device that has every operator of the step but ${device} lacks ${what} (program ${program}). Pass --fallback cpu to run them on the CPU, at the price of copies, or --device ${AUTO_DEVICE}, which auto takes here.`;
}
