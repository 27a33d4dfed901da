/** The machine's product rate: the best of a few shapes, square ones and those of the steps' own products. */

import type { ProductSizes } from "@mmgan/trainer";

/** Shapes tried: square, and rows of pixels times kernels as in im2col, with few and many columns. */
export const PRODUCT_SHAPES: readonly ProductSizes[] = [
  { m: 768, k: 768, n: 768 },
  { m: 1024, k: 1024, n: 1024 },
  { m: 2048, k: 512, n: 512 },
  { m: 4900, k: 512, n: 64 },
  { m: 4900, k: 2048, n: 128 },
  { m: 9800, k: 1024, n: 64 },
];

export const shapeName = ({ m, k, n }: ProductSizes): string => `${m}x${k}x${n}`;

/** GFLOP/s of a product that took `ms`. */
export const productRate = ({ m, k, n }: ProductSizes, ms: number): number => (2 * m * k * n) / ms / 1e6;
