/** How many channels a block of a runtime's convolution layout has on this processor. */

import { blockProbe } from "@mmgan/export";
import type { OnnxRuntime } from "./onnx-runtime.js";

/** 8 (AVX2), 16 (AVX-512), or 0 where the runtime or processor has no such layout. */
export async function blockOf({ InferenceSession, Tensor }: OnnxRuntime): Promise<number> {
  const { onnx, input, dims, read } = blockProbe();
  try {
    const session = await InferenceSession.create(onnx, { logSeverityLevel: 4 });
    try {
      const results = await session.run({ [input.name]: new Tensor("float32", input.data, dims) });
      return read(results[session.outputNames[0]!]!.data as Float32Array);
    } finally {
      await session.release();
    }
  } catch {
    return 0;
  }
}
