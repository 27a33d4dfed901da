/** An engine over ONNX Runtime: programs traced once, the state left where the device keeps it. */

import type { Device, ElementType, PlainTensor } from "@mmgan/core";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import type { Program } from "../models/program.js";
import type { PlainState } from "../nets/parameters.js";
import { allocationFailed, isAllocationFailure } from "./allocation.js";
import type { Engine } from "./engine.js";
import { BATCH, HYPER, NEXT, OUTPUT, STATE } from "./graph-names.js";
import type { OnnxRuntime } from "./onnx-runtime.js";

export interface ResidentEngineParts {
  readonly runtime: OnnxRuntime;
  readonly device: Device;
  /** The session of each program, made when it first runs. */
  readonly sessions: { of(program: Program): Promise<InferenceSession>; dispose(): Promise<void> };
  /** Copies of tensors that lie on the device. */
  readonly copyFromDevice: (
    tensors: Readonly<Record<string, Tensor>>,
  ) => Promise<Readonly<Record<string, PlainTensor>>>;
}

const toPlain = (tensor: Tensor): PlainTensor => ({
  dims: tensor.dims,
  type: tensor.type as ElementType,
  data: (tensor.data as Float32Array).slice(),
});

const isOnDevice = (tensor: Tensor) => tensor.location === "gpu-buffer";

/** Frees what lies on a device; memory of the CPU is collected. */
function release(tensor: Tensor | undefined): void {
  if (tensor && isOnDevice(tensor)) tensor.dispose();
}

/** An engine that holds `initial`. */
export function createResidentEngine(
  initial: PlainState,
  { runtime, device, sessions, copyFromDevice }: ResidentEngineParts,
): Engine {
  const toOrt = ({ dims, type, data }: PlainTensor) =>
    new runtime.Tensor(type, data as Float32Array, [...dims]);
  const state = new Map(Object.entries(initial).map(([name, plain]) => [name, toOrt(plain)]));
  const replace = (name: string, tensor: Tensor) => {
    release(state.get(name));
    state.set(name, tensor);
  };

  return {
    name: "onnx",
    device,
    async run(program, batch, hyper = {}) {
      const session = await sessions.of(program);
      const feeds: Record<string, Tensor> = {};
      for (const name of program.reads) feeds[STATE + name] = state.get(name)!;
      for (const [name, plain] of Object.entries(batch)) feeds[BATCH + name] = toOrt(plain);
      for (const name of program.hyper)
        feeds[HYPER + name] = new runtime.Tensor("float32", Float32Array.of(hyper[name]!), []);
      // The tracer drops inputs that nothing reads.
      const results = await session
        .run(Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]!])))
        .catch((cause) => {
          throw isAllocationFailure(cause) ? allocationFailed(program.name, cause) : cause;
        });
      const outputs: Record<string, PlainTensor> = {};
      for (const [name, tensor] of Object.entries(results))
        if (name.startsWith(NEXT)) replace(name.slice(NEXT.length), tensor);
        else outputs[name.slice(OUTPUT.length)] = toPlain(tensor);
      return outputs;
    },
    async load(entries, drop = []) {
      for (const name of drop) {
        release(state.get(name));
        state.delete(name);
      }
      for (const [name, plain] of Object.entries(entries)) replace(name, toOrt(plain));
    },
    async state() {
      const far = await copyFromDevice(Object.fromEntries([...state].filter(([, t]) => isOnDevice(t))));
      return Object.fromEntries([...state].map(([name, t]) => [name, far[name] ?? toPlain(t)]));
    },
    async dispose() {
      for (const tensor of state.values()) release(tensor);
      state.clear();
      await sessions.dispose();
    },
  };
}
