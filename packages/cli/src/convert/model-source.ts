/** A model.json with its shards, read from disk; addresses go on as they are. */

import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expected, ModelError } from "@mmgan/core";
import { type ModelFiles, parseModelJson } from "@mmgan/export";
import { errorCode } from "@mmgan/node-io";

/** What tfjs calls a shard; one that model.json does not list belongs to another model or another saving. */
const SHARD = /^group\d+-shard\d+of\d+(\.bin)?$/;

/**
 * @param path - a model.json, a folder that holds one, or an http(s) address
 * @throws ModelError naming the file that is missing, of no use, or too many
 */
export async function modelSource(path: string): Promise<string | ModelFiles> {
  if (/^https?:\/\//i.test(path)) return path;
  const file = (await isFolder(path)) ? join(path, "model.json") : path;
  const modelJson = await read(file, "model.json", "Give the path of a TensorFlow.js model.json");
  const { paths } = parseModelJson(modelJson);
  const folder = dirname(file);
  const shards: Record<string, Uint8Array> = {};
  for (const shard of paths)
    shards[shard] = await read(join(folder, shard), `shard ${shard}`, "Copy all shards beside model.json");
  const extra = (await readdir(folder)).find((name) => SHARD.test(name) && !paths.includes(name));
  if (extra !== undefined)
    throw new ModelError(
      expected(
        `the shards ${paths.join(", ") || "(none)"}`,
        `the folder of ${file}`,
        extra,
        "It belongs to another model: move it away",
      ),
    );
  return { modelJson, shards };
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function read(path: string, what: string, remedy: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const code = errorCode(cause);
    if (code === undefined) throw cause;
    throw new ModelError(expected(`a readable file for ${what}`, path, code, remedy), { cause });
  }
}
