/** Principal components by subspace iteration, without ever forming the covariance. */

import { ArgumentError, expected, Rng } from "@mmgan/core";
import * as tf from "@tensorflow/tfjs";
import { mustGoOn } from "../data/work.js";
import type { Compile, Compiled } from "./compiler.js";
import { largestEigenvectors, orthonormalise } from "./eigen.js";
import { columnMeans, mustBeFinite, type Rows, type RowWork, WHAT } from "./rows.js";

/** Rows multiplied at once. */
const BLOCK = 1024;
/** Directions followed beyond those wanted; the more, the faster the last wanted one settles. */
const EXTRA = 16;
/** Times the data is multiplied; the error of component i shrinks by lambda_(c + EXTRA + 1) / lambda_i each time. */
const PASSES = 10;

/** The directions of largest variance and the rows along them. */
export interface PrincipalComponents {
  /** min(components, dim). */
  readonly components: number;
  /** [components], variances along the directions (divided by count), descending. */
  readonly variances: Float64Array;
  /** [components, dim], of length 1 each. */
  readonly directions: Float64Array;
  /** [dim], subtracted from every row. */
  readonly means: Float32Array;
  /** [count, components], row-major: centred rows times directions. */
  readonly projected: Float32Array;
}

/**
 * The rows along their `components` directions of largest variance. Subspace iteration with a seeded start (Halko,
 * Martinsson & Tropp 2011, algorithm 4.4, and a Rayleigh-Ritz step): Q <- orth(X^T (X Q)) with centred X, products in
 * float32 summed over blocks in float64. Exact up to rounding when components + 16 >= dim. The sign of a direction is
 * such that its entry of largest magnitude is positive.
 *
 * @param compile - makes the runtime's products
 * @param components - an integer of at least 1
 * @throws ArgumentError for another number or rows that are not finite, InterruptedError when `signal` aborts
 */
export async function searchComponents(
  compile: Compile,
  rows: Rows,
  components: number,
  work: RowWork = {},
): Promise<PrincipalComponents> {
  if (!Number.isInteger(components) || components < 1)
    throw new ArgumentError(expected("an integer of at least 1", "components", components));
  mustBeFinite(rows);
  const { count, dim } = rows;
  const wanted = Math.min(components, dim);
  const followed = Math.min(wanted + EXTRA, dim);
  const passes = followed === dim ? 1 : PASSES;
  const blocks = new RowBlocks(compile, rows, work.threads);
  try {
    // Directions are kept as [followed, dim]: one after the other.
    let directions = Float64Array.from(new Rng({ seed: 0, stream: "pca" }).normal(followed * dim));
    orthonormalise(directions, followed, dim);
    let variances = new Float64Array(followed);
    for (let pass = 0; pass < passes; pass++) {
      const images = await blocks.covarianceTimes(directions, followed, work.signal);
      if (pass < passes - 1) {
        directions = images;
        orthonormalise(directions, followed, dim);
      } else ({ directions, variances } = rayleighRitz(directions, images, followed, dim));
      work.onProgress?.({ done: pass + 1, total: passes + 1 });
    }
    directions = directions.subarray(0, wanted * dim);
    fixSigns(directions, wanted, dim);
    const projected = await blocks.project(directions, wanted, work.signal);
    work.onProgress?.({ done: passes + 1, total: passes + 1 });
    return {
      components: wanted,
      variances: variances.slice(0, wanted),
      directions,
      means: blocks.means,
      projected: projected.subarray(0, count * wanted),
    };
  } finally {
    await blocks.release();
  }
}

/** Products with the centred rows, block by block. */
class RowBlocks {
  readonly #rows: Rows;
  /** [dim] */
  readonly means: Float32Array;
  readonly #threads: number | undefined;
  readonly #compiled = new Map<string, Compiled>();

  constructor(
    private readonly compile: Compile,
    rows: Rows,
    threads: number | undefined,
  ) {
    this.#rows = rows;
    this.means = Float32Array.from(columnMeans(rows));
    this.#threads = threads;
  }

  /** X^T X Q / count: [directions, dim] for Q of that shape. */
  async covarianceTimes(
    q: Float64Array,
    directions: number,
    signal?: AbortSignal,
  ): Promise<Float64Array<ArrayBuffer>> {
    const { count, dim } = this.#rows;
    const sums = new Float64Array(directions * dim);
    await this.#each("covariance", q, directions, signal, (part) => {
      for (let i = 0; i < sums.length; i++) sums[i]! += part[i]! / count;
    });
    return sums;
  }

  /** X Q^T: [count, directions]. */
  async project(q: Float64Array, directions: number, signal?: AbortSignal): Promise<Float32Array> {
    const out = new Float32Array(this.#rows.count * directions);
    await this.#each("projection", q, directions, signal, (part, start) => out.set(part, start * directions));
    return out;
  }

  async release(): Promise<void> {
    for (const compiled of this.#compiled.values()) await compiled.release();
  }

  async #each(
    what: "covariance" | "projection",
    q: Float64Array,
    directions: number,
    signal: AbortSignal | undefined,
    use: (part: Float32Array, start: number) => void,
  ): Promise<void> {
    const { count, dim, data } = this.#rows;
    const feed = Float32Array.from(q);
    for (let start = 0; start < count; start += BLOCK) {
      mustGoOn(signal, WHAT);
      const size = Math.min(BLOCK, count - start);
      const compiled = await this.#get(what, size, directions);
      const x = data.subarray(start * dim, (start + size) * dim);
      const { part } = await compiled.run({ x, q: feed, means: this.means });
      use(part!, start);
    }
  }

  async #get(what: "covariance" | "projection", size: number, directions: number): Promise<Compiled> {
    const key = `${what} ${size}`;
    let compiled = this.#compiled.get(key);
    if (!compiled) {
      const { dim, data } = this.#rows;
      const bytes = data instanceof Uint8Array;
      compiled = await this.compile(
        key,
        ({ x, q, means }) => {
          const numbers = bytes ? tf.sub(tf.div(tf.cast(x!, "float32"), 127.5), 1) : x!;
          const centred = tf.sub(numbers, means!) as tf.Tensor2D;
          const along = tf.matMul(centred, q as tf.Tensor2D, false, true);
          return { part: what === "projection" ? along : tf.matMul(along, centred, true, false) };
        },
        {
          x: { dims: [size, dim], type: bytes ? "uint8" : "float32" },
          q: { dims: [directions, dim], type: "float32" },
          means: { dims: [dim], type: "float32" },
        },
        this.#threads,
      );
      this.#compiled.set(key, compiled);
    }
    return compiled;
  }
}

/** Eigenvectors within the span of `basis` (orthonormal, [n, dim]), given its images under the covariance. */
function rayleighRitz(basis: Float64Array, images: Float64Array, n: number, dim: number) {
  const small = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let there = 0;
      let back = 0;
      for (let c = 0; c < dim; c++) {
        there += basis[i * dim + c]! * images[j * dim + c]!;
        back += basis[j * dim + c]! * images[i * dim + c]!;
      }
      small[i * n + j] = small[j * n + i] = (there + back) / 2;
    }
  const { values, vectors } = largestEigenvectors(small, n);
  const directions = new Float64Array(n * dim);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const weight = vectors[i * n + j]!;
      for (let c = 0; c < dim; c++) directions[i * dim + c]! += weight * basis[j * dim + c]!;
    }
  return { directions, variances: values };
}

/** Turns each direction so that its entry of largest magnitude is positive. */
function fixSigns(directions: Float64Array, n: number, dim: number): void {
  for (let i = 0; i < n; i++) {
    const direction = directions.subarray(i * dim, (i + 1) * dim);
    let largest = 0;
    for (const x of direction) if (Math.abs(x) > Math.abs(largest)) largest = x;
    if (largest < 0) for (let c = 0; c < dim; c++) direction[c] = -direction[c]!;
  }
}
