/** How far apart two engines' tensors are, on the scale of the tensor. */

import type { PlainTensor } from "@mmgan/core";

/** Adam's moments are sums over pixels that may cancel, so they are held to a tenth of the weights' accuracy. */
const slack = (name: string) => (name.startsWith("adam/") ? 10 : 1);

export interface TensorDifference {
  /** Largest |a - b| over the largest |b| of the tensor (1e-3 at least); Infinity for a NaN on one side alone. */
  relative: number;
  /** Where that is, row-major. */
  index: number;
  a: number;
  b: number;
}

/** @param name - entry of the state or output: of a moment, a tenth of the difference counts */
export function tensorDifference(name: string, a: PlainTensor, b: PlainTensor): TensorDifference {
  const [x, y] = [a.data as Float32Array, b.data as Float32Array];
  let scale = 1e-3;
  for (const v of y) if (Number.isFinite(v)) scale = Math.max(scale, Math.abs(v));
  const worst = { relative: 0, index: 0 };
  for (let i = 0; i < y.length; i++) {
    if (Object.is(x[i], y[i])) continue; // also NaN and infinities on both sides
    const error = Math.abs(x[i]! - y[i]!) / scale / slack(name);
    const relative = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
    if (relative > worst.relative) Object.assign(worst, { relative, index: i });
  }
  return { ...worst, a: x[worst.index]!, b: y[worst.index]! };
}
