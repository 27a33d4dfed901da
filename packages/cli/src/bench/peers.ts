/** Peers: Python programs of bench/peers that do the same work, and the files they are handed. */

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type DeviceName, expected, PeerError, type PlainTensor, resolveDevice } from "@mmgan/core";
import { writeFileAtomic } from "@mmgan/node-io";
import { Contender } from "./contender.js";

/** The folder of the peers, in the repository: they are no part of the published package. */
const FOLDER = fileURLToPath(new URL("../../../../bench/peers/", import.meta.url));

/** Where PyTorch runs. */
export type PeerDevice = "cpu" | "cuda";

/** PyTorch's device for one of ours: a graphics card against a graphics card. */
export const peerDevice = (device?: DeviceName): PeerDevice =>
  resolveDevice(device) === "cpu" ? "cpu" : "cuda";

/** @throws PeerError where the scripts are not, as in an installed package */
export function startPeer(python: string, script: string, threads: number, signal?: AbortSignal): Contender {
  const file = join(FOLDER, script);
  if (!existsSync(file))
    throw new PeerError(
      expected(
        `bench/peers/${script} of the repository`,
        "--peer",
        "an installation without it",
        "Run the bench from a clone of the repository",
      ),
    );
  return new Contender({
    name: `the peer bench/peers/${script}`,
    file: python,
    args: ["-B", "-u", file],
    threads,
    ...(signal ? { signal } : {}),
  });
}

/** Writes float32 tensors as PATH.json and PATH.bin, as bench/peers/peer.py reads them. */
export async function writeTensors(path: string, tensors: Record<string, PlainTensor>): Promise<void> {
  const index: Record<string, { dims: readonly number[]; offset: number }> = {};
  let offset = 0;
  for (const [name, { dims, data }] of Object.entries(tensors)) {
    index[name] = { dims, offset };
    offset += data.length;
  }
  const values = new Float32Array(offset);
  for (const [name, { data }] of Object.entries(tensors))
    values.set(data as Float32Array, index[name]!.offset);
  await writeFileAtomic(`${path}.json`, JSON.stringify(index));
  await writeFileAtomic(`${path}.bin`, new Uint8Array(values.buffer));
}

/** Reads what bench/peers/peer.py wrote. */
export async function readTensors(path: string): Promise<Record<string, PlainTensor>> {
  const index: Record<string, { dims: number[]; offset: number }> = JSON.parse(
    await readFile(`${path}.json`, "utf8"),
  );
  const bytes = await readFile(`${path}.bin`);
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  return Object.fromEntries(
    Object.entries(index).map(([name, { dims, offset }]) => {
      const size = dims.reduce((product, dim) => product * dim, 1);
      return [name, { dims, type: "float32", data: values.slice(offset, offset + size) }];
    }),
  );
}
