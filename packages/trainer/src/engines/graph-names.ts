/** Names of a traced program's inputs and outputs: state/, batch/ and hyper/ go in, next/ and output/ come out. */

import type { Tensors } from "../nets/layers.js";

export const STATE = "state/";
export const NEXT = "next/";
export const BATCH = "batch/";
export const HYPER = "hyper/";
export const OUTPUT = "output/";

/** The same tensors under their graph names. */
export const prefixed = (prefix: string, record: Tensors): Tensors =>
  Object.fromEntries(Object.entries(record).map(([name, t]) => [prefix + name, t]));

/** Those of a prefix, without it. */
export const stripped = (prefix: string, record: Tensors): Tensors =>
  Object.fromEntries(
    Object.entries(record)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, t]) => [name.slice(prefix.length), t]),
  );
