/** Pictures of a results file that are the same, or nearly. */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { ImageError, InterruptedError, type Model, median } from "@mmgan/core";
import type { Results } from "@mmgan/results";

export interface DuplicateOptions {
  /** Loaded model whose features are compared; without it only equal bytes are found. */
  readonly model?: Model;
  /** Largest distance of two features, in shares of the median distance between a picture and its cluster's mean. */
  readonly within: number;
  readonly threads?: number | undefined;
  readonly signal: AbortSignal;
  /** `what` is done, `done` of `total`. */
  readonly onProgress?: (what: "reading" | "comparing", done: number, total: number) => void;
}

/** Pictures that belong together: each is near another of them. */
export interface DuplicateGroup {
  readonly kind: "equal" | "near";
  readonly paths: readonly string[];
  /** Largest distance of a picture to its nearest one in the group, in the same shares; 0 where bytes are equal. */
  readonly distance: number;
}

export interface Duplicates {
  /** The largest first. */
  readonly groups: readonly DuplicateGroup[];
  /** Pictures that could be removed so that one of each group stays. */
  readonly spare: number;
  /** Pictures that could not be read, so that nothing is known of them. */
  readonly unread: number;
}

interface Listed {
  readonly path: string;
  readonly file: string;
  readonly bytes: number;
  readonly cluster: number;
  readonly sha256?: string;
}

/** Neighbours looked at of each picture: larger groups hang together through their pictures. */
const NEIGHBOURS = 8;
const AT_ONCE = 64;

/**
 * Groups equal files (by size, then SHA-256), and with a model also near ones, by the distance of their features. Memory: a
 * row and a feature vector a picture.
 *
 * @throws InterruptedError
 */
export async function findDuplicates(results: Results, options: DuplicateOptions): Promise<Duplicates> {
  const listed: Listed[] = [];
  for await (const row of results.rows()) {
    const { path, bytes, cluster, sha256 } = row;
    listed.push({
      path,
      bytes,
      cluster,
      file: results.fileOf(row),
      ...(sha256 === undefined ? {} : { sha256 }),
    });
  }
  const sets = new Sets(listed.length);
  let unread = await joinEqual(listed, sets, options);
  const equal = sets.copy();
  const nearest = new Float64Array(listed.length);
  if (options.model && listed.length > 1)
    unread = await joinNear(listed, sets, nearest, options.model, options);
  const groups = sets.groups().map((members): DuplicateGroup => {
    const near = members.some((at) => equal.find(at) !== equal.find(members[0]!));
    return {
      kind: near ? "near" : "equal",
      paths: members.map((at) => listed[at]!.path),
      distance: near ? Math.max(...members.map((at) => nearest[at]!)) : 0,
    };
  });
  groups.sort((a, b) => b.paths.length - a.paths.length || a.distance - b.distance);
  const spare = groups.reduce((sum, { paths }) => sum + paths.length - 1, 0);
  return { groups, spare, unread };
}

/** Joins files of equal bytes. Only files of the same size are read. */
async function joinEqual(
  listed: readonly Listed[],
  sets: Sets,
  { signal }: DuplicateOptions,
): Promise<number> {
  const sizes = new Map<number, number[]>();
  for (const [at, { bytes }] of listed.entries()) {
    const members = sizes.get(bytes);
    if (members) members.push(at);
    else sizes.set(bytes, [at]);
  }
  let unread = 0;
  for (const members of sizes.values()) {
    if (members.length < 2) continue;
    const first = new Map<string, number>();
    for (const at of members) {
      if (signal.aborted) throw new InterruptedError("Stopped on request.");
      const hash = listed[at]!.sha256 ?? (await maybeHash(listed[at]!.file));
      if (hash === undefined) unread++;
      else if (first.has(hash)) sets.join(first.get(hash)!, at);
      else first.set(hash, at);
    }
  }
  return unread;
}

async function maybeHash(file: string): Promise<string | undefined> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(file), hash);
  } catch {
    return undefined;
  }
  return hash.digest("hex");
}

/** Joins pictures whose features are near. @returns pictures that could not be read */
async function joinNear(
  listed: readonly Listed[],
  sets: Sets,
  nearest: Float64Array,
  model: Model,
  { within, threads, signal, onProgress }: DuplicateOptions,
): Promise<number> {
  const { nearestNeighbours } = await import("@mmgan/trainer");
  const { features, dim, read } = await featuresOf(listed, model, signal, (done) =>
    onProgress?.("reading", done, listed.length),
  );
  const count = read.length;
  if (count < 2) return listed.length - count;
  const limit =
    within *
    scaleOf(
      features,
      dim,
      read.map((at) => listed[at]!.cluster),
    );
  const k = Math.min(NEIGHBOURS, count - 1);
  const found = await nearestNeighbours(features, count, dim, k, {
    ...{ threads: threads ?? 0, signal },
    onProgress: ({ done, total }) => onProgress?.("comparing", done, total ?? count),
  });
  for (let i = 0; i < count; i++)
    for (let n = 0; n < k; n++) {
      const distance = distanceOf(features, dim, i, found[i * k + n]!);
      if (n === 0) nearest[read[i]!] = limit > 0 ? (within * distance) / limit : 0;
      if (distance > limit) break;
      sets.join(read[i]!, read[found[i * k + n]!]!);
    }
  return listed.length - count;
}

/** Median distance between a picture and the mean of its cluster. */
function scaleOf(features: Float32Array, dim: number, clusters: readonly number[]): number {
  const sums = new Map<number, { n: number; sum: Float64Array }>();
  for (const [i, cluster] of clusters.entries()) {
    const of = sums.get(cluster) ?? { n: 0, sum: new Float64Array(dim) };
    sums.set(cluster, of);
    of.n++;
    for (let j = 0; j < dim; j++) of.sum[j]! += features[i * dim + j]!;
  }
  const distances = clusters.map((cluster, i) => {
    const { n, sum } = sums.get(cluster)!;
    let squares = 0;
    for (let j = 0; j < dim; j++) squares += (features[i * dim + j]! - sum[j]! / n) ** 2;
    return Math.sqrt(squares);
  });
  return median(distances);
}

function distanceOf(features: Float32Array, dim: number, a: number, b: number): number {
  let squares = 0;
  for (let j = 0; j < dim; j++) squares += (features[a * dim + j]! - features[b * dim + j]!) ** 2;
  return Math.sqrt(squares);
}

/** Features [read.length, dim] of the pictures that can be read, and which those are. */
async function featuresOf(
  listed: readonly Listed[],
  model: Model,
  signal: AbortSignal,
  onPicture: (done: number) => void,
): Promise<{ features: Float32Array; dim: number; read: number[] }> {
  const { decodeImage } = await import("@mmgan/node-io");
  const { input } = model.manifest;
  if (input.kind !== "image") throw new TypeError("a model of points");
  const { height, width, channels } = input;
  const size = height * width * channels;
  const read: number[] = [];
  let features = new Float32Array(0);
  let dim = 0;
  for (let start = 0; start < listed.length; start += AT_ONCE) {
    if (signal.aborted) throw new InterruptedError("Stopped on request.");
    const part = listed.slice(start, start + AT_ONCE);
    const pictures = await Promise.all(
      part.map(({ file }) =>
        decodeImage(file, input).catch((cause: unknown) => {
          if (cause instanceof ImageError) return undefined;
          throw cause;
        }),
      ),
    );
    // The same number of rows each time: a row does not depend on what stands beside it.
    const data = new Uint8Array(AT_ONCE * size);
    let filled = 0;
    for (const [i, pixels] of pictures.entries())
      if (pixels) {
        data.set(pixels, filled++ * size);
        read.push(start + i);
      }
    const found = await model.cluster({ count: AT_ONCE, height, width, channels, data }, { signal });
    if (dim === 0) {
      dim = found.features.length / AT_ONCE;
      features = new Float32Array(dim * listed.length);
    }
    features.set(found.features.subarray(0, filled * dim), (read.length - filled) * dim);
    onPicture(start + part.length);
  }
  return { features: features.subarray(0, read.length * dim), dim, read };
}

/** Disjoint sets of numbers 0..n-1 (union by the smaller number, paths halved). */
class Sets {
  readonly #parent: Int32Array;

  constructor(n: number) {
    this.#parent = Int32Array.from({ length: n }, (_, i) => i);
  }

  copy(): Sets {
    const sets = new Sets(this.#parent.length);
    sets.#parent.set(this.#parent);
    return sets;
  }

  find(at: number): number {
    let i = at;
    while (this.#parent[i] !== i) {
      this.#parent[i] = this.#parent[this.#parent[i]!]!;
      i = this.#parent[i]!;
    }
    return i;
  }

  join(a: number, b: number): void {
    const [x, y] = [this.find(a), this.find(b)];
    this.#parent[Math.max(x, y)] = Math.min(x, y);
  }

  /** Sets of two and more, each in order. */
  groups(): number[][] {
    const members = new Map<number, number[]>();
    for (let i = 0; i < this.#parent.length; i++) {
      const root = this.find(i);
      const of = members.get(root);
      if (of) of.push(i);
      else members.set(root, [i]);
    }
    return [...members.values()].filter((group) => group.length > 1);
  }
}
