/** The nets as they ship: averaged weights, batch norms folded into the layer before them. */

import type { PlainTensor } from "@mmgan/core";
import type { TrainConfig } from "../config.js";
import { NORM_EPSILON } from "./layers.js";
import { type PlainState, parameterSpecs } from "./parameters.js";
import { type NetPlan, netPlan } from "./plan.js";

const values = (state: PlainState, name: string): Float32Array => state[name]!.data as Float32Array;

/** Weights of E, G and the mixture under their own names, from the moving averages where the config keeps them. */
export function averagedWeights(config: TrainConfig, state: PlainState): PlainState {
  const prefix = config.ema > 0 ? "ema/" : "";
  const specs = parameterSpecs(netPlan(config)).filter(({ part }) => part !== "critic");
  return Object.fromEntries(specs.map(({ name }) => [name, state[prefix + name]!]));
}

/**
 * y = scale (w x - mean) / sqrt(variance + eps) + offset as one layer: w' = w f, b' = offset - mean f with
 * f = scale / sqrt(variance + eps) per output channel.
 *
 * @param axis - the kernel's axis of output channels: last for convolutions and dense layers, 2 for transposed ones
 */
function fold(state: PlainState, kernelName: string, normName: string, axis: number) {
  const kernel = state[kernelName]!;
  const [scale, offset, mean, variance] = ["scale", "offset", "mean", "variance"].map((what) =>
    values(state, `${normName}/${what}`),
  ) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const factor = scale.map((s, c) => s / Math.sqrt(variance[c]! + NORM_EPSILON));
  const inner = kernel.dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  const outputs = kernel.dims[axis]!;
  // A dense layer that feeds a map has one channel to each of its last `channels` outputs, again and again.
  const channel = (i: number) => (Math.floor(i / inner) % outputs) % factor.length;
  const folded: PlainTensor = {
    ...kernel,
    data: (kernel.data as Float32Array).map((w, i) => w * factor[channel(i)]!),
  };
  const bias = Float32Array.from({ length: outputs }, (_, i) => {
    const c = i % factor.length;
    return offset[c]! - mean[c]! * factor[c]!;
  });
  return { kernel: folded, bias: { dims: [outputs], type: "float32", data: bias } satisfies PlainTensor };
}

/** The plan without batch norms and the weights it takes, equal in value to the trained nets with running statistics. */
export function inferenceNets(
  config: TrainConfig,
  state: PlainState,
): { plan: NetPlan; weights: PlainState } {
  const trained = netPlan(config);
  const weights = averagedWeights(config, state);
  const plan: NetPlan = { ...trained, batchNorm: false };
  if (!trained.batchNorm) return { plan, weights };
  const folded: PlainState = { ...weights };
  const names = Object.keys(weights).filter((name) => /\/norm\d+\/scale$/.test(name));
  for (const scale of names) {
    const norm = scale.slice(0, -"/scale".length);
    const layer = layerOf(norm, weights);
    const deconvolution = layer.startsWith("generator/conv");
    const axis = weights[`${layer}/kernel`]!.dims.length - (deconvolution ? 2 : 1);
    const { kernel, bias } = fold(weights, `${layer}/kernel`, norm, axis);
    folded[`${layer}/kernel`] = kernel;
    folded[`${layer}/bias`] = bias;
    for (const what of ["scale", "offset", "mean", "variance"]) delete folded[`${norm}/${what}`];
  }
  return { plan, weights: folded };
}

/** The layer a norm stands behind: E's i-th; G's first dense layer, then its convolutions (or its dense layers for points). */
function layerOf(norm: string, weights: PlainState): string {
  const [part, name] = norm.split("/") as [string, string];
  const i = Number(name.slice("norm".length));
  const candidates =
    part === "generator" && `generator/dense/kernel` in weights
      ? [i === 0 ? "generator/dense" : `generator/conv${i - 1}`]
      : [`${part}/conv${i}`, `${part}/dense${i}`];
  return candidates.find((layer) => `${layer}/kernel` in weights)!;
}
