/** The process that does one run of an experiment, from where its folder stands to its run.json. */

import { availableParallelism, cpus, totalmem } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { FolderInUseError, InterruptedError, MmganError, scoreClustering } from "@mmgan/core";
import { type Lock, lockFolder } from "@mmgan/node-io";
import { clusterBaseline, loadDataset, rowsOf } from "@mmgan/trainer";
import { interruptible } from "../interrupt.js";
import { printDocument, printError } from "../output.js";
import type { CodeVersion } from "./code-version.js";
import { generationOf } from "./generation-run.js";
import type { BaselineSpec, RunSpec } from "./plan.js";
import { isWhole, type RunRecord, readRunRecord, writeRunRecord } from "./run-record.js";
import { type RunOptions, type RunOutcome, trainingRun } from "./training-run.js";

/** Its one argument, as JSON. */
export interface ChildCommand extends Omit<RunOptions, "signal"> {
  spec: RunSpec;
  code: CodeVersion;
  /** Whether generated samples are scored too. */
  generation: boolean;
}

/** What a killed queue left running may have a fit to end or a checkpoint to write. */
const LOCK_PATIENCE_MS = 600_000;
const LOCK_EVERY_MS = 200;

/** @throws FolderInUseError where another process does not let go, InterruptedError when `signal` aborts */
async function lockPatiently(folder: string, signal: AbortSignal): Promise<Lock> {
  const until = performance.now() + LOCK_PATIENCE_MS;
  for (;;) {
    try {
      return await lockFolder(folder);
    } catch (error) {
      if (signal.aborted) throw new InterruptedError(`Stopped while another process was at ${folder}.`);
      if (!(error instanceof FolderInUseError) || performance.now() > until) throw error;
    }
    await wait(LOCK_EVERY_MS);
  }
}

async function baselineRun(
  spec: BaselineSpec,
  { dataDir, signal, threads }: RunOptions,
): Promise<RunOutcome> {
  const fit = await loadDataset(spec.data, { dataDir, signal, split: spec.train });
  const scored = await loadDataset(spec.data, { dataDir, signal, split: spec.score, labels: true });
  const started = performance.now();
  const options = { fit: rowsOf(fit), seed: spec.seed, threads, signal };
  const { clusters } = await clusterBaseline(spec.baseline, rowsOf(scored), spec.clusters, options);
  const seconds = (performance.now() - started) / 1000;
  const { n, clusters: used, ...scores } = scoreClustering(scored.labels!, clusters);
  return { seconds, resumed: 0, n, clusters: used, scores, curve: [] };
}

async function doRun(command: ChildCommand, signal: AbortSignal): Promise<RunRecord> {
  const { spec, code, generation, ...rest } = command;
  const options = { ...rest, signal };
  const { folder, threads } = options;
  const lock = await lockPatiently(folder, signal);
  try {
    let record = await readRunRecord(folder, spec);
    if (!record) {
      const outcome = await (spec.kind === "training"
        ? trainingRun(spec, options)
        : baselineRun(spec, options));
      record = { format: 1, spec, code, machine: thisMachine(), threads, ...outcome };
      await writeRunRecord(folder, record);
    }
    if (!isWhole(record, generation) && spec.kind === "training") {
      record = { ...record, generation: await generationOf(spec, options) };
      await writeRunRecord(folder, record);
    }
    return record;
  } finally {
    await lock.release();
  }
}

const thisMachine = (): RunRecord["machine"] => ({
  processor: cpus()[0]?.model.trim() ?? "unknown",
  cores: availableParallelism(),
  memoryBytes: totalmem(),
  platform: `${process.platform}-${process.arch}`,
  node: process.version,
});

try {
  const command = JSON.parse(process.argv[2]!) as ChildCommand;
  await printDocument(await interruptible("writing a checkpoint", (signal) => doRun(command, signal)));
} catch (error) {
  const code = error instanceof MmganError ? error.code : "E_UNEXPECTED";
  const message = error instanceof Error ? error.message : String(error);
  printError(code, message);
  await printDocument({ error: { code, message } });
  process.exitCode = error instanceof InterruptedError ? 130 : 1;
}
