/** What every kind of model is made into before it is traced: named inputs and a function of tensors. */

import type * as tf from "@tensorflow/tfjs";

/** An input as the model states it. */
export interface ModelInput {
  readonly name: string;
  /** null: the model takes any size there. */
  readonly dims: readonly (number | null)[];
  readonly dtype: "float32" | "int32" | "bool";
  /** Integers a check may feed: 0 to this minus 1 (an embedding's rows). Default: real numbers, or 0 and 1. */
  readonly below?: number;
}

/** Hands on each tensor of interest as the model makes it, in its order. */
export type Collect = (name: string, tensor: tf.Tensor) => void;

export interface Convertible {
  /** For metadata: "layers-model", "graph-model" or "function". */
  readonly format: string;
  readonly name: string;
  readonly inputs: readonly ModelInput[];
  /** Runs the model on whatever backend is active. */
  run(inputs: Readonly<Record<string, tf.Tensor>>, collect?: Collect): Record<string, tf.Tensor>;
  /**
   * The same by tfjs's own executor, where that must wait for values (loops, branches) and `run` goes another way; the
   * yardstick of a check. The caller disposes of the results.
   */
  runAsync?(inputs: Readonly<Record<string, tf.Tensor>>): Promise<Record<string, tf.Tensor>>;
  /** Frees what loading made; a model that the caller made stays. */
  dispose(): void;
}
