/** Neighbour graphs kept between runs, in the per-user cache folder. */

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "@mmgan/node-io";
import type { NeighbourGraph } from "./neighbour-graph.js";
import type { Rows } from "./rows.js";

/** Changes whenever the same data and options would give another graph, or the file another layout. */
const FORMAT = "mmgan neighbours 1";
const DIGEST_BYTES = 32;

/** What a graph was made from, as 64 hexadecimal digits: also the name of its file. */
export type GraphCacheKey = string;

/** SHA-256 over the format, the options, and the rows' shape, type and bytes. */
export function graphKey(rows: Rows, neighbours: number, components: number): GraphCacheKey {
  const { count, dim, data } = rows;
  const type = data instanceof Uint8Array ? "uint8" : "float32";
  const head = JSON.stringify([FORMAT, { neighbours, components, count, dim, type }]);
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return createHash("sha256").update(`${head}\n`).update(bytes).digest("hex");
}

/** The graph kept for `key`, or undefined where there is none or its file is damaged or not ours. */
export async function cachedGraph(folder: string, key: GraphCacheKey): Promise<NeighbourGraph | undefined> {
  const bytes = await readFile(pathOf(folder, key)).catch(() => undefined);
  return bytes && decode(bytes, key);
}

/** Keeps a graph for `key`. A folder that cannot be written is no error: the graph is made again next time. */
export async function storeGraph(folder: string, key: GraphCacheKey, graph: NeighbourGraph): Promise<void> {
  await writeFileAtomic(pathOf(folder, key), encode(graph, key)).catch(() => {});
}

function pathOf(folder: string, key: GraphCacheKey): string {
  return join(folder, `${key}.bin`);
}

/** The key's bytes, count, the offsets, the targets (32-bit integers of this machine), SHA-256 of all before. */
function encode({ count, offsets, targets }: NeighbourGraph, key: GraphCacheKey): Uint8Array {
  const body = Buffer.concat([
    Buffer.from(key, "hex"),
    ...[Int32Array.of(count), offsets, targets].map((part) =>
      Buffer.from(part.buffer, part.byteOffset, part.byteLength),
    ),
  ]);
  return Buffer.concat([body, digest(body)]);
}

function decode(bytes: Buffer, key: GraphCacheKey): NeighbourGraph | undefined {
  const end = bytes.length - DIGEST_BYTES;
  const body = bytes.subarray(0, Math.max(end, 0));
  if (end < DIGEST_BYTES + 8 || (end - DIGEST_BYTES) % 4 !== 0) return undefined;
  if (!digest(body).equals(bytes.subarray(end))) return undefined;
  if (!body.subarray(0, DIGEST_BYTES).equals(Buffer.from(key, "hex"))) return undefined;
  const numbers = new Int32Array(Uint8Array.from(body.subarray(DIGEST_BYTES)).buffer);
  const count = numbers[0]!;
  const targets = numbers.slice(count + 2);
  const offsets = numbers.slice(1, count + 2);
  return offsets.length === count + 1 && offsets[count] === targets.length
    ? { count, offsets, targets }
    : undefined;
}

function digest(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}
