/** The onnx engine: programs traced once, run by ONNX Runtime, the state left where the device keeps it. */

import { type ElementType, type PlainTensor, resolveDevice } from "@mmgan/core";
import * as ort from "onnxruntime-node";
import type { PlainState } from "../nets/parameters.js";
import { defaultThreads } from "./default-threads.js";
import { copyFromDevice } from "./device-copy.js";
import { trainingDevices } from "./devices.js";
import type { Engine, EngineOptions } from "./engine.js";
import { BATCH, HYPER, NEXT, OUTPUT, STATE } from "./graph-names.js";
import { allocationFailed, isAllocationFailure } from "./memory.js";
import { Sessions } from "./sessions.js";

const toOrt = ({ dims, type, data }: PlainTensor) => new ort.Tensor(type, data as Float32Array, [...dims]);

const toPlain = (tensor: ort.Tensor): PlainTensor => ({
  dims: tensor.dims,
  type: tensor.type as ElementType,
  data: (tensor.data as Float32Array).slice(),
});

const isOnDevice = (tensor: ort.Tensor) => tensor.location === "gpu-buffer";

/** Frees what lies on a device; memory of the CPU is collected. */
function release(tensor: ort.Tensor | undefined): void {
  if (tensor && isOnDevice(tensor)) tensor.dispose();
}

/** @throws DeviceError for a device that is not usable here */
export async function createOnnxEngine(initial: PlainState, options: EngineOptions): Promise<Engine> {
  const device = resolveDevice(options.device);
  await trainingDevices.mustBeUsable(device);
  const state = new Map(Object.entries(initial).map(([name, plain]) => [name, toOrt(plain)]));
  const sessions = new Sessions(initial, {
    device,
    threads: options.threads || defaultThreads(),
    fallback: options.fallback ?? "none",
    profile: options.profile,
    tune: options.tune,
    without: options.without,
  });
  const replace = (name: string, tensor: ort.Tensor) => {
    release(state.get(name));
    state.set(name, tensor);
  };

  return {
    name: "onnx",
    device,
    async run(program, batch, hyper = {}) {
      const session = await sessions.of(program);
      const feeds: Record<string, ort.Tensor> = {};
      for (const name of program.reads) feeds[STATE + name] = state.get(name)!;
      for (const [name, plain] of Object.entries(batch)) feeds[BATCH + name] = toOrt(plain);
      for (const name of program.hyper)
        feeds[HYPER + name] = new ort.Tensor("float32", Float32Array.of(hyper[name]!), []);
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
