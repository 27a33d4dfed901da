/** The reference engine: programs run eagerly on tfjs's own cpu backend. Slow, for small tests. */

import type { PlainState } from "../nets/parameters.js";
import { createEagerEngine } from "./eager-engine.js";
import type { Engine } from "./engine.js";

export function createReferenceEngine(initial: PlainState): Promise<Engine> {
  return createEagerEngine("reference", "cpu", initial);
}
