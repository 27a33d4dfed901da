/** The samples of a data set as rows of numbers, and what the searches over them share. */

import { ArgumentError, expected } from "@mmgan/core";
import type { Dataset, LoadProgress } from "../data/dataset.js";

/** `count` rows of `dim` numbers: [count, dim], row-major. Bytes stand for byte / 127.5 - 1, in [-1, 1]. */
export interface Rows {
  readonly count: number;
  readonly dim: number;
  readonly data: Uint8Array | Float32Array;
}

/** How long work over rows runs, reports and stops. */
export interface RowWork {
  /** Threads of ONNX Runtime, at least 0. Default 0: its own choice. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called now and then; `done` and `total` count equal pieces of work. */
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
}

/** What an aborted search says: "Stopped on request while ...". */
export const WHAT = "looking for the neighbours of the data";

/** Pictures as bytes, [count, height * width * channels]; points as they are. Shares the data set's memory. */
export function rowsOf(dataset: Dataset): Rows {
  const data = dataset.kind === "image" ? dataset.pixels : dataset.points;
  if (!data)
    throw new ArgumentError(
      `Expected ${dataset.kind === "image" ? "pixels" : "points"} in data set ${dataset.name} but received none.`,
    );
  const { count } = dataset;
  return { count, dim: count === 0 ? 0 : data.length / count, data };
}

/** The numbers the rows stand for, [count, dim]. Floats are returned as they are, not copied. */
export function asFloats({ data }: Rows): Float32Array {
  if (data instanceof Float32Array) return data;
  const out = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) out[i] = data[i]! / 127.5 - 1;
  return out;
}

/** Mean of each column, [dim], in float64. */
export function columnMeans({ count, dim, data }: Rows): Float64Array {
  const means = new Float64Array(dim);
  for (let row = 0; row < count; row++)
    for (let column = 0; column < dim; column++) means[column]! += data[row * dim + column]!;
  for (let column = 0; column < dim; column++) {
    const mean = means[column]! / Math.max(count, 1);
    means[column] = data instanceof Uint8Array ? mean / 127.5 - 1 : mean;
  }
  return means;
}

/** @throws ArgumentError naming the first row with a number that is not finite */
export function mustBeFinite({ dim, data }: Rows): void {
  if (data instanceof Uint8Array) return;
  const at = data.findIndex((x) => !Number.isFinite(x));
  if (at >= 0)
    throw new ArgumentError(
      expected("finite numbers", `row ${Math.floor(at / dim)} of the data`, data[at], "Leave such rows out"),
    );
}
