/** Checkpoints: the whole state in one safetensors file, with step, data cursor, config and checksum in its metadata. */

import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { CheckpointError, type ElementType, type PlainTensor, sha256Hex } from "@mmgan/core";
import { writeFileAtomic } from "@mmgan/node-io";
import * as v from "valibot";
import type { PlainState } from "../nets/parameters.js";

/** How many are kept. */
const KEPT = 2;
const FOLDER = "checkpoints";
const NAME = /^step-(\d{8})\.safetensors$/;

export interface Checkpoint {
  /** Steps done. */
  step: number;
  /** Position in the order of the data after those steps. */
  cursor: number;
  state: PlainState;
}

const TYPES = { float32: "F32", int32: "I32", int64: "I64", uint8: "U8", bool: "BOOL" } as const;

const Header = v.objectWithRest(
  { __metadata__: v.object({ step: v.string(), cursor: v.string(), sha256: v.string(), tool: v.string() }) },
  v.object({
    dtype: v.literal("F32"),
    shape: v.array(v.number()),
    data_offsets: v.tuple([v.number(), v.number()]),
  }),
);

/** The bytes of a safetensors file: 8 bytes of header length, JSON header, data; all little-endian. */
export function encodeSafetensors(
  tensors: Record<string, PlainTensor>,
  metadata: Record<string, string>,
): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, { dims, type, data }] of Object.entries(tensors)) {
    header[name] = {
      dtype: TYPES[type as ElementType],
      shape: dims,
      data_offsets: [offset, offset + data.byteLength],
    };
    offset += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(json.length / 8) * 8; // keeps the data aligned
  const file = new Uint8Array(8 + padded + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.fill(32, 8, 8 + padded);
  file.set(json, 8);
  let at = 8 + padded;
  for (const { data } of Object.values(tensors)) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

const dataOf = (state: PlainState) => {
  const bytes = Object.values(state).map(
    ({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  );
  const all = new Uint8Array(bytes.reduce((sum, b) => sum + b.length, 0));
  let at = 0;
  for (const b of bytes) {
    all.set(b, at);
    at += b.length;
  }
  return all;
};

/** Writes a checkpoint whole, then removes all but the newest two. Returns its path. */
export async function writeCheckpoint(
  run: string,
  { step, cursor, state }: Checkpoint,
  tool: string,
): Promise<string> {
  const folder = join(run, FOLDER);
  await mkdir(folder, { recursive: true });
  const path = join(folder, `step-${String(step).padStart(8, "0")}.safetensors`);
  const metadata = {
    step: String(step),
    cursor: String(cursor),
    tool,
    sha256: await sha256Hex(dataOf(state)),
  };
  await writeFileAtomic(path, encodeSafetensors(state, metadata));
  for (const old of (await checkpointFiles(run)).slice(0, -KEPT)) await rm(old, { force: true });
  return path;
}

/** Paths of a run's checkpoints, oldest first. */
export async function checkpointFiles(run: string): Promise<string[]> {
  const names = await readdir(join(run, FOLDER)).catch(() => []);
  return names
    .filter((name) => NAME.test(name))
    .sort()
    .map((name) => join(run, FOLDER, name));
}

/** The newest checkpoint of a run, or undefined when there is none. @throws CheckpointError */
export async function readNewestCheckpoint(run: string): Promise<Checkpoint | undefined> {
  const path = (await checkpointFiles(run)).at(-1);
  return path === undefined ? undefined : readCheckpoint(path);
}

/**
 * Reads a checkpoint and checks its length, header and SHA-256.
 *
 * @throws CheckpointError naming the file and the check that failed
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const file = await readFile(path);
  const fail = (check: string, cause?: unknown) =>
    new CheckpointError(`${path} is damaged: ${check}. Delete it to go on from the checkpoint before it.`, {
      cause,
    });
  if (file.length < 8) throw fail("it is shorter than its length field");
  const length = Number(file.readBigUInt64LE(0));
  if (length > file.length - 8) throw fail("it ends within its header");
  let header: v.InferOutput<typeof Header>;
  try {
    header = v.parse(Header, JSON.parse(file.toString("utf8", 8, 8 + length)));
  } catch (cause) {
    throw fail(`its header is not that of a checkpoint (${(cause as Error).message})`, cause);
  }
  const { __metadata__: metadata, ...entries } = header;
  const data = new Uint8Array(file.buffer.slice(file.byteOffset + 8 + length, file.byteOffset + file.length));
  const state: PlainState = {};
  for (const [name, { shape, data_offsets }] of Object.entries(entries)) {
    const [from, to] = data_offsets;
    if (to > data.length || to - from !== 4 * shape.reduce((a, b) => a * b, 1))
      throw fail(`tensor ${name} is cut off`);
    state[name] = {
      dims: shape,
      type: "float32",
      data: new Float32Array(data.buffer, from, (to - from) / 4),
    };
  }
  if ((await sha256Hex(data)) !== metadata.sha256) throw fail("its SHA-256 is not the one in its header");
  return { step: Number(metadata.step), cursor: Number(metadata.cursor), state };
}
