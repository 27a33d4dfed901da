/** The tensorflow engine: programs run eagerly by TensorFlow's C library, through tfjs-node-gpu or tfjs-node. */

import type { PlainState } from "../nets/parameters.js";
import { loadTensorflow } from "../tensorflow/load.js";
import { createEagerEngine } from "./eager-engine.js";
import type { Engine, EngineOptions } from "./engine.js";

/**
 * @param options - `threads` holds for the first engine of a process: TensorFlow makes its threads once
 * @throws EngineError when neither package is installed, its addon is missing or does not load
 */
export async function createTensorflowEngine(
  initial: PlainState,
  options: EngineOptions = {},
): Promise<Engine> {
  await loadTensorflow(options);
  return createEagerEngine("tensorflow", "tensorflow", initial);
}
