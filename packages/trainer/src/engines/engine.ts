/** What runs programs and holds the state. One interface for every engine; one contract test over all. */

import { EngineError, type PlainTensor, unknownName } from "@mmgan/core";
import type { Program } from "../models/program.js";
import type { PlainState } from "../nets/parameters.js";

export const ENGINES = ["onnx", "reference"] as const;
export type EngineName = (typeof ENGINES)[number];

export interface EngineOptions {
  /** Threads of one run. Default: 0, the engine's own choice. */
  threads?: number;
}

export interface Engine {
  readonly name: EngineName;
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
 * @throws UnknownNameError, EngineError when what it runs on does not load
 */
export async function createEngine(
  name: EngineName,
  state: PlainState,
  options: EngineOptions = {},
): Promise<Engine> {
  if (name === "reference") return (await import("./reference-engine.js")).createReferenceEngine(state);
  if (name !== "onnx") throw unknownName("engine", name, ENGINES);
  const { createOnnxEngine } = await import("./onnx-engine.js").catch((cause) => {
    throw new EngineError(
      `The onnx engine cannot start: ${(cause as Error).message}. Install onnxruntime-node for this platform, or pass --engine reference.`,
      { cause },
    );
  });
  return createOnnxEngine(state, options);
}
