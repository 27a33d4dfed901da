/** How many channels a block of ONNX Runtime's convolution layout has on this processor. */

import { blockProbe } from "@mmgan/export";
import * as ort from "onnxruntime-node";

let probed: Promise<number> | undefined;

/** 8 (AVX2), 16 (AVX-512), or 0 where this runtime or processor has no such layout. Probed once a process. */
export function probeBlock(): Promise<number> {
  probed ??= probe().catch(() => 0);
  return probed;
}

async function probe(): Promise<number> {
  const { onnx, input, dims, read } = blockProbe();
  const session = await ort.InferenceSession.create(onnx, { logSeverityLevel: 4 });
  try {
    const { data, name } = input;
    const results = await session.run({ [name]: new ort.Tensor("float32", data, dims) });
    return read(results[session.outputNames[0]!]!.data as Float32Array);
  } finally {
    await session.release();
  }
}
