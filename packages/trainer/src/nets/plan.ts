/** Which layers a net has for a given input: kernel sizes, strides and sizes from the outside in. */

import type { InputShape, Settings } from "../config.js";

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

/**
 * Convolutions of E and D from the picture inwards; G runs through them backwards. Three layers (the paper's number),
 * more above 32 pixels so that the innermost map stays near 4x4. 4x4 kernels with stride 2; where three halvings would
 * leave less than 2 pixels, the outermost layer is 3x3 with stride 1.
 */
export function convPlan(size: number, channels: number, filters: number): ConvLayer[] {
  const halvings = Math.max(2, Math.round(Math.log2(size / 4)));
  const strides: (1 | 2)[] = Array(Math.max(0, 3 - halvings)).fill(1);
  while (strides.length < Math.max(3, halvings)) strides.push(2);
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

/** What every net is built from. */
export interface NetPlan {
  input: InputShape;
  convs: ConvLayer[];
  /** Width of each of the two dense layers of the nets for points. */
  width: number;
  /** Length of the penultimate layer of E and D. */
  features: number;
  clusters: number;
  latentDim: number;
  batchNorm: boolean;
}

/** The nets of a config; depends only on the fields named. */
export function netPlan(
  config: Pick<Settings, "filters" | "latentDim" | "batchNorm"> & { input: InputShape; clusters: number },
): NetPlan {
  const { input, filters, latentDim, clusters, batchNorm } = config;
  const convs = input.kind === "image" ? convPlan(input.height, input.channels, filters) : [];
  const last = convs.at(-1);
  const features = last ? last.inner ** 2 * last.innerChannels : filters;
  return { input, convs, width: filters, features, clusters, latentDim, batchNorm };
}
