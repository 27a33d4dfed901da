/** The exact k nearest neighbours of every row: blocks of products in float32, the last word in float64. */

import { ArgumentError, expected } from "@mmgan/core";
import * as tf from "@tensorflow/tfjs";
import { mustGoOn } from "../data/work.js";
import type { Compile } from "./compiler.js";
import { columnMeans, mustBeFinite, type RowWork, WHAT } from "./rows.js";

/** Rows whose neighbours are looked for at once, and rows they are compared with at once: 2 MiB of scores stay in cache. */
const QUERIES = 256;
const CHUNK = 2048;
/** Candidates of one query kept before their distances are computed exactly: this many more than `k`. */
const SPARE = 59;

/**
 * For each row the `k` others at the smallest Euclidean distance, nearest first; equal distances in order of index.
 *
 * |a - b|^2 = |a|^2 - 2 (a.b - |b|^2 / 2), so the neighbours of a have the largest scores a.b - |b|^2 / 2, which are
 * one matrix product when a gets a last column of 1 and b one of -|b|^2 / 2. Products are in float32 on rows centred
 * and scaled to norms of at most 1, where the error of a score is bounded; every row whose score comes within twice
 * that bound of the k-th best is compared again by its distance in float64. So the result is exact, and the same for
 * every number of threads.
 *
 * Selecting in JavaScript takes about half as long as the product. TopK in the same ONNX graph takes a quarter of that
 * for 5 and more than that for 16, but it hides how many rows tie with the last one.
 *
 * @param compile - makes the runtime's products
 * @param rows - [count, dim], row-major, finite
 * @param k - an integer from 0 to count - 1
 * @returns [count, k], row indices
 * @throws ArgumentError for another k or numbers that are not finite, InterruptedError when `signal` aborts
 */
export async function searchNearest(
  compile: Compile,
  rows: Float32Array,
  count: number,
  dim: number,
  k: number,
  work: RowWork = {},
): Promise<Int32Array> {
  if (!Number.isInteger(k) || k < 0 || k > Math.max(count - 1, 0))
    throw new ArgumentError(expected(`an integer from 0 to ${Math.max(count - 1, 0)}`, "k", k));
  const found = new Int32Array(count * k);
  if (found.length === 0) return found;

  mustBeFinite({ count, dim, data: rows });
  const { left, right } = operands(rows, count, dim);
  const width = dim + 1;
  const queries = Math.min(QUERIES, count);
  const chunk = Math.min(CHUNK, count);
  const product = await compile(
    "neighbour scores",
    ({ a, b }) => ({ scores: tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D, false, true) }),
    {
      a: { dims: [queries, width], type: "float32" },
      b: { dims: [chunk, width], type: "float32" },
    },
    work.threads,
  );
  try {
    const selection = new Selection(rows, dim, k, queries);
    const buffer = new Float32Array(queries * chunk);
    // The last blocks reach back so as to have the common size; rows they see again are skipped.
    for (let from = 0; from < count; from += queries) {
      const query = Math.min(from, count - queries);
      const a = left.subarray(query * width, (query + queries) * width);
      selection.begin(query);
      for (let seen = 0; seen < count; seen += chunk) {
        mustGoOn(work.signal, WHAT);
        const start = Math.min(seen, count - chunk);
        const b = right.subarray(start * width, (start + chunk) * width);
        const { scores } = await product.run({ a, b }, { scores: buffer });
        selection.see(scores!, start, chunk, seen - start);
      }
      selection.end(found);
      work.onProgress?.({ done: query + queries, total: count });
    }
  } finally {
    await product.release();
  }
  return found;
}

/** The factors of the scores: [count, dim + 1] each, centred and scaled to norms of at most 1. */
function operands(rows: Float32Array, count: number, dim: number) {
  const means = columnMeans({ count, dim, data: rows });
  let largest = 0;
  for (let row = 0; row < count; row++) {
    let squares = 0;
    for (let i = 0; i < dim; i++) squares += (rows[row * dim + i]! - means[i]!) ** 2;
    largest = Math.max(largest, squares);
  }
  const scale = largest > 0 ? 1 / Math.sqrt(largest) : 1;
  const width = dim + 1;
  const left = new Float32Array(count * width);
  const right = new Float32Array(count * width);
  for (let row = 0; row < count; row++) {
    let squares = 0;
    for (let i = 0; i < dim; i++) {
      const x = (rows[row * dim + i]! - means[i]!) * scale;
      left[row * width + i] = x;
      right[row * width + i] = x;
      squares += x * x;
    }
    left[row * width + dim] = 1;
    right[row * width + dim] = -squares / 2;
  }
  return { left, right };
}

/** The best rows so far of a block of queries. */
class Selection {
  readonly #rows: Float32Array;
  readonly #dim: number;
  readonly #k: number;
  readonly #queries: number;
  readonly #capacity: number;
  /** How far below the k-th best score a row can lie and still be nearer: twice the error of a score. */
  readonly #margin: number;
  /** [queries, k], the best scores, descending. */
  readonly #best: Float64Array;
  /** [queries], the least score worth a look. */
  readonly #threshold: Float64Array;
  /** [queries, capacity], rows that may be among the nearest. */
  readonly #candidates: Int32Array;
  readonly #filled: Int32Array;
  /** [capacity], of the query at hand. */
  readonly #distances: Float64Array;
  #first = 0;

  constructor(rows: Float32Array, dim: number, k: number, queries: number) {
    this.#rows = rows;
    this.#dim = dim;
    this.#k = k;
    this.#queries = queries;
    this.#capacity = k + SPARE;
    // A sum of n products errs by at most n u sum |a_i b_i| / (1 - n u), u = 2^-24 (Higham 2002, section 3.1), here at
    // most 1 + 1/2; rounding the factors adds some 3 u. Eight for dim + 1 products, their factors and the denominator.
    this.#margin = 2 * 1.5 * (dim + 8) * 2 ** -24;
    this.#best = new Float64Array(queries * k);
    this.#threshold = new Float64Array(queries);
    this.#candidates = new Int32Array(queries * this.#capacity);
    this.#filled = new Int32Array(queries);
    this.#distances = new Float64Array(this.#capacity);
  }

  /** Starts over, for the queries from row `first` on. */
  begin(first: number): void {
    this.#first = first;
    this.#best.fill(Number.NEGATIVE_INFINITY);
    this.#threshold.fill(Number.NEGATIVE_INFINITY);
    this.#filled.fill(0);
  }

  /** Looks at the scores, [queries, chunk], of rows start..start+chunk-1, the first `skip` of which were seen. */
  see(scores: Float32Array, start: number, chunk: number, skip: number): void {
    for (let query = 0; query < this.#queries; query++) {
      const end = (query + 1) * chunk;
      const toRow = start - query * chunk;
      let threshold = this.#threshold[query]!;
      let at = query * chunk + skip;
      // Most scores fall short: four at a time take half as long as one by one.
      for (; at + 4 <= end; at += 4) {
        const none =
          scores[at]! < threshold &&
          scores[at + 1]! < threshold &&
          scores[at + 2]! < threshold &&
          scores[at + 3]! < threshold;
        if (none) continue;
        for (let i = at; i < at + 4; i++)
          if (scores[i]! >= threshold) threshold = this.#take(query, i + toRow, scores[i]!, threshold);
      }
      for (; at < end; at++)
        if (scores[at]! >= threshold) threshold = this.#take(query, at + toRow, scores[at]!, threshold);
    }
  }

  /** Writes the neighbours of these queries into `found`, [count, k]. */
  end(found: Int32Array): void {
    for (let query = 0; query < this.#queries; query++) {
      this.#keepNearest(query);
      const from = query * this.#capacity;
      found.set(this.#candidates.subarray(from, from + this.#k), (this.#first + query) * this.#k);
    }
  }

  /** Notes a candidate; returns the threshold from here on. */
  #take(query: number, row: number, score: number, threshold: number): number {
    if (row === this.#first + query) return threshold;
    const k = this.#k;
    if (this.#filled[query] === this.#capacity) this.#keepNearest(query);
    this.#candidates[query * this.#capacity + this.#filled[query]!] = row;
    this.#filled[query]!++;
    const best = this.#best;
    const last = query * k + k - 1;
    if (!(score > best[last]!)) return threshold;
    let at = last;
    for (; at > query * k && best[at - 1]! < score; at--) best[at] = best[at - 1]!;
    best[at] = score;
    this.#threshold[query] = best[last]! - this.#margin;
    return this.#threshold[query]!;
  }

  /** Sorts the candidates of a query by distance, then index, and keeps `k`. */
  #keepNearest(query: number): void {
    const dim = this.#dim;
    const rows = this.#rows;
    const from = query * this.#capacity;
    const filled = this.#filled[query]!;
    const candidates = this.#candidates;
    const distances = this.#distances;
    const a = (this.#first + query) * dim;
    for (let i = 0; i < filled; i++) {
      const row = candidates[from + i]!;
      let distance = 0;
      for (let c = 0; c < dim; c++) distance += (rows[a + c]! - rows[row * dim + c]!) ** 2;
      // Insertion: there are few, and most come nearly in order.
      let at = i;
      for (; at > 0; at--) {
        const other = distances[at - 1]!;
        if (other < distance || (other === distance && candidates[from + at - 1]! < row)) break;
        distances[at] = other;
        candidates[from + at] = candidates[from + at - 1]!;
      }
      distances[at] = distance;
      candidates[from + at] = row;
    }
    this.#filled[query] = Math.min(filled, this.#k);
  }
}
