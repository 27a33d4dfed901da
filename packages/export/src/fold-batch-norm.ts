/** Batch norm with running statistics as part of the layer in front of it. */

import { expected, ShapeError } from "@mmgan/core";

export interface BatchNormParameters {
  /** Output channels of the layer, the last axis of `kernel` (HWIO or [in, out]). All arrays have this length. */
  readonly gamma: Float32Array;
  readonly beta: Float32Array;
  readonly mean: Float32Array;
  /** Running variance, >= 0. */
  readonly variance: Float32Array;
  /** Added to the variance, > 0. */
  readonly epsilon: number;
}

/**
 * The kernel and bias of a layer that gives what the layer followed by batch norm gave:
 * y = gamma * (x w + b - mean) / sqrt(variance + epsilon) + beta = x (w s) + (b - mean) s + beta with
 * s = gamma / sqrt(variance + epsilon).
 *
 * Traced graphs need no call of it: a batch norm behind a layer with constant weights folds while tracing.
 *
 * @param kernel - weights with the output channels last, length a multiple of the channels
 * @param bias - one per output channel; undefined counts as 0
 * @throws ShapeError when lengths do not fit
 */
export function foldBatchNorm(
  kernel: Float32Array,
  bias: Float32Array | undefined,
  { gamma, beta, mean, variance, epsilon }: BatchNormParameters,
): { kernel: Float32Array; bias: Float32Array } {
  const channels = gamma.length;
  for (const [name, array] of Object.entries({ beta, mean, variance, bias }))
    if (array && array.length !== channels)
      throw new ShapeError(
        expected(`${channels} elements`, name, array.length, "Pass one element per output channel"),
      );
  if (channels === 0 || kernel.length % channels !== 0)
    throw new ShapeError(
      expected(`a multiple of ${channels} elements`, "kernel", kernel.length, "Keep output channels last"),
    );
  const scale = gamma.map((g, i) => g / Math.sqrt(variance[i]! + epsilon));
  return {
    kernel: kernel.map((w, i) => w * scale[i % channels]!),
    bias: beta.map((b, i) => b + ((bias?.[i] ?? 0) - mean[i]!) * scale[i]!),
  };
}
