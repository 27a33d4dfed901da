/** table.md: a report's tables as Markdown. */

import type { Report } from "./report-file.js";
import { CURVES, LEGEND, remarksOf, type Table, tablesOf } from "./table.js";

/** What Markdown would take for markup; a table's cell also ends at a bar. */
const escapeMarkdown = (text: string) => text.replaceAll(/[\\`*_[\]<>|#]/g, "\\$&");

/** The page. Ends with a newline. */
export function markdownPage(report: Report): string {
  return [`# ${escapeMarkdown(report.title)}`, ...markdownBody(report, 2)].join("\n\n").concat("\n");
}

/** All but the title; `level` is that of the tables' headings. */
export function markdownBody(report: Report, level: number): string[] {
  return [
    ...remarksOf(report).map(escapeMarkdown),
    `    ${report.command}`,
    ...tablesOf(report).flatMap((table) => [
      `${"#".repeat(level)} ${escapeMarkdown(table.title)}`,
      ...(table.caption
        ? [escapeMarkdown(`${table.caption[0]!.toUpperCase()}${table.caption.slice(1)}.`)]
        : []),
      markdownTable(table),
      ...(table.curves.length > 0
        ? [CURVES, table.curves.map((line) => `- ${escapeMarkdown(line)}`).join("\n")]
        : []),
    ]),
    LEGEND.map(escapeMarkdown).join(" "),
  ];
}

/** A column that is empty throughout is left out. */
function markdownTable({ head, rows }: Table): string {
  const kept = head.map((_, c) => c).filter((c) => rows.some(({ cells }) => cells[c] !== ""));
  const line = (cells: readonly string[]) => `| ${kept.map((c) => escapeMarkdown(cells[c]!)).join(" | ")} |`;
  return [
    line(head.map((name) => (name === "row" ? "" : name))),
    `|${kept.map((c) => (c < 2 ? "---|" : "---:|")).join("")}`,
    ...rows.map(({ cells, kind }) =>
      line(kind === "published" ? [`${cells[0]} (published)`, ...cells.slice(1)] : cells),
    ),
  ].join("\n");
}
