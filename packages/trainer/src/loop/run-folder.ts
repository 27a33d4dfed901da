/** The run folder: what is in it, and whether a training may use it. */

import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { CheckpointError, expected, FolderInUseError, ResumeError, sha256Hex } from "@mmgan/core";
import { errorCode, LOCK_FILE, writeError, writeFileAtomic } from "@mmgan/node-io";
import * as v from "valibot";
import { checkConfig, type TrainConfig, withLaterFields } from "../config.js";
import type { Dataset } from "../data/index.js";
import { VERSION } from "../version.js";

export const runFiles = (run: string) => ({
  config: join(run, "config.json"),
  metrics: join(run, "metrics.jsonl"),
  samples: join(run, "samples"),
  /** The forms of convolutions that were chosen by measurement; absent where nothing was measured. */
  forms: join(run, "forms"),
});

/** What config.json holds. */
export interface RunRecord {
  version: string;
  engine: string;
  config: TrainConfig;
  /** The data the run was started with: how many samples, and the SHA-256 of their values. */
  data: { count: number; sha256: string };
}

const Record = v.object({
  version: v.string(),
  engine: v.string(),
  config: v.looseObject({ input: v.looseObject({}), augmentation: v.looseObject({}) }),
  data: v.object({ count: v.number(), sha256: v.string() }),
});

/** Reads a run's config.json. @throws CheckpointError when there is none or it is damaged */
export async function readRun(run: string): Promise<RunRecord> {
  const path = runFiles(run).config;
  const text = await readFile(path, "utf8").catch((cause) => {
    throw new CheckpointError(expected("a run folder of mmgan train", "RUN", run, `There is no ${path}`), {
      cause,
    });
  });
  try {
    const record = v.parse(Record, JSON.parse(text)) as unknown as RunRecord;
    return { ...record, config: checkConfig(withLaterFields(record.config)) };
  } catch (cause) {
    throw new CheckpointError(
      `${path} is damaged: ${(cause as Error).message.replace(/\.$/, "")}. Train again into another folder.`,
      { cause },
    );
  }
}

/** Number and SHA-256 of a data set's samples, as a run records them. */
export async function describeData({ count, pixels, points }: Dataset): Promise<RunRecord["data"]> {
  const values = (pixels ?? points)!;
  return {
    count,
    sha256: await sha256Hex(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)),
  };
}

/** Dotted names of the fields in which two configs differ, with both values. */
export function differences(a: object, b: object, prefix = ""): string[] {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].flatMap((name) => {
    const [x, y] = [a, b].map((o) => (o as Record<string, unknown>)[name]);
    if (typeof x === "object" && typeof y === "object" && x && y)
      return differences(x, y, `${prefix}${name}.`);
    return x === y ? [] : [`${prefix}${name} (${JSON.stringify(x)}, now ${JSON.stringify(y)})`];
  });
}

/** Names in a run folder, without the lock and what a killed process left behind. */
export async function presentIn(run: string): Promise<string[]> {
  return (await readdir(run)).filter((name) => name !== LOCK_FILE && !name.endsWith(".tmp"));
}

/**
 * Makes the folder ready: a new run writes its config, a resumed one must have the same.
 *
 * @throws FolderInUseError when the folder holds something and `resume` was not asked; ResumeError naming the fields
 * that differ
 */
export async function prepareRun(
  run: string,
  config: TrainConfig,
  engine: string,
  dataset: Dataset,
  resume: boolean,
): Promise<void> {
  const present = await presentIn(run);
  const record: RunRecord = { version: VERSION, engine, config, data: await describeData(dataset) };
  const isRun = present.includes("config.json");
  if (isRun && resume) {
    const old = await readRun(run);
    const fields = differences(
      { ...old.config, engine: old.engine, samples: old.data },
      { ...config, engine, samples: record.data },
    );
    if (fields.length > 0)
      throw new ResumeError(
        `Expected the config ${run} was started with, but these fields differ: ${fields.join("; ")}. Leave those options out, or train into another folder.`,
      );
    return;
  }
  if (present.length > 0)
    throw new FolderInUseError(
      isRun
        ? `${run} already holds a run. Pass --resume to go on with it, or name another folder.`
        : `${run} is not empty and holds no run. Name another folder.`,
    );
  await beginRun(run, record);
}

/** Makes a folder a run: from here on `resume` goes on with it. */
export async function beginRun(run: string, record: RunRecord): Promise<void> {
  const files = runFiles(run);
  await mkdir(files.samples, { recursive: true }).catch((cause) => {
    throw writeError(cause, run);
  });
  await writeFileAtomic(files.config, `${JSON.stringify(record, null, 2)}\n`);
}

/** True when the folder holds a run. */
export async function isRunFolder(run: string): Promise<boolean> {
  return readFile(runFiles(run).config).then(
    () => true,
    (cause) => {
      if (errorCode(cause) === "ENOENT" || errorCode(cause) === "ENOTDIR") return false;
      throw cause;
    },
  );
}
