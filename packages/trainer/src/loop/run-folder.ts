/** The run folder: what is in it, and whether a training may use it. */

import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { CheckpointError, expected, FolderInUseError, ResumeError } from "@mmgan/core";
import { errorCode, LOCK_FILE, writeError, writeFileAtomic } from "@mmgan/node-io";
import type { TrainConfig } from "../config.js";
import { VERSION } from "../version.js";

export const runFiles = (run: string) => ({
  config: join(run, "config.json"),
  metrics: join(run, "metrics.jsonl"),
  samples: join(run, "samples"),
});

export interface RunRecord {
  version: string;
  engine: string;
  config: TrainConfig;
}

/** Reads a run's config.json. @throws CheckpointError when there is none or it is damaged */
export async function readRun(run: string): Promise<RunRecord> {
  const path = runFiles(run).config;
  const text = await readFile(path, "utf8").catch((cause) => {
    throw new CheckpointError(expected("a run folder of mmgan train", "RUN", run, `There is no ${path}`), {
      cause,
    });
  });
  try {
    return JSON.parse(text) as RunRecord;
  } catch (cause) {
    throw new CheckpointError(`${path} is damaged: it is not JSON. Train again into another folder.`, {
      cause,
    });
  }
}

/** Dotted names of the fields in which two configs differ. */
function differences(a: object, b: object, prefix = ""): string[] {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].flatMap((name) => {
    const [x, y] = [a, b].map((o) => (o as Record<string, unknown>)[name]);
    if (typeof x === "object" && typeof y === "object" && x && y)
      return differences(x, y, `${prefix}${name}.`);
    return x === y ? [] : [`${prefix}${name} (${JSON.stringify(x)}, now ${JSON.stringify(y)})`];
  });
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
  resume: boolean,
): Promise<void> {
  const files = runFiles(run);
  await mkdir(files.samples, { recursive: true }).catch((cause) => {
    throw writeError(cause, run);
  });
  const present = (await readdir(run)).filter(
    (name) => name !== LOCK_FILE && name !== "samples" && !name.endsWith(".tmp"),
  );
  const record: RunRecord = { version: VERSION, engine, config };
  const isRun = present.includes("config.json");
  if (isRun && resume) {
    const old = await readRun(run);
    const fields = differences({ ...old.config, engine: old.engine }, { ...config, engine });
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
