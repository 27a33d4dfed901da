/** The tests of tfjs-core that "onnx-eager" is not to pass, each with its reason. */

export interface Exclusion {
  readonly reason: string;
  /** Full names of tests; a name that ends in * stands for all that begin with it. */
  readonly tests: readonly string[];
}

/** Tests that fail while string or complex64 tensors are about are excluded by that rule and need no line here. */
export const EXCLUSIONS: readonly Exclusion[] = [];
