/** Repairs of E's partition: two clusters that share a class become one, and one that holds two is split. */

import type { PlainTensor, Rng } from "@mmgan/core";
import type { PlainState } from "../nets/parameters.js";
import { type JointTable, sizesOf } from "./joint-table.js";

/** Clusters a and b become a; b takes half of c. */
export interface Repair {
  a: number;
  b: number;
  c: number;
}

/** Size of the random tilt that tells the halves of a split cluster apart, against features of size 1. */
const TILT = 0.3;

/** Merges, and splits, that are looked at: the most promising ones. */
const LOOKED_AT = 16;

/**
 * Repairs of K >= 3 clusters, the most promising first, by what the information may gain: split evenly and for
 * certain a cluster of share s, whose pairs stay within it with share q, gains q ln 2; merging a and b loses
 * what the table says. A cluster that holds two classes is large and keeps its pairs, halves of one class are small and
 * exchange theirs. An option that merges or splits what one before it does comes after those that do neither.
 */
export function repairOptions(table: JointTable): Repair[] {
  const { k, shares } = table;
  const sizes = sizesOf(table);
  const indices = Array.from({ length: k }, (_, i) => i);
  const merges = indices
    .flatMap((a) => indices.slice(a + 1).map((b) => ({ a, b, loss: mergeLoss(table, sizes, a, b) })))
    .sort((x, y) => x.loss - y.loss)
    .slice(0, LOOKED_AT);
  const splits = indices
    .map((c) => ({ c, gain: shares[c * k + c]! * Math.LN2 }))
    .sort((x, y) => y.gain - x.gain)
    .slice(0, LOOKED_AT);
  const options = merges
    .flatMap(({ a, b, loss }) => splits.map(({ c, gain }) => ({ a, b, c, gain: gain - loss })))
    .filter(({ a, b, c }) => c !== a && c !== b)
    .sort((x, y) => y.gain - x.gain);
  return inRounds(options, [({ a, b }) => `${a},${b}`, ({ c }) => c]).map(({ a, b, c }) => ({ a, b, c }));
}

/** Orders items so that those come first of which no key was seen before, then the same among the rest, and so on. */
function inRounds<T>(items: readonly T[], keys: readonly ((item: T) => unknown)[]): T[] {
  const ordered: T[] = [];
  for (let left = items; left.length > 0; ) {
    const seen = keys.map(() => new Set());
    const rest: T[] = [];
    for (const item of left) {
      const isNew = keys.every((key, i) => !seen[i]!.has(key(item)));
      if (isNew) for (const [i, key] of keys.entries()) seen[i]!.add(key(item));
      (isNew ? ordered : rest).push(item);
    }
    left = rest;
  }
  return ordered;
}

/** Information lost by taking clusters a and b as one. */
function mergeLoss({ k, shares }: JointTable, sizes: Float64Array, a: number, b: number): number {
  // x log x adds up over cells; only those of a and b change, and the two marginals.
  const f = (x: number) => (x > 0 ? x * Math.log(x) : 0);
  const at = (i: number, j: number) => shares[i * k + j]!;
  let loss = f(at(a, a)) + f(at(b, b)) + 2 * f(at(a, b)) - f(at(a, a) + at(b, b) + 2 * at(a, b));
  for (let j = 0; j < k; j++)
    if (j !== a && j !== b) loss += 2 * (f(at(a, j)) + f(at(b, j)) - f(at(a, j) + at(b, j)));
  return loss - 2 * (f(sizes[a]!) + f(sizes[b]!) - f(sizes[a]! + sizes[b]!));
}

/**
 * E's entries with the last layer repaired: column a the mean of a and b, with ln 2 / 2 more for it has both their
 * shares; columns b and c that of c, tilted either way at random. Their first moments in Adam start at 0, the second ones
 * are those of the columns they come from.
 *
 * @param state - E's entries, left as they are: `encoder/out/...`, their moments and averages
 * @returns the changed entries
 */
export function mergeAndSplit(
  state: PlainState,
  clusters: number,
  { a, b, c }: Repair,
  rng: Rng,
): PlainState {
  const changed: PlainState = {};
  const change = (name: string, row: (data: Float32Array, at: number, i: number) => void) => {
    const tensor = state[name];
    if (!tensor) return;
    const data = (tensor.data as Float32Array).slice();
    for (let i = 0; i * clusters < data.length; i++) row(data, i * clusters, i);
    changed[name] = { ...tensor, data } as PlainTensor;
  };
  const features = state["encoder/out/kernel"]!.dims[0]!;
  const tilt = rng.normal(features).map((v) => (v * TILT) / Math.sqrt(features));
  for (const prefix of ["", "ema/"]) {
    change(`${prefix}encoder/out/kernel`, (data, at, i) => {
      data[at + a] = (data[at + a]! + data[at + b]!) / 2;
      data[at + b] = data[at + c]! - tilt[i]!;
      data[at + c]! += tilt[i]!;
    });
    change(`${prefix}encoder/out/bias`, (data, at) => {
      data[at + a] = (data[at + a]! + data[at + b]! + Math.LN2) / 2;
      data[at + b] = data[at + c]!;
    });
  }
  for (const what of ["kernel", "bias"]) {
    change(`adam/m/encoder/out/${what}`, (data, at) => {
      for (const column of [a, b, c]) data[at + column] = 0;
    });
    change(`adam/v/encoder/out/${what}`, (data, at) => {
      data[at + b] = data[at + c]!;
    });
  }
  return changed;
}
