/** An experiment from its file to its report: plan, queue, tables, picture. */

import { access, constants, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { DataMissingError } from "@mmgan/core";
import { writeError, writeFileAtomic } from "@mmgan/node-io";
import { type DatasetName, datasetInfo, findFiles } from "@mmgan/trainer";
import type { FigureInput, Picture } from "../figures/figure.js";
import { FIGURES } from "../figures/figures.js";
import { readExperiment } from "./experiment-files.js";
import { figureRuns } from "./figures.js";
import { dataOf, type Plan, planRuns } from "./plan.js";
import { type QueueResult, runPlan } from "./queue.js";
import { makeReport } from "./report.js";
import { type Report, reportText } from "./report-file.js";
import { htmlPage } from "./table-html.js";
import { markdownPage } from "./table-markdown.js";

type DrawFigure = (input: FigureInput) => Promise<Picture>;

export interface ReproduceOptions {
  readonly seeds?: readonly number[];
  readonly quick?: boolean;
  readonly jobs: number;
  readonly threads: number;
  readonly dataDir?: string;
  /** Folder of experiments. Default: the repository's. */
  readonly experiments?: string;
  /** Does no run: the report is of those that are done. */
  readonly onlyDone?: boolean;
  /** Folder of the runs. */
  readonly out: string;
  /** Folder of the reports. */
  readonly reports: string;
  readonly signal: AbortSignal;
  /** Told before the first run. */
  readonly onPlan?: (plan: Plan, left: readonly string[]) => void;
}

export interface Reproduction {
  plan: Plan;
  queue: QueueResult;
  /** Undefined where the queue was stopped, or no run came to an end. */
  report?: Report;
  /** Where the report is. */
  folder: string;
  /** Files written there. */
  files: string[];
}

/**
 * Does an experiment's runs, those left, and writes its report.
 *
 * @throws UnknownNameError (experiment), ArgumentError (experiment's file; folders that cannot be written),
 * DataMissingError where a data set's files are not there, unless quick, which does without
 */
export async function reproduce(name: string, options: ReproduceOptions): Promise<Reproduction> {
  const { quick = false, seeds, out, jobs, signal } = options;
  const experiment = await readExperiment(name, options.experiments);
  const missing = await missingData(dataOf(experiment, quick), options.dataDir);
  if (missing.length > 0 && !quick) throw dataMissing(missing);
  const plan = planRuns(experiment, { quick, seeds, out, without: new Set(missing) });
  if (plan.columns.length === 0) throw dataMissing(missing);
  const folder = join(options.reports, quick ? `${name}-quick` : name);
  // Hours of computing first and a refusal then would be a pity.
  for (const path of [out, folder]) await mustBeWritable(path);
  options.onPlan?.(plan, missing);

  const queue = await runPlan(plan, options);
  const short = queue.unfinished > 0 && !options.onlyDone;
  if (short || signal.aborted || queue.records.size === 0) return { plan, queue, folder, files: [] };
  const whole = commandOf(name, { ...options, quick: false, seeds: undefined });
  const report = makeReport(plan, queue, {
    ...{ command: commandOf(name, options), jobs, left: missing },
    ...(quick && { whole }),
  });
  const files = new Map<string, string | Uint8Array>([
    ["report.json", reportText(report)],
    ["table.md", markdownPage(report)],
    ["table.html", htmlPage(report)],
  ]);
  const draw = (FIGURES as Record<string, DrawFigure>)[name];
  if (draw) {
    const { svg, png } = await draw({ command: report.command, runs: figureRuns(plan, queue.records) });
    files.set(`${name}.svg`, svg).set(`${name}.png`, png);
  }
  for (const [file, content] of files) await writeFileAtomic(join(folder, file), content);
  return { plan, queue, report, folder, files: [...files.keys()] };
}

/** The command line, without what belongs to one machine. */
function commandOf(
  name: string,
  { quick, seeds }: { quick?: boolean | undefined; seeds?: readonly number[] | undefined },
): string {
  return ["mmgan reproduce", name, quick && "--quick", seeds && `--seeds ${seeds.join(",")}`]
    .filter(Boolean)
    .join(" ");
}

async function missingData(names: readonly DatasetName[], dataDir?: string): Promise<DatasetName[]> {
  const missing: DatasetName[] = [];
  for (const name of names) {
    const info = datasetInfo(name);
    if (info.source === "download" && !(await findFiles(info, info.files, dataDir))) missing.push(name);
  }
  return missing;
}

function dataMissing(names: readonly string[]): DataMissingError {
  const fetch = names.map((name) => `"mmgan data fetch ${name}"`).join(" and ");
  return new DataMissingError(
    `Expected the files of ${names.join(", ")} but they are not there. Run ${fetch}, or name the folder that holds them with --data-dir or MMGAN_DATA.`,
  );
}

/** @throws ArgumentError, DiskFullError */
async function mustBeWritable(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (cause) {
    throw writeError(cause, folder);
  }
}
