/** Checkpoints: the whole state in one safetensors file, with step, data cursor, config and checksum in its metadata. */

import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { CheckpointError, type ElementType, expected, type PlainTensor, sha256Hex } from "@mmgan/core";
import { errorCode, writeError, writeFileAtomic } from "@mmgan/node-io";
import * as v from "valibot";
import type { TrainConfig } from "../config.js";
import { modelOf } from "../models/index.js";
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

/**
 * The bytes of a safetensors file: 8 bytes of header length, JSON header, data; all little-endian. The metadata get
 * `sha256`, over themselves, the names, shapes and places of the tensors, and the data.
 */
export async function encodeSafetensors(
  tensors: Record<string, PlainTensor>,
  metadata: Record<string, string>,
): Promise<Uint8Array> {
  const entries: Record<string, unknown> = {};
  let offset = 0;
  for (const [name, { dims, type, data }] of Object.entries(tensors)) {
    entries[name] = {
      dtype: TYPES[type as ElementType],
      shape: dims,
      data_offsets: [offset, offset + data.byteLength],
    };
    offset += data.byteLength;
  }
  const data = new Uint8Array(offset);
  let at = 0;
  for (const { data: part } of Object.values(tensors)) {
    data.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at += part.byteLength;
  }
  const sha256 = await digest([metadata, entries], data);
  const json = new TextEncoder().encode(
    JSON.stringify({ __metadata__: { ...metadata, sha256 }, ...entries }),
  );
  const padded = Math.ceil(json.length / 8) * 8; // keeps the data aligned
  const file = new Uint8Array(8 + padded + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.fill(32, 8, 8 + padded);
  file.set(json, 8);
  file.set(data, 8 + padded);
  return file;
}

/** SHA-256 of everything a checkpoint says: what its header holds beside the checksum itself, then the data. */
async function digest(described: unknown, data: Uint8Array): Promise<string> {
  const head = new TextEncoder().encode(JSON.stringify(described));
  const all = new Uint8Array(head.length + data.length);
  all.set(head);
  all.set(data, head.length);
  return sha256Hex(all);
}

/** Writes a checkpoint whole, then removes all but the newest two. Returns its path. */
export async function writeCheckpoint(
  run: string,
  { step, cursor, state }: Checkpoint,
  tool: string,
): Promise<string> {
  const folder = join(run, FOLDER);
  await mkdir(folder, { recursive: true }).catch((cause) => {
    throw writeError(cause, folder);
  });
  const path = join(folder, `step-${String(step).padStart(8, "0")}.safetensors`);
  const metadata = { step: String(step), cursor: String(cursor), tool };
  await writeFileAtomic(path, await encodeSafetensors(state, metadata));
  for (const old of (await checkpointFiles(run)).slice(0, -KEPT)) await rm(old, { force: true });
  return path;
}

/** Paths of a run's checkpoints, oldest first. */
export async function checkpointFiles(run: string): Promise<string[]> {
  const names = await readdir(join(run, FOLDER)).catch((cause): string[] => {
    if (errorCode(cause) === "ENOENT") return [];
    throw new CheckpointError(`${join(run, FOLDER)} cannot be read: ${(cause as Error).message}.`, { cause });
  });
  return names
    .filter((name) => NAME.test(name))
    .sort()
    .map((name) => join(run, FOLDER, name));
}

/**
 * The newest checkpoint of a run, or undefined when there is none.
 *
 * @param config - the run's, whose networks the checkpoint must fit
 * @throws CheckpointError when it is damaged, or of other networks
 */
export async function readNewestCheckpoint(
  run: string,
  config?: TrainConfig,
): Promise<Checkpoint | undefined> {
  const path = (await checkpointFiles(run)).at(-1);
  if (path === undefined) return undefined;
  const checkpoint = await readCheckpoint(path);
  if (config) mustFit(checkpoint.state, config, path);
  return checkpoint;
}

/** Every weight, moment and average of the config's networks must be there, in its shape. */
function mustFit(state: PlainState, config: TrainConfig, path: string): void {
  for (const [name, dims] of Object.entries(modelOf(config).stateDims(config))) {
    const found = state[name]?.dims.join("x") ?? "nothing";
    if (found !== dims.join("x"))
      throw new CheckpointError(
        expected(
          dims.join("x"),
          `tensor ${name} of ${path}`,
          found,
          "It is of another network; restore the run's own checkpoint",
        ),
      );
  }
}

/**
 * Reads a checkpoint and checks its length, header and SHA-256.
 *
 * @throws CheckpointError naming the file and the check that failed
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const file = await readFile(path).catch((cause) => {
    throw new CheckpointError(`${path} cannot be read: ${(cause as Error).message}.`, { cause });
  });
  const fail = (check: string, cause?: unknown) =>
    new CheckpointError(`${path} is damaged: ${check}. Delete it to go on from the checkpoint before it.`, {
      cause,
    });
  if (file.length < 8) throw fail("it is shorter than its length field");
  const length = Number(file.readBigUInt64LE(0));
  if (length > file.length - 8) throw fail("it ends within its header");
  let json: Record<string, unknown>;
  let header: v.InferOutput<typeof Header>;
  try {
    json = JSON.parse(file.toString("utf8", 8, 8 + length));
    header = v.parse(Header, json);
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
  const { sha256, ...rest } = metadata;
  const { __metadata__: _, ...described } = json;
  if ((await digest([rest, described], data)) !== sha256)
    throw fail("its SHA-256 is not the one in its header");
  return { step: Number(metadata.step), cursor: Number(metadata.cursor), state };
}
