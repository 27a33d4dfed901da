/** ONNX Runtime as trainings use it, whichever package it comes from. */

import type { InferenceSession, TensorConstructor } from "onnxruntime-node";

/** The module onnxruntime-node, or onnxruntime-web in a page. */
export interface OnnxRuntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: TensorConstructor;
}
