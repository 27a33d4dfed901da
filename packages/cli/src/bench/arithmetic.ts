/** How much a training step must compute: 2 operations for each multiplication and addition of its products. */

import type { ConvLayer, MmganConfig, NetPlan, Variant } from "@mmgan/trainer";

/**
 * One net run over some rows: how many of its layers' forward products, gradients of kernels and gradients of inputs
 * are computed. `input: "hidden"` leaves out the first layer's, whose input nobody asks about.
 */
interface Pass {
  net: "encoder" | "critic" | "generator";
  rows: number;
  forward?: boolean;
  kernels?: boolean;
  input?: "all" | "hidden";
}

/** Multiplications of a convolution for one picture; a transposed one has as many. Taps in the padding count. */
const convolution = ({ inner, kernel, outerChannels, innerChannels }: ConvLayer) =>
  inner ** 2 * kernel ** 2 * outerChannels * innerChannels;

/** Multiplications of each layer for one row, from the net's input on. */
export function layerProducts(plan: NetPlan, net: Pass["net"]): number[] {
  const { input, convs, deconvs, width, features, clusters, latentDim, seedSize } = plan;
  if (net === "generator")
    return input.kind === "point"
      ? [latentDim * width, width ** 2, width * input.dim]
      : [latentDim * seedSize, ...deconvs.toReversed().map(convolution)];
  const hidden = input.kind === "point" ? [input.dim * width, width ** 2] : convs.map(convolution);
  return [...hidden, features * (net === "encoder" ? clusters : 1)];
}

/** The passes of a step with shared forward passes, Algorithm 1 and the terms beside it. */
function passes(
  { batch, ganBatch: m, loss, pairing }: MmganConfig,
  { gan, information, r1 }: Variant,
): Pass[] {
  const real = information ? batch : m;
  // Without pairing by E(x_r) E sees real images through the information term alone.
  const learnsFromReal = information || (gan && (pairing === "soft" || pairing === "straight-through"));
  const all: Pass[] = [
    {
      ...{ net: "encoder", rows: real, forward: true },
      ...(learnsFromReal ? { kernels: true, input: "hidden" } : {}),
    },
  ];
  if (information) all.push({ net: "encoder", rows: batch, forward: true, kernels: true, input: "hidden" });
  if (gan) {
    const fakes = loss === "crasgan" ? 2 * m : m; // cRaSGAN scores the prior's fakes too
    all.push(
      { net: "generator", rows: 2 * m, forward: true, kernels: true, input: "all" },
      { net: "critic", rows: m + fakes, forward: true, kernels: true, input: "hidden" }, // D's loss
      { net: "critic", rows: fakes, input: "all" }, // the players' loss, down to the fakes
      { net: "encoder", rows: m, forward: true, kernels: true, input: "all" }, // the prior's fakes in E
    );
  }
  // The gradient by the picture, then its own gradient by the kernels: once more through the net, forwards.
  if (r1)
    all.push(
      { net: "critic", rows: m, input: "all" },
      { net: "critic", rows: m, forward: true, kernels: true },
    );
  return all;
}

/**
 * Floating-point operations of a step's convolutions and dense layers, of their gradients by kernel, and by input where
 * a layer below needs it. Everything else (norms, activations, losses, the mixture, Adam) is left out: below 1 %.
 */
export function stepArithmetic(plan: NetPlan, config: MmganConfig, variant: Variant): number {
  let products = 0;
  for (const { net, rows, forward, kernels, input } of passes(config, variant)) {
    const layers = layerProducts(plan, net);
    const all = layers.reduce((sum, value) => sum + value, 0);
    products += rows * ((forward ? all : 0) + (kernels ? all : 0));
    if (input) products += rows * (input === "all" ? all : all - layers[0]!);
  }
  return 2 * products;
}
