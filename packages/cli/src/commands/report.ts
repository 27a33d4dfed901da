/** `mmgan report`: what is in a results file, as a page with plots. */

import { type Command, Option } from "commander";
import { jsonOption, RESULTS_ARGUMENT, required } from "../options.js";
import { printResult } from "../output.js";

interface ReportOptions {
  out: string;
  json?: boolean;
}

export function registerReport(program: Command): void {
  program
    .command("report")
    .description(
      "Write a report of a results file: sizes of clusters, how sure the model is, errors; plots as SVG and PNG.",
    )
    .argument("<results>", RESULTS_ARGUMENT)
    .addOption(required(new Option("--out <folder>", "report.md, report.html and the plots")))
    .addOption(jsonOption())
    .action(report);
}

async function report(results: string, { out, json }: ReportOptions): Promise<void> {
  const { writeReport } = await import("../results-report.js");
  const summary = await writeReport(results, out);
  await printResult(json, summary, () => `${out}: ${summary.files.join(", ")}`);
}
