/** The Frechet distance between two Gaussians, FID when they are fitted to features of pictures. */

import { ArgumentError, expected } from "@mmgan/core";
import { largestEigenvectors } from "../neighbours/eigen.js";

/** Mean and covariance of a set of vectors. */
export interface Moments {
  readonly dim: number;
  /** [dim] */
  readonly mean: Float64Array;
  /** [dim, dim], divided by count - 1, as is usual for FID. */
  readonly covariance: Float64Array;
}

/**
 * @param rows - [count, dim], finite
 * @throws ArgumentError for fewer than 2 rows
 */
export function momentsOf(rows: Float32Array, count: number, dim: number): Moments {
  if (count < 2) throw new ArgumentError(expected("at least 2 rows", "moments", count));
  const mean = new Float64Array(dim);
  for (let i = 0; i < count * dim; i++) mean[i % dim]! += rows[i]! / count;
  const covariance = new Float64Array(dim * dim);
  const centred = new Float64Array(dim);
  for (let row = 0; row < count; row++) {
    for (let j = 0; j < dim; j++) centred[j] = rows[row * dim + j]! - mean[j]!;
    for (let j = 0; j < dim; j++)
      for (let l = 0; l <= j; l++) covariance[j * dim + l]! += centred[j]! * centred[l]!;
  }
  for (let j = 0; j < dim; j++)
    for (let l = 0; l <= j; l++)
      covariance[j * dim + l] = covariance[l * dim + j] = covariance[j * dim + l]! / (count - 1);
  return { dim, mean, covariance };
}

/**
 * |m_a - m_b|^2 + tr(C_a) + tr(C_b) - 2 tr((C_a^1/2 C_b C_a^1/2)^1/2), squared distance (Dowson & Landau 1982; Heusel et
 * al. 2017). Both roots are of symmetric matrices, by eigenvalues; those that rounding puts below 0 count as 0.
 */
export function frechetDistance(a: Moments, b: Moments): number {
  const n = a.dim;
  let squares = 0;
  let traces = 0;
  for (let i = 0; i < n; i++) {
    squares += (a.mean[i]! - b.mean[i]!) ** 2;
    traces += a.covariance[i * n + i]! + b.covariance[i * n + i]!;
  }
  const root = squareRoot(a.covariance, n);
  const product = multiply(multiply(root, b.covariance, n), root, n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++)
      product[i * n + j] = product[j * n + i] = (product[i * n + j]! + product[j * n + i]!) / 2;
  const { values } = largestEigenvectors(product, n);
  const shared = values.reduce((sum, value) => sum + Math.sqrt(Math.max(value, 0)), 0);
  return Math.max(0, squares + traces - 2 * shared);
}

/** The symmetric root of a positive semi-definite matrix. */
function squareRoot(matrix: Float64Array, n: number): Float64Array {
  const { values, vectors } = largestEigenvectors(matrix, n);
  const out = new Float64Array(n * n);
  for (let v = 0; v < n; v++) {
    const scale = Math.sqrt(Math.max(values[v]!, 0));
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) out[i * n + j]! += scale * vectors[v * n + i]! * vectors[v * n + j]!;
  }
  return out;
}

function multiply(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let l = 0; l < n; l++) {
      const factor = a[i * n + l]!;
      for (let j = 0; j < n; j++) out[i * n + j]! += factor * b[l * n + j]!;
    }
  return out;
}
