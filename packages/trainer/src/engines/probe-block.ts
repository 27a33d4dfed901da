/** {@link blockOf} onnxruntime-node, probed once a process. */

import * as ort from "onnxruntime-node";
import { blockOf } from "./block-of.js";

let probed: Promise<number> | undefined;

export function probeBlock(): Promise<number> {
  probed ??= blockOf(ort);
  return probed;
}
