/** Reads tensors back from a device: onnxruntime-node leaves outputs there, but has no download of its own. */

import type { PlainTensor } from "@mmgan/core";
import { traceToOnnx } from "@mmgan/export";
import * as ort from "onnxruntime-node";
import { sessionOptions } from "./session-options.js";

const FROM = "from/";
const TO = "to/";

/**
 * Copies of tensors that lie on WebGPU: a graph of Identity nodes whose outputs are wanted on the CPU. (`getData()` of
 * such a tensor ends the process in onnxruntime-node 1.30.)
 *
 * @param tensors - float32, by name; they stay where they are
 */
export async function copyFromDevice(
  tensors: Readonly<Record<string, ort.Tensor>>,
): Promise<Record<string, PlainTensor>> {
  const entries = Object.entries(tensors);
  if (entries.length === 0) return {};
  const { onnx } = traceToOnnx(
    (inputs) => Object.fromEntries(entries.map(([name]) => [TO + name, inputs[FROM + name]!])),
    Object.fromEntries(entries.map(([name, { dims }]) => [FROM + name, { dims, type: "float32" as const }])),
    { name: "copy" },
  );
  const options = sessionOptions("webgpu", { threads: 1, fallback: "none", outputs: [] });
  const session = await ort.InferenceSession.create(onnx, options);
  try {
    const copies = await session.run(Object.fromEntries(entries.map(([name, t]) => [FROM + name, t])));
    return Object.fromEntries(
      entries.map(([name, { dims }]) => [
        name,
        { dims, type: "float32" as const, data: copies[TO + name]!.data as Float32Array },
      ]),
    );
  } finally {
    await session.release();
  }
}
