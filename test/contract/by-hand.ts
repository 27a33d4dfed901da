/** The tiny bundle's answers worked out in float64, and the pictures they are worked out for. */

import { type ImageBatch, Rng } from "@mmgan/core";
import { expect } from "vitest";
import {
  FEATURES,
  LATENT_DIM,
  type TinyBundle,
} from "../../packages/runtime-node/src/testing/tiny-bundle.js";
import { largestDifference } from "./largest-difference.js";

/** The same pictures for every runtime; a batch of n begins the batch of n + 1. */
export function noisePictures(count: number): ImageBatch {
  const data = Uint8Array.from(new Rng({ seed: 4, stream: "test pictures" }).integers(count * 16, 256));
  return { count, height: 4, width: 4, channels: 1, data };
}

/** The encoder of tiny-bundle.ts in float64, for inputs [count, size]. */
export function clusterByHand({ weights, size, mixture }: TinyBundle, inputs: readonly number[]) {
  const k = mixture.clusters;
  const features = product(inputs, weights.A, size, FEATURES).map((value) => Math.max(value, 0));
  const logits = product(features, weights.W, FEATURES, k).map((value, at) => value + weights.b[at % k]!);
  const count = inputs.length / size;
  const rows = Array.from({ length: count }, (_, i) => logits.slice(i * k, (i + 1) * k));
  const probabilities = rows.flatMap((row) => {
    const exponentials = row.map((logit) => Math.exp(logit - Math.max(...row)));
    const sum = exponentials.reduce((a, b) => a + b, 0);
    return exponentials.map((value) => value / sum);
  });
  return { features, logits, probabilities, clusters: rows.map((row) => row.indexOf(Math.max(...row))) };
}

export function generatedRows({ weights, size }: TinyBundle, latents: Float32Array): number[] {
  return product([...latents], weights.G, LATENT_DIM, size);
}

/** Levels of the pictures before rounding. */
export function generateByHand(bundle: TinyBundle, latents: Float32Array): number[] {
  return generatedRows(bundle, latents).map((y) => Math.min(Math.max(127.5 + 127.5 * y, 0), 255));
}

/** Each pixel is the level rounded; next to a half, float32 may round it either way. */
export function mustBePixels(pixels: Uint8Array, levels: readonly number[]): void {
  expect(pixels.length).toBe(levels.length);
  expect(largestDifference(pixels, levels)).toBeLessThan(0.5 + 1e-3);
  // Not all black or all white.
  expect(new Set(pixels).size).toBeGreaterThan(3);
}

/** [count, inner] times [inner, outer] in float64. */
function product(left: readonly number[], right: Float32Array, inner: number, outer: number): number[] {
  return Array.from({ length: (left.length / inner) * outer }, (_, at) => {
    const [i, j] = [Math.floor(at / outer), at % outer];
    let sum = 0;
    for (let n = 0; n < inner; n++) sum += left[i * inner + n]! * right[n * outer + j]!;
    return sum;
  });
}
