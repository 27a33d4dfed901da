/** The graphs of a bundle, traced from a state. */

import { type InputSpec, type TraceOptions, traceToOnnx } from "@mmgan/export";
import * as tf from "@tensorflow/tfjs";
import type { InputShape, TrainConfig } from "../config.js";
import { modelOf } from "../models/index.js";
import type { Tensors } from "../nets/layers.js";
import type { PlainState } from "../nets/parameters.js";
import { withTensors } from "../nets/with-tensors.js";
import { VERSION } from "../version.js";

/** Operators of this opset and older only, so that old runtimes load the graphs. */
export const BUNDLE_OPSET = 17;

export interface BundleGraphs {
  encoder: Uint8Array;
  generator: Uint8Array;
  mixture: Uint8Array;
}

const dataSpec = (input: InputShape): Record<string, InputSpec> =>
  input.kind === "image"
    ? { images: { dims: ["batch", input.height, input.width, input.channels], type: "uint8" } }
    : { points: { dims: ["batch", input.dim], type: "float32" } };

/** encoder.onnx, generator.onnx and mixture.onnx of a state. */
export function traceBundleGraphs(config: TrainConfig, state: PlainState): BundleGraphs {
  tf.enableProdMode(); // silences tfjs's advice to install tfjs-node
  const model = modelOf(config).bundle(config, state);
  const metadata = {
    kind: config.model,
    clusters: String(config.clusters),
    latentDim: String(model.latentDim),
    tool: `mmgan ${VERSION}`,
  };
  const trace = (
    name: string,
    f: (weights: Tensors, inputs: Tensors) => Tensors,
    inputs: Record<string, InputSpec>,
    outputTypes: TraceOptions["outputTypes"] = {},
  ) =>
    withTensors(model.weights, (weights) => {
      const options = { name, opset: BUNDLE_OPSET, metadata, outputTypes };
      return traceToOnnx((tensors) => f(weights, tensors), inputs, options).onnx;
    });
  const latentDims: InputSpec["dims"] = ["batch", model.latentDim];
  return {
    encoder: trace("encoder", model.encoder, dataSpec(config.input), { cluster: "int64" }),
    generator: trace(
      "generator",
      model.generator,
      { latent: { dims: latentDims, type: "float32" } },
      config.input.kind === "image" ? { images: "uint8" } : {},
    ),
    mixture: trace("mixture", model.mixture, {
      cluster: { dims: ["batch"], type: "int64" },
      noise: { dims: latentDims, type: "float32" },
    }),
  };
}
