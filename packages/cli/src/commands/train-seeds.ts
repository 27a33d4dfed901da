/** `mmgan train --seeds`: one training for each of several seeds, a few side by side, each in a process of its own. */

import { readdir, readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ArgumentError, expected, FolderInUseError } from "@mmgan/core";
import { writeFileAtomic } from "@mmgan/node-io";
import { ExitStatus } from "../exit-status.js";
import { interruptible } from "../interrupt.js";
import { log, printResult, textTable } from "../output.js";
import { type ParentMessage, UNDER_PARENT } from "../parent-process.js";
import { type ProcessEnd, runProcesses } from "../process-queue.js";
import { type Progress, startProgress } from "../progress.js";
import type { TrainArguments, TrainResult } from "./train.js";

const MAIN = fileURLToPath(new URL("../../bin/mmgan.js", import.meta.url));
/** What an interrupted command exits with. */
const INTERRUPTED = 130;

/** Options that every run gets anew, and whether a value follows. */
const OWN: Readonly<Record<string, boolean>> = {
  "--seeds": true,
  "--jobs": true,
  "--seed": true,
  "--out": true,
  "--threads": true,
  "--resume": false,
  "--json": false,
};

/** What --out/seeds.json holds, so that --resume alone goes on with all. */
interface StoredSeeds {
  seeds: number[];
  /** Options of the first call, those of `OWN` left out. */
  options: string[];
}

/** What `--json` prints of a run. */
export interface SeedEnd {
  seed: number;
  out: string;
  /** Exit status of its process; null when it was killed. */
  status: number | null;
  result?: TrainResult;
  error?: { code: string; message: string };
}

/** The words of a command line without those of `OWN`. */
export function commonWords(words: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const takesValue = OWN[word.split("=")[0]!];
    if (takesValue === undefined) kept.push(word);
    else if (takesValue && !word.includes("=")) at++;
  }
  return kept;
}

/** The seeds a resumed command trains when it names none. Undefined where --out holds no such training. */
export async function storedSeeds(out: string): Promise<StoredSeeds | undefined> {
  const text = await readFile(join(out, "seeds.json"), "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as StoredSeeds);
}

/** Processes at a time, and threads of each: all cores are used, none twice. */
export function share(
  seeds: number,
  cores: number,
  { jobs = Math.min(seeds, cores), threads }: { jobs?: number; threads?: number },
): { jobs: number; threads: number } {
  return { jobs, threads: threads ?? Math.max(1, Math.floor(cores / jobs)) };
}

/**
 * Runs all seeds and prints what became of each.
 *
 * @param words - the command line after `train`
 * @throws ExitStatus with the worst status of all; FolderInUseError where --out is not empty, ArgumentError where it
 * holds other seeds than are to be resumed
 */
export async function trainSeeds(options: TrainArguments, words: readonly string[]): Promise<void> {
  const { out, resume = false } = options;
  const stored = resume ? await storedSeeds(out) : undefined;
  const seeds = options.seeds ?? stored!.seeds;
  const common = options.data === undefined && stored ? stored.options : commonWords(words);
  if (stored && seeds.some((seed) => !stored.seeds.includes(seed)))
    throw new ArgumentError(
      expected(
        `seeds among ${stored.seeds.join(", ")}`,
        "--seeds",
        seeds.join(", "),
        "Resume those, or train others into another folder",
      ),
    );
  if (!stored) {
    if (!resume && (await readdir(out).catch(() => [])).length > 0)
      throw new FolderInUseError(
        `${out} is not empty. Pass --resume to go on with the seeds in it, or name another folder.`,
      );
    const record: StoredSeeds = { seeds, options: common };
    await writeFileAtomic(join(out, "seeds.json"), `${JSON.stringify(record, null, 2)}\n`);
  }
  const { jobs, threads } = share(seeds.length, availableParallelism(), options);
  const folderOf = (seed: number) => join(out, `seed-${seed}`);
  const queue = await Promise.all(
    seeds.map(async (seed) => {
      const started = await readFile(join(folderOf(seed), "config.json")).then(
        () => true,
        () => false,
      );
      const own = ["--seed", seed, "--out", folderOf(seed), "--threads", threads, "--json"].map(String);
      const args = [MAIN, "train", ...common, ...own, ...(resume && started ? ["--resume"] : [])];
      return { name: String(seed), args };
    }),
  );
  const display = seedsDisplay(seeds);
  const ends = await interruptible("each run writing a checkpoint", (signal) =>
    runProcesses(queue, {
      ...{ parallel: jobs, signal, env: UNDER_PARENT },
      onMessage: (name, message) => display.hear(name, message as ParentMessage),
      onEnd: (end) => display.ended(end),
    }),
  ).finally(() => display.stop());
  const runs = ends.map((end) => seedEnd(end, folderOf(Number(end.name))));
  await printResult(options.json, { out, jobs, threads, runs }, () => table(runs));
  const missing = runs.length < seeds.length ? INTERRUPTED : 0;
  const worst = Math.max(missing, ...runs.map(({ status }) => status ?? 1));
  if (worst > 0) throw new ExitStatus(worst);
}

/** What a process left on stdout: its result, or its error; what it said last where it was killed. */
function seedEnd({ name, code, signal, stdout, stderr }: ProcessEnd, out: string): SeedEnd {
  const end = { seed: Number(name), out, status: code };
  try {
    const document = JSON.parse(stdout);
    return document.error ? { ...end, error: document.error } : { ...end, result: document };
  } catch {
    const said = stderr.trim().split("\n").at(-1);
    const message = signal ? `It was ended by ${signal}.` : said || "It ended without a word.";
    return { ...end, error: { code: "E_UNEXPECTED", message } };
  }
}

function table(runs: readonly SeedEnd[]): string {
  const rows = runs.map(({ seed, out, result, error }) => [
    `${seed}`,
    result ? `${result.step}` : "-",
    result ? result.seconds.toFixed(1) : "-",
    error ? error.code : out,
  ]);
  return textTable([["seed", "steps", "seconds", "run"], ...rows]);
}

/** One display of all runs: their steps together, and each one's own behind. */
function seedsDisplay(seeds: readonly number[]) {
  const done = new Map<string, number>();
  let progress: Progress | undefined;
  const say = (name: string, line: string) => {
    if (progress) progress.log(`seed ${name}: ${line}`);
    else log(`seed ${name}: ${line}`);
  };
  return {
    hear(name: string, message: ParentMessage): void {
      if (message.kind === "log") say(name, message.line);
      if (message.kind !== "progress" || message.label !== "training") return;
      done.set(name, message.done);
      const sum = [...done.values()].reduce((a, b) => a + b, 0);
      const total = message.total * seeds.length;
      progress ??= startProgress({
        label: `training ${seeds.length} seeds`,
        unit: "steps",
        total,
        from: sum,
      });
      progress.update(sum, [...done].map(([seed, steps]) => `seed ${seed} at ${steps}`).join(", "));
    },
    ended({ name, code, stderr, signal }: ProcessEnd): void {
      if (code !== 0) say(name, stderr.trim().split("\n").at(-1) || `ended by ${signal}`);
    },
    stop: () => progress?.stop(),
  };
}
