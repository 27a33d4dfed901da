/** A program as an ONNX graph. */

import { type InputSpec, type TracedGraph, type TraceOptions, traceToOnnx } from "@mmgan/export";
import type { Program } from "../models/program.js";
import type { PlainState } from "../nets/parameters.js";
import { BATCH, HYPER, NEXT, OUTPUT, prefixed, STATE, stripped } from "./graph-names.js";

/** Training graphs run here and now: they may use what bundles may not. */
export const TRAINING_OPSET = 18;

/** How a training graph is written for a runtime. */
export type Lowering = Pick<TraceOptions, "runtime" | "choose">;

/**
 * Traces a program.
 *
 * @param state - gives the shapes of the entries it reads
 * @returns the graph; inputs that nothing reads are left out
 */
export function traceProgram(program: Program, state: PlainState, lowering: Lowering = {}): TracedGraph {
  const inputs: Record<string, InputSpec> = {};
  for (const name of program.reads) {
    const { dims, type } = state[name]!;
    inputs[STATE + name] = { dims: [...dims], type };
  }
  for (const [name, spec] of Object.entries(program.batch)) inputs[BATCH + name] = spec;
  for (const name of program.hyper) inputs[HYPER + name] = { dims: [], type: "float32" };
  return traceToOnnx(
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
}
