/** What an engine runs: a pure function of named tensors, with the shapes it needs to know beforehand. */

import type { ElementType } from "@mmgan/core";
import type { Tensors } from "../nets/layers.js";

export interface TensorSpec {
  dims: number[];
  type: ElementType;
}

/**
 * state' = run(state, batch, hyper). An engine hands in the entries named, and replaces those that come back.
 * `state` must not be changed in place; nothing else may be read; no random numbers.
 */
export interface Program {
  name: string;
  /** Entries of the state it reads. */
  reads: string[];
  /** Data of this step: pictures, noise, labels. */
  batch: Record<string, TensorSpec>;
  /** Scalars that change from step to step. */
  hyper: string[];
  run(state: Tensors, batch: Tensors, hyper: Tensors): { state: Tensors; outputs: Tensors };
}
