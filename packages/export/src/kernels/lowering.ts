/** What a lowering is: a tfjs kernel call in, graph values out. */

import type { Value } from "../graph.js";
import type { Ops } from "../ops.js";

export interface KernelCall<Attrs = unknown> {
  readonly ops: Ops;
  /** By the kernel's own names; kernels that take a list name them "0", "1", ... */
  readonly inputs: Readonly<Record<string, Value>>;
  readonly attrs: Attrs;
}

/** Writes one kernel call as nodes. Values handed back are float32, int32 or bool, in tfjs's layout. */
export type Lowering = (call: KernelCall) => Value | Value[];

/** Types the attributes of a lowering; tfjs guarantees them by kernel name. */
export function lowering<Attrs>(lower: (call: KernelCall<Attrs>) => Value | Value[]): Lowering {
  return lower as Lowering;
}
