/** The sessions of an engine over a runtime that is handed in: one per program, made when it first runs. */

import { DeviceError } from "@mmgan/core";
import { withoutWebGpuGaps } from "@mmgan/export";
import type { InferenceSession } from "onnxruntime-node";
import { blockOf } from "../engines/block-of.js";
import type { OnnxRuntime } from "../engines/onnx-runtime.js";
import { sessionOptions } from "../engines/session-options.js";
import { traceProgram } from "../engines/trace-program.js";
import type { Program } from "../models/program.js";
import type { PlainState } from "../nets/parameters.js";

/** Where a runtime that is handed in computes: in onnxruntime-web "cpu" is WebAssembly. */
export type PageDevice = "cpu" | "webgpu";

export class PageSessions {
  readonly #runtime: OnnxRuntime;
  readonly #state: PlainState;
  readonly #device: PageDevice;
  readonly #threads: number;
  readonly #sessions = new Map<string, Promise<InferenceSession>>();
  #block: Promise<number> | undefined;

  /** @param state - gives the shapes of what programs read */
  constructor(runtime: OnnxRuntime, state: PlainState, device: PageDevice, threads: number) {
    this.#runtime = runtime;
    this.#state = state;
    this.#device = device;
    this.#threads = threads;
  }

  /** @throws DeviceError where the device gives no session */
  of(program: Program): Promise<InferenceSession> {
    let session = this.#sessions.get(program.name);
    if (!session) {
      session = this.#create(program);
      this.#sessions.set(program.name, session);
    }
    return session;
  }

  async #create(program: Program): Promise<InferenceSession> {
    const device = this.#device;
    if (device === "cpu") this.#block ??= blockOf(this.#runtime);
    const runtime = device === "cpu" ? { block: await this.#block! } : undefined;
    const { onnx, outputs } = traceProgram(program, this.#state, { runtime });
    try {
      return await this.#runtime.InferenceSession.create(
        device === "webgpu" ? withoutWebGpuGaps(onnx) : onnx,
        sessionOptions(device, {
          threads: this.#threads,
          fallback: "none",
          outputs: outputs.map(({ name }) => name),
        }),
      );
    } catch (cause) {
      if (device === "cpu") throw cause;
      throw new DeviceError(
        `Expected a usable WebGPU device but program ${program.name} did not start on it: ${(cause as Error).message} Take the device cpu, which every browser has.`,
        { cause },
      );
    }
  }

  async dispose(): Promise<void> {
    const sessions = await Promise.allSettled(this.#sessions.values());
    this.#sessions.clear();
    for (const session of sessions) if (session.status === "fulfilled") await session.value.release();
  }
}
