/** `mmgan reproduce`: the paper's tables and figures, each by one command that can be stopped and goes on. */

import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { ExitStatus } from "../exit-status.js";
import { interruptible } from "../interrupt.js";
import { dataDirOption, jsonOption, numberOption, parseSeeds } from "../options.js";
import { log, printResult, textTable } from "../output.js";
import type { Plan } from "../reproduce/plan.js";
import type { Report } from "../reproduce/report-file.js";
import type { Reproduction } from "../reproduce/reproduce.js";

interface Options {
  seeds?: number[];
  quick?: boolean;
  done?: boolean;
  jobs?: number;
  threads?: number;
  dataDir?: string;
  experiments?: string;
  out?: string;
  reports?: string;
  json?: boolean;
}

const COUNT = { min: 1, max: 256, integer: true };
/** What a stopped command exits with. */
const INTERRUPTED = 130;

export function registerReproduce(program: Command): void {
  program
    .command("reproduce")
    .description(
      "Do an experiment of the repository (table1, rivals, figure3 to figure6, ...; see experiments/README.md): train every row for every seed, score, and write a report. Runs that are done are not done again: after a kill the same command goes on.",
    )
    .argument("<experiment>", "name of a file in experiments, without .json")
    .addOption(
      new Option(
        "--seeds <list>",
        "seeds of every row (1..3 or 0,4,7; default: the experiment's own)",
      ).argParser(parseSeeds),
    )
    .addOption(
      new Option(
        "--quick",
        "fewer seeds, steps and rows, to see that it runs: a report of its own, labelled so (default: off)",
      ),
    )
    .addOption(
      new Option("--done", "do no run: write the report of those that are done so far (default: off)"),
    )
    .addOption(numberOption("--jobs <n>", "runs side by side", COUNT, "2, or the cores where fewer"))
    .addOption(numberOption("--threads <n>", "CPU threads of each run", COUNT, "1"))
    .addOption(dataDirOption())
    .addOption(new Option("--experiments <folder>", "where experiments are read (default: the repository's)"))
    .addOption(new Option("--out <folder>", "where runs are kept (default: runs/reproduce)"))
    .addOption(new Option("--reports <folder>", "where the report's folder is written (default: reports)"))
    .addOption(jsonOption())
    .action(run);
}

async function run(name: string, options: Options): Promise<void> {
  const { reproduce } = await import("../reproduce/reproduce.js");
  const {
    jobs = Math.min(2, availableParallelism()),
    threads = 1,
    out = join("runs", "reproduce"),
    reports = "reports",
  } = options;
  const done = await interruptible("each run writing a checkpoint", (signal) =>
    reproduce(name, {
      ...options,
      onlyDone: options.done ?? false,
      jobs,
      threads,
      out,
      reports,
      signal,
      onPlan: sayPlan,
    }),
  );
  const { queue, folder, files, report } = done;
  const result = {
    ...{ experiment: name, quick: options.quick ?? false, folder, files },
    ...{ runs: queue.records.size, done: queue.done, unfinished: queue.unfinished, failed: queue.failed },
    report: report ?? null,
  };
  await printResult(options.json, result, () => resultText(done));
  if (queue.unfinished > 0 && !report) throw new ExitStatus(options.done ? 1 : INTERRUPTED);
  if (queue.failed.length > 0) throw new ExitStatus(1);
}

function sayPlan({ cells, quick, seeds }: Plan, left: readonly string[]): void {
  const runs = cells.reduce((sum, cell) => sum + cell.runs.length, 0);
  log(`${runs} runs: ${cells.length} rows, seeds ${seeds.join(", ")}${quick ? "; QUICK, no result" : ""}`);
  for (const data of left) log(`left out: ${data}, its files are not there (mmgan data fetch ${data})`);
}

function resultText({ queue, folder, files, report }: Reproduction): string {
  const failed = queue.failed.map(({ name, message, code }) => `failed: ${name}: ${message} (${code})`);
  if (queue.unfinished > 0 && !report)
    return [...failed, `${queue.unfinished} runs are not done; the same command goes on with them`].join(
      "\n",
    );
  return [
    ...(report ? [reportLines(report)] : []),
    ...failed,
    ...(report ? [`${folder}: ${files.join(", ")}`] : []),
    ...(report?.whole ? [`This was quick: fewer seeds and steps. The whole: ${report.whole}`] : []),
  ].join("\n");
}

/** Means of every row. */
function reportLines({ rows }: Report): string {
  return textTable([
    ["data", "row", "n", "purity", "worst", "NMI", "ARI", "accuracy", "paper purity"],
    ...rows.map(({ column, row, runs, scores, published }) => [
      ...[column, row, `${runs.length}`],
      ...[scores.purity.mean, scores.purity.worst].map((value) => value.toFixed(3)),
      ...[scores.nmi.mean, scores.ari.mean, scores.accuracy.mean].map((value) => value.toFixed(3)),
      published?.purity?.mean.toFixed(2) ?? "-",
    ]),
  ]);
}
