/** The onnx engine: programs traced once, run by ONNX Runtime. */

import type { ElementType, PlainTensor } from "@mmgan/core";
import { type InputSpec, type TraceOptions, traceToOnnx } from "@mmgan/export";
import * as ort from "onnxruntime-node";
import type { Program } from "../models/program.js";
import type { Tensors } from "../nets/layers.js";
import type { PlainState } from "../nets/parameters.js";
import type { Engine, EngineOptions } from "./engine.js";
import { probeBlock } from "./probe-block.js";

/** Graph names: "state/<name>", "batch/<name>" and "hyper/<name>" in, "next/<name>" and "output/<name>" out. */
const STATE = "state/";
const NEXT = "next/";
const BATCH = "batch/";
const HYPER = "hyper/";
const OUTPUT = "output/";
/** Training graphs run here and now: they may use what bundles may not. */
const TRAINING_OPSET = 18;

const toOrt = ({ dims, type, data }: PlainTensor) => new ort.Tensor(type, data as Float32Array, [...dims]);
const toPlain = (tensor: ort.Tensor): PlainTensor => ({
  dims: tensor.dims,
  type: tensor.type as ElementType,
  data: (tensor.data as Float32Array).slice(),
});

const prefixed = (prefix: string, record: Tensors): Tensors =>
  Object.fromEntries(Object.entries(record).map(([name, t]) => [prefix + name, t]));
const stripped = (prefix: string, record: Tensors): Tensors =>
  Object.fromEntries(
    Object.entries(record)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, t]) => [name.slice(prefix.length), t]),
  );

/** How a training graph is written for a runtime. */
export type Lowering = Pick<TraceOptions, "runtime" | "choose">;

/** A program as ONNX bytes. */
export function traceProgram(program: Program, state: PlainState, lowering: Lowering = {}): Uint8Array {
  const inputs: Record<string, InputSpec> = {};
  for (const name of program.reads) {
    const { dims, type } = state[name]!;
    inputs[STATE + name] = { dims: [...dims], type };
  }
  for (const [name, spec] of Object.entries(program.batch)) inputs[BATCH + name] = spec;
  for (const name of program.hyper) inputs[HYPER + name] = { dims: [], type: "float32" };
  const { onnx } = traceToOnnx(
    (tensors) => {
      const { state: next, outputs } = program.run(
        stripped(STATE, tensors),
        stripped(BATCH, tensors),
        stripped(HYPER, tensors),
      );
      return { ...prefixed(NEXT, next), ...prefixed(OUTPUT, outputs) };
    },
    inputs,
    { name: program.name, training: true, opset: TRAINING_OPSET, ...lowering },
  );
  return onnx;
}

export async function createOnnxEngine(initial: PlainState, { threads = 0 }: EngineOptions): Promise<Engine> {
  const state = new Map(Object.entries(initial).map(([name, plain]) => [name, toOrt(plain)]));
  const sessions = new Map<string, Promise<ort.InferenceSession>>();
  const runtime = { block: await probeBlock() };
  const sessionOf = (program: Program) => {
    let session = sessions.get(program.name);
    if (!session) {
      session = ort.InferenceSession.create(traceProgram(program, initial, { runtime }), {
        executionProviders: ["cpu"],
        intraOpNumThreads: threads,
        logSeverityLevel: 3,
        // Adam's second moments decay into denormals, which are slow to compute with.
        extra: { session: { set_denormal_as_zero: "1" } },
      });
      sessions.set(program.name, session);
    }
    return session;
  };

  return {
    name: "onnx",
    async run(program, batch, hyper = {}) {
      const session = await sessionOf(program);
      const feeds: Record<string, ort.Tensor> = {};
      for (const name of program.reads) feeds[STATE + name] = state.get(name)!;
      for (const [name, plain] of Object.entries(batch)) feeds[BATCH + name] = toOrt(plain);
      for (const name of program.hyper)
        feeds[HYPER + name] = new ort.Tensor("float32", Float32Array.of(hyper[name]!), []);
      // The tracer drops inputs that nothing reads.
      const results = await session.run(
        Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]!])),
      );
      const outputs: Record<string, PlainTensor> = {};
      for (const [name, tensor] of Object.entries(results))
        if (name.startsWith(NEXT)) state.set(name.slice(NEXT.length), tensor);
        else outputs[name.slice(OUTPUT.length)] = toPlain(tensor);
      return outputs;
    },
    async load(entries, drop = []) {
      for (const name of drop) state.delete(name);
      for (const [name, plain] of Object.entries(entries)) state.set(name, toOrt(plain));
    },
    async state() {
      return Object.fromEntries([...state].map(([name, tensor]) => [name, toPlain(tensor)]));
    },
    async dispose() {
      for (const session of sessions.values()) await (await session).release();
      sessions.clear();
      state.clear();
    },
  };
}
