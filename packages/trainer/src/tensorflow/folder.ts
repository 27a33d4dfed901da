/** The folders that `mmgan setup tensorflow` fills, and the record it leaves there last of all. */

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import envPaths from "env-paths";
import * as v from "valibot";

/** Name of the record inside a set-up folder. Without it a folder is unfinished. */
export const SETUP_RECORD = "setup.json";

const recordSchema = v.object({
  schema: v.literal(1),
  package: v.picklist(["@tensorflow/tfjs-node", "@tensorflow/tfjs-node-gpu"]),
  packageVersion: v.string(),
  /** What TF_Version() of the loaded library said. */
  tensorflowVersion: v.string(),
  /** Name of the wheel that the library came from. */
  wheel: v.string(),
  wheelSha256: v.string(),
  addonSha256: v.string(),
  compiler: v.string(),
});
export type SetupRecord = v.InferOutput<typeof recordSchema>;

/** Folder of the CPU or GPU set-up: MMGAN_TENSORFLOW, or in the per-user cache, e.g. ~/.cache/mmgan/tensorflow. */
export function tensorflowFolder(gpu: boolean): string {
  const variable = process.env.MMGAN_TENSORFLOW;
  if (variable) return resolve(variable);
  return join(envPaths("mmgan", { suffix: "" }).cache, gpu ? "tensorflow-gpu" : "tensorflow");
}

/** The record of a finished set-up, or undefined where there is none or one of another kind. */
export function readSetupRecord(folder: string): SetupRecord | undefined {
  try {
    const parsed = v.safeParse(recordSchema, JSON.parse(readFileSync(join(folder, SETUP_RECORD), "utf8")));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}
