/** All runs of a plan: those that are done are read, the others done, a few side by side, each in its own process. */

import { fileURLToPath } from "node:url";
import { type ParentMessage, UNDER_PARENT } from "../parent-process.js";
import { type ProcessEnd, runProcesses } from "../process-queue.js";
import { startProgress } from "../progress.js";
import { codeVersion } from "./code-version.js";
import { type Plan, type PlannedRun, type RunSpec, specHash } from "./plan.js";
import type { ChildCommand } from "./run-child.js";
import { isWhole, type RunRecord, readRunRecord } from "./run-record.js";
import { TimeLeft } from "./time-left.js";

const CHILD = fileURLToPath(new URL("./run-child.js", import.meta.url));
const CURVE = 6;

export interface QueueOptions {
  /** Processes at a time. */
  readonly jobs: number;
  /** Threads of each. */
  readonly threads: number;
  readonly dataDir?: string | undefined;
  /** Only reads what is done before, and does nothing. */
  readonly onlyDone?: boolean | undefined;
  readonly signal: AbortSignal;
}

/** A run that came to no end. */
export interface FailedRun {
  readonly name: string;
  readonly folder: string;
  readonly code: string;
  readonly message: string;
}

export interface QueueResult {
  /** By folder: what was done before, and what was done now. */
  readonly records: ReadonlyMap<string, RunRecord>;
  readonly failed: readonly FailedRun[];
  /** Runs stopped on the way or never begun, after an abort. */
  readonly unfinished: number;
  /** Of `records`, those that this call did. */
  readonly done: number;
}

/** Does what is not done. */
export async function runPlan(plan: Plan, options: QueueOptions): Promise<QueueResult> {
  const all = plan.cells.flatMap(({ runs }) => runs);
  const runs = [...new Map(all.map((run) => [run.folder, run])).values()];
  const records = new Map<string, RunRecord>();
  for (const { folder, spec } of runs) {
    const record = await readRunRecord(folder, spec);
    if (record && isWhole(record, plan.generation)) records.set(folder, record);
  }
  const ahead = runs.filter(({ folder }) => !records.has(folder));
  const before = records.size;
  const failed: FailedRun[] = [];
  let unfinished = ahead.length;
  if (ahead.length === 0 || options.onlyDone) return { records, failed, unfinished, done: 0 };

  const code = await codeVersion();
  const curve = plan.quick ? 1 : (plan.experiment.curve ?? CURVE);
  const queue = ahead.map(({ folder, spec }) => {
    const { threads, dataDir } = options;
    const { generation } = plan;
    const command: ChildCommand = { spec, code, folder, dataDir, threads, curve, generation };
    return { name: folder, args: [CHILD, JSON.stringify(command)] };
  });
  const display = queueDisplay(plan, ahead, before, options.jobs);
  const onEnd = (end: ProcessEnd) => {
    const run = ahead.find(({ folder }) => folder === end.name)!;
    const outcome = outcomeOf(end);
    display.ended(run, "error" in outcome ? outcome.error.message : undefined, end.code === 130);
    if (end.code === 130) return;
    unfinished--;
    if ("error" in outcome) failed.push({ name: run.name, folder: run.folder, ...outcome.error });
    else records.set(run.folder, outcome);
  };
  try {
    const { jobs: parallel, signal } = options;
    const onMessage = (folder: string, message: unknown) => display.hear(folder, message as ParentMessage);
    await runProcesses(queue, { parallel, signal, env: UNDER_PARENT, onMessage, onEnd });
  } finally {
    display.stop();
  }
  return { records, failed, unfinished, done: records.size - before };
}

/** What a process left on stdout: the record, or its error; what it said last where it was killed. */
function outcomeOf({
  stdout,
  stderr,
  signal,
}: ProcessEnd): RunRecord | { error: { code: string; message: string } } {
  try {
    return JSON.parse(stdout);
  } catch {
    const message = signal
      ? `its process was ended by ${signal}.`
      : stderr.trim().split("\n").at(-1) || "its process ended without a word.";
    return { error: { code: "E_UNEXPECTED", message } };
  }
}

/** Seconds of a step on one thread of a small machine, roughly; a baseline is one unit of work. */
function guess(spec: RunSpec): { work: number; guess: number } {
  if (spec.kind === "baseline") return { work: 1, guess: spec.data === "moons" ? 0.1 : 20 };
  const { input, steps } = spec.config;
  const pixels = input.kind === "image" ? input.height * input.width : 20;
  return { work: steps, guess: 2.5e-4 * pixels };
}

/** One display of all: runs done, time left, and what each process is at. */
function queueDisplay(plan: Plan, ahead: readonly PlannedRun[], before: number, jobs: number) {
  const total = before + ahead.length;
  const left = new TimeLeft(
    ahead.map(({ spec }) => ({ kind: specHash(spec), ...guess(spec) })),
    jobs,
  );
  const progress = startProgress({
    ...{ label: plan.experiment.name + (plan.quick ? " (quick)" : ""), unit: "runs", total, from: before },
    left: () => left.left(),
  });
  const place = new Map(ahead.map(({ folder }, i) => [folder, i]));
  const going = new Map<string, string>();
  let finished = before;
  const show = () => progress.update(finished, [...going.values()].join("; "));
  return {
    hear(folder: string, message: ParentMessage): void {
      const i = place.get(folder)!;
      if (message.kind === "log") progress.log(`${ahead[i]!.name}: ${message.line}`);
      else if (message.label === "training") {
        left.update(i, message.done);
        going.set(folder, `${ahead[i]!.name} at ${message.done}`);
        show();
      }
    },
    ended({ folder, name }: PlannedRun, error: string | undefined, stopped: boolean): void {
      going.delete(folder);
      if (stopped) return;
      left.finish(place.get(folder)!);
      finished++;
      if (error) progress.log(`${name} failed: ${error}`);
      show();
    },
    stop: () => progress.stop(),
  };
}
