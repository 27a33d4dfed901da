/** The sessions of an engine: one per program, made when it first runs. */
import { join } from "node:path";
import { AUTO_DEVICE, type Device, DeviceError } from "@mmgan/core";
import { type ChooseForm, type RuntimeFeatures, withoutWebGpuGaps } from "@mmgan/export";
import * as ort from "onnxruntime-node";
import { dataCacheFolder } from "../data/locate.js";
import type { Program } from "../models/program.js";
import type { PlainState } from "../nets/parameters.js";
import { findLackingOperators, isCpuFallback } from "./placement.js";
import { probeBlock } from "./probe-block.js";
import { type Fallback, sessionOptions } from "./session-options.js";
import { TRAINING_OPSET, traceProgram } from "./trace-program.js";
import { Tuner } from "./tuner/tuner.js";

export interface SessionsOptions {
  device: Device;
  threads: number;
  fallback: Fallback;
  /** Start of the names of the files that profiles are written to, on disposal. Default: none. */
  profile?: string;
  /** Choose the forms of convolutions by measurement. Default false: the first form that applies. */
  tune?: boolean | { record: string };
  /** Forms left out where others apply. */
  without?: readonly string[];
}

export class Sessions {
  readonly #state: PlainState;
  readonly #options: SessionsOptions;
  readonly #sessions = new Map<string, Promise<ort.InferenceSession>>();

  /** @param state - gives the shapes of what programs read */
  #tuner: Tuner | undefined;

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
    const trace = (choose?: ChooseForm) => traceProgram(program, this.#state, { runtime, choose });
    if (this.#options.tune) {
      this.#tuner ??= makeTuner(this.#options, runtime);
      await this.#tuner.measure(trace);
    }
    const traced = trace(leavingOut(this.#options.without ?? [], this.#tuner?.choose));
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

/** A choice that avoids some forms, as long as others apply. */
function leavingOut(without: readonly string[], choose: ChooseForm = () => undefined): ChooseForm {
  return (site) => {
    const chosen = choose(site);
    if (chosen !== undefined && !without.includes(chosen)) return chosen;
    return site.candidates.find((name) => !without.includes(name));
  };
}

function makeTuner({ device, threads, fallback, tune }: SessionsOptions, runtime?: RuntimeFeatures): Tuner {
  return new Tuner({
    runtime,
    opset: TRAINING_OPSET,
    session: sessionOptions(device, { threads, fallback, outputs: [] }),
    folder: join(dataCacheFolder(), "forms"),
    ...(typeof tune === "object" ? { record: tune.record } : {}),
    machine: {
      runtime: ort.env.versions.node ?? ort.env.versions.common,
      device,
      threads,
      block: runtime?.block ?? 0,
    },
  });
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
