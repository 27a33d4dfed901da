/** A short run on disk: the heads it trained and what they said, one safetensors file. */

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { CheckpointError, type PlainTensor } from "@mmgan/core";
import { writeFileAtomic } from "@mmgan/node-io";
import { encodeSafetensors, readCheckpoint } from "../loop/checkpoint.js";
import type { PlainState } from "../nets/parameters.js";
import { VERSION } from "../version.js";
import type { HeadReading } from "./short-run.js";

/** A short run that is done. */
export interface ShortRunEnd {
  readonly seed: number;
  readonly seconds: number;
  /** E with all heads, and Adam's moments. */
  readonly state: PlainState;
  readonly readings: readonly HeadReading[];
}

/** Folder of the short runs' files within a run folder; gone once K is chosen. */
export const shortRunsFolder = (run: string) => join(run, "short-runs");

const pathOf = (run: string, seed: number) => join(shortRunsFolder(run), `seed-${seed}.safetensors`);

/** Entries of the file beside the state. */
const READ = "read/";
const floats = (dims: number[], data: Float32Array): PlainTensor => ({ dims, type: "float32", data });

/** Writes the file, whole. */
export async function writeShortRun(
  run: string,
  steps: number,
  { seed, state, readings }: ShortRunEnd,
): Promise<void> {
  const read: PlainState = {};
  for (const { clusters, at, partition, information, viewAgreement } of readings) {
    read[`${READ}${clusters}/partition`] = floats([partition.length], Float32Array.from(partition));
    read[`${READ}${clusters}/figures`] = floats([3], Float32Array.of(information, viewAgreement, at));
  }
  const metadata = { step: `${steps}`, cursor: "0", tool: VERSION };
  await writeFileAtomic(pathOf(run, seed), await encodeSafetensors({ ...state, ...read }, metadata));
}

/** The short run of a seed, or undefined where there is none or its file is damaged: it is done again then. */
export async function readShortRun(
  run: string,
  seed: number,
): Promise<Omit<ShortRunEnd, "seconds"> | undefined> {
  const entries = await readCheckpoint(pathOf(run, seed)).then(
    ({ state }) => Object.entries(state),
    (error) => {
      if (error instanceof CheckpointError) return undefined;
      throw error;
    },
  );
  if (!entries) return undefined;
  const all = Object.fromEntries(entries);
  const readings = entries.flatMap(([name, { data }]): HeadReading[] => {
    const clusters = Number(/^read\/(\d+)\/partition$/.exec(name)?.[1]);
    if (!clusters) return [];
    const [information, viewAgreement, at] = all[`${READ}${clusters}/figures`]!.data as Float32Array;
    const partition = Int32Array.from(data as Float32Array);
    return [{ clusters, at: at!, partition, information: information!, viewAgreement: viewAgreement! }];
  });
  const state = Object.fromEntries(entries.filter(([name]) => !name.startsWith(READ)));
  return { seed, state, readings };
}

/** Removes the files of all short runs. */
export async function removeShortRuns(run: string): Promise<void> {
  await rm(shortRunsFolder(run), { recursive: true, force: true });
}
