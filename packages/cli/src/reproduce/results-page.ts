/** docs/results.md, written from the reports that are committed. */

import type { Report } from "./report-file.js";
import { markdownBody } from "./table-markdown.js";

/** A report, and the files beside it. */
export interface CommittedReport {
  readonly report: Report;
  readonly files: readonly string[];
  /** Markdown of findings.md beside it, where there is one: what a reader may conclude, written by hand. */
  readonly findings?: string | undefined;
}

const HEAD = `# Results

Written by \`npm run results\` from \`reports/*/report.json\`, which \`mmgan reproduce\` writes; every figure here is read
from there, and a test fails where they differ. Each report holds every run's seed, scores, learning curve, seconds,
machine, commit and whole config. Seeds are fixed beforehand and no run is left out. What is said of a table in words is
\`reports/NAME/findings.md\`.`;

/** The experiments in the order of the page; others follow by name. */
const ORDER = ["table1", "table2", "ablation", "figure3", "figure4", "figure5", "figure6"];

function place({ report: { name } }: CommittedReport): string {
  const at = ORDER.indexOf(name);
  return `${at === -1 ? ORDER.length : at} ${name}`;
}

/** The whole page, Markdown. Quick reports are no results and have no place in it. */
export function resultsPage(reports: readonly CommittedReport[]): string {
  const whole = reports.filter(({ report }) => !report.quick).sort((a, b) => (place(a) < place(b) ? -1 : 1));
  const parts = whole.flatMap(({ report, files, findings }) => {
    const folder = `../reports/${report.name}`;
    const picture = files.includes(`${report.name}.png`);
    return [
      `## ${report.title}`,
      ...(picture
        ? [`![${report.title}](${folder}/${report.name}.png)`, `Made by \`${report.command}\`.`]
        : []),
      ...(findings ? [findings.trim()] : []),
      ...markdownBody(report, 3),
      `Data of this part: [report.json](${folder}/report.json).`,
    ];
  });
  return [HEAD, ...(parts.length > 0 ? parts : ["No report is committed yet."])].join("\n\n").concat("\n");
}
