/** Which layers a net has for a given input: kernel sizes, strides and sizes from the outside in. */

import type { InputShape, Net, Settings } from "../config.js";

export interface ConvLayer {
  /** Side of the square kernel, pixels. */
  kernel: number;
  stride: 1 | 2;
  /** Side of the map on the outer (picture) side and on the inner side. */
  outer: number;
  inner: number;
  /** Channels on the outer and on the inner side. */
  outerChannels: number;
  innerChannels: number;
}

/** Strides from the picture inwards: three layers (the paper's number), more above 32 pixels, to a map near 4x4. */
function stridesFor(size: number): (1 | 2)[] {
  const halvings = Math.max(2, Math.round(Math.log2(size / 4)));
  const strides: (1 | 2)[] = Array(Math.max(0, 3 - halvings)).fill(1);
  while (strides.length < Math.max(3, halvings)) strides.push(2);
  return strides;
}

/** Convolutions from the picture inwards: 4x4 kernels with stride 2, 3x3 with stride 1. */
function layers(size: number, channels: number, filters: number, strides: readonly (1 | 2)[]): ConvLayer[] {
  let outer = size;
  let outerChannels = channels;
  return strides.map((stride, i) => {
    const innerChannels = filters * 2 ** Math.min(i, 3);
    const layer = {
      kernel: stride === 1 ? 3 : 4,
      stride,
      outer,
      inner: Math.ceil(outer / stride),
      outerChannels,
      innerChannels,
    };
    outer = layer.inner;
    outerChannels = innerChannels;
    return layer;
  });
}

/**
 * The convolutions of E and D (`inward`) and those that G runs through backwards (`outward`), both from the picture
 * inwards. With `light` they are the same. With `heavy` the innermost kernel of E and D is 3x3, and G's innermost
 * halving is replaced by a layer of stride 1 at the picture.
 */
export function convPlan(
  size: number,
  channels: number,
  filters: number,
  net: Net = "light",
): { inward: ConvLayer[]; outward: ConvLayer[] } {
  const strides = stridesFor(size);
  const inward = layers(size, channels, filters, strides);
  if (net === "light") return { inward, outward: inward };
  const deepest = inward.at(-1)!;
  return {
    inward: [...inward.slice(0, -1), { ...deepest, kernel: 3 }],
    outward: layers(size, channels, filters, [1, ...strides.slice(0, -1)]),
  };
}

/** What every net is built from. */
export interface NetPlan {
  input: InputShape;
  /** Of E and D, from the picture inwards. */
  convs: ConvLayer[];
  /** Of G, which runs through them backwards; from the picture inwards too. */
  deconvs: ConvLayer[];
  /** Width of each of the two dense layers of the nets for points. */
  width: number;
  /** Length of the penultimate layer of E and D. */
  features: number;
  /** Length of G's first layer: its innermost map, flat. */
  seedSize: number;
  clusters: number;
  latentDim: number;
  batchNorm: boolean;
}

/** The nets of a config; depends only on the fields named. */
export function netPlan(
  config: Pick<Settings, "filters" | "latentDim" | "batchNorm" | "net"> & {
    input: InputShape;
    clusters: number;
  },
): NetPlan {
  const { input, filters, latentDim, clusters, batchNorm, net } = config;
  const { inward: convs, outward: deconvs } =
    input.kind === "image"
      ? convPlan(input.height, input.channels, filters, net)
      : { inward: [], outward: [] };
  const mapSize = (last: ConvLayer | undefined) => (last ? last.inner ** 2 * last.innerChannels : filters);
  return {
    input,
    convs,
    deconvs,
    width: filters,
    features: mapSize(convs.at(-1)),
    seedSize: mapSize(deconvs.at(-1)),
    clusters,
    latentDim,
    batchNorm,
  };
}
