/** Names, shapes and starting values of all weights: flat records, so that they cross every border. */

import { floorSigmas, hypercubeVertices, type PlainTensor, Rng } from "@mmgan/core";
import type { Init } from "../config.js";
import type { NetPlan } from "./plan.js";

export type Part = "encoder" | "generator" | "critic" | "mixture";
export const PARTS: readonly Part[] = ["encoder", "generator", "critic", "mixture"];

export interface ParameterSpec {
  /** "part/layer/what", e.g. "encoder/conv0/kernel". */
  name: string;
  part: Part;
  dims: number[];
  /** Standard deviation of the normal draw, half the width of a uniform one about 0, or the constant it starts with. */
  start: { std: number } | { uniform: number } | { value: number };
  /** false for running statistics. */
  trainable: boolean;
}

/** The layer's part of a parameter name, e.g. "encoder". */
export function partOf(name: string): Part {
  return name.slice(0, name.indexOf("/")) as Part;
}

const product = (dims: number[]) => dims.reduce((a, b) => a * b, 1);

/**
 * Starting deviation of a kernel. He et al. 2015 for the hidden layers of a net without norms (leaky slope .2 or 0
 * differ by 2 %). 1 / sqrt(3 fan-in) for last layers and for kernels before a batch norm: their size does not change
 * what the net computes, but a smaller kernel turns faster under steps of Adam's fixed length.
 */
export function weights(
  part: Part,
  layer: string,
  dims: number[],
  fanIn: number,
  small = false,
): ParameterSpec {
  const std = small ? Math.sqrt(1 / (3 * fanIn)) : Math.sqrt(2 / fanIn);
  return { name: `${part}/${layer}/kernel`, part, dims, start: { std }, trainable: true };
}

export function bias(part: Part, layer: string, size: number): ParameterSpec {
  return { name: `${part}/${layer}/bias`, part, dims: [size], start: { value: 0 }, trainable: true };
}

function norm(part: Part, layer: string, size: number): ParameterSpec[] {
  const spec = (what: string, value: number, trainable: boolean): ParameterSpec => ({
    name: `${part}/${layer}/${what}`,
    part,
    dims: [size],
    start: { value },
    trainable,
  });
  return [
    spec("scale", 1, true),
    spec("offset", 0, true),
    spec("mean", 0, false),
    spec("variance", 1, false),
  ];
}

/** MMGAN's D has none: R1 needs each picture's own gradient. */
const hasNorm = (part: "encoder" | "critic", plan: NetPlan) => part === "encoder" && plan.batchNorm;

/** E or D: convolutions inwards (or two dense layers for points), then one dense layer to `outputs`. */
export function inwardSpecs(
  part: "encoder" | "critic",
  plan: NetPlan,
  outputs: number,
  normed = hasNorm(part, plan),
): ParameterSpec[] {
  const specs: ParameterSpec[] = [];
  const hidden = (i: number, dims: number[], fanIn: number, kind: string) => {
    specs.push(weights(part, `${kind}${i}`, dims, fanIn, normed));
    specs.push(
      ...(normed ? norm(part, `norm${i}`, dims.at(-1)!) : [bias(part, `${kind}${i}`, dims.at(-1)!)]),
    );
  };
  plan.convs.forEach((c, i) => {
    hidden(
      i,
      [c.kernel, c.kernel, c.outerChannels, c.innerChannels],
      c.kernel ** 2 * c.outerChannels,
      "conv",
    );
  });
  if (plan.input.kind === "point")
    [plan.input.dim, plan.width].forEach((size, i) => {
      hidden(i, [size, plan.width], size, "dense");
    });
  specs.push(weights(part, "out", [plan.features, outputs], plan.features, true), bias(part, "out", outputs));
  return specs;
}

export function generatorSpecs(plan: NetPlan): ParameterSpec[] {
  const part = "generator";
  const specs: ParameterSpec[] = [];
  const after = (layer: string, index: number, size: number) =>
    plan.batchNorm ? norm(part, `norm${index}`, size) : [bias(part, layer, size)];
  if (plan.input.kind === "point") {
    [plan.latentDim, plan.width].forEach((size, i) => {
      specs.push(
        weights(part, `dense${i}`, [size, plan.width], size, plan.batchNorm),
        ...after(`dense${i}`, i, plan.width),
      );
    });
    specs.push(
      weights(part, "out", [plan.width, plan.input.dim], plan.width, true),
      bias(part, "out", plan.input.dim),
    );
    return specs;
  }
  const deepest = plan.deconvs.at(-1)!;
  specs.push(weights(part, "dense", [plan.latentDim, plan.seedSize], plan.latentDim, plan.batchNorm));
  specs.push(...after("dense", 0, plan.batchNorm ? deepest.innerChannels : plan.seedSize));
  plan.deconvs.toReversed().forEach((c, i) => {
    const last = i === plan.deconvs.length - 1;
    const layer = `conv${i}`;
    // A transposed convolution's kernel is [height, width, out, in]; each output pixel sees kernel^2 / stride^2 taps.
    const fanIn = (c.kernel / c.stride) ** 2 * c.innerChannels;
    specs.push(
      weights(
        part,
        layer,
        [c.kernel, c.kernel, c.outerChannels, c.innerChannels],
        fanIn,
        last || plan.batchNorm,
      ),
    );
    specs.push(...(last ? [bias(part, layer, c.outerChannels)] : after(layer, i + 1, c.outerChannels)));
  });
  return specs;
}

function mixtureSpecs(plan: NetPlan): ParameterSpec[] {
  const spec = (what: string, dims: number[]): ParameterSpec => ({
    name: `mixture/${what}`,
    part: "mixture",
    dims,
    start: { value: 0 }, // filled by initialState
    trainable: true,
  });
  return [spec("means", [plan.clusters, plan.latentDim]), spec("sigmas", [plan.clusters, 1])];
}

/** All weights and running statistics of MMGAN, in a fixed order. */
export function parameterSpecs(plan: NetPlan): ParameterSpec[] {
  return [
    ...inwardSpecs("encoder", plan, plan.clusters),
    ...generatorSpecs(plan),
    ...inwardSpecs("critic", plan, 1),
    ...mixtureSpecs(plan),
  ];
}

export type PlainState = Record<string, PlainTensor>;

/** Starting weights, drawn from (seed, "init/<name>"), for a later start of E from (seed, "init/<start>/<name>"). */
export function drawnParameters(specs: readonly ParameterSpec[], seed: number, attempt = 0): PlainState {
  const state: PlainState = {};
  for (const { name, dims, start } of specs) {
    const size = product(dims);
    const rng = () => new Rng({ seed, stream: attempt > 0 ? `init/${attempt}/${name}` : `init/${name}` });
    let data: Float32Array;
    if ("value" in start) data = new Float32Array(size).fill(start.value);
    else if ("std" in start)
      data = rng()
        .normal(size)
        .map((v) => v * start.std);
    else
      data = rng()
        .uniform(size)
        .map((v) => (2 * v - 1) * start.uniform);
    state[name] = { dims, type: "float32", data };
  }
  return state;
}

/** MMGAN's starting weights, as {@link drawnParameters}. Means as the paper's section "Cluster initialisation". */
export function initialParameters(
  plan: NetPlan,
  { seed, init, sigma, start = 0 }: { seed: number; init: Init; sigma: number; start?: number },
): PlainState {
  const state = drawnParameters(parameterSpecs(plan), seed, start);
  const { clusters: k, latentDim: d } = plan;
  const rng = new Rng({ seed, stream: "init/mixture/means" });
  const vertices = hypercubeVertices(init === "same" ? 1 : k, d, rng);
  const means = Float32Array.from({ length: k * d }, (_, i) => vertices[i % vertices.length]!);
  state["mixture/means"] = { dims: [k, d], type: "float32", data: means };
  const sigmas = floorSigmas(new Float32Array(k).fill(sigma));
  state["mixture/sigmas"] = { dims: [k, 1], type: "float32", data: sigmas };
  return state;
}
