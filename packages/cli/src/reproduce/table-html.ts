/** table.html: a report's tables as one page without anything beside it, for light and dark, for eyes and for readers. */

import type { Report } from "./report-file.js";
import { CURVES, LEGEND, remarksOf, type Table, tablesOf } from "./table.js";

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
export const escapeHtml = (text: string) => text.replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign]!);

// Text on ground has a contrast of at least 7 in both schemes.
const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #3d4650; --ground: #ffffff; --band: #f1f4f7; --line: #b8c0c8; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ebee; --soft: #c0c7ce; --ground: #14171a; --band: #1e2328; --line: #4a525a; }
}
body { margin: 2rem auto; max-width: 80rem; padding: 0 1rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { line-height: 1.2; }
.quick { border: 3px solid currentColor; padding: 0.5rem 1rem; font-weight: bold; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding-bottom: 0.4rem; }
th, td { padding: 0.3rem 0.7rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
thead th { border-bottom: 2px solid var(--ink); vertical-align: bottom; }
th[scope="row"], td.text, th.text { text-align: left; font-weight: normal; }
tbody tr:nth-child(even) { background: var(--band); }
tr.ours th[scope="row"] { font-weight: bold; }
tr.published { color: var(--soft); font-style: italic; }
pre, code { background: var(--band); }
pre { padding: 0.7rem 1rem; overflow-x: auto; }
`;

/** The page. Ends with a newline. */
export function htmlPage(report: Report): string {
  const title = escapeHtml(report.title);
  const [first, ...rest] = remarksOf(report).map(escapeHtml);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p${report.quick ? ' class="quick"' : ""}>${first}</p>
${rest.map((text) => `<p>${text}</p>`).join("\n")}
<pre><code>${escapeHtml(report.command)}</code></pre>
${tablesOf(report).map(section).join("\n")}
<h2>What the columns say</h2>
<ul>
${LEGEND.map((text) => `<li>${escapeHtml(text)}</li>`).join("\n")}
</ul>
</main>
</body>
</html>
`;
}

function section({ title, caption, head, rows, curves }: Table): string {
  const kept = head.map((_, c) => c).filter((c) => rows.some(({ cells }) => cells[c] !== ""));
  const names = kept.map(
    (c) => `<th scope="col"${c < 2 ? ' class="text"' : ""}>${escapeHtml(head[c]!)}</th>`,
  );
  const body = rows.map(({ cells, kind }) => {
    const [name, ...figures] = kept.map((c) => [c, escapeHtml(cells[c]!)] as const);
    const label = kind === "published" ? `${name![1]} (published)` : name![1];
    const data = figures.map(([c, text]) => `<td${c < 2 ? ' class="text"' : ""}>${text}</td>`);
    return `<tr class="${kind}"><th scope="row">${label}</th>${data.join("")}</tr>`;
  });
  return `<h2>${escapeHtml(title)}</h2>
<div class="scroll" role="region" aria-label="${escapeHtml(title)}" tabindex="0">
<table>
<caption>${escapeHtml(caption)}</caption>
<thead><tr>${names.join("")}</tr></thead>
<tbody>
${body.join("\n")}
</tbody>
</table>
</div>${curvesOf(curves)}`;
}

function curvesOf(lines: readonly string[]): string {
  if (lines.length === 0) return "";
  const items = lines.map((line) => `<li>${escapeHtml(line)}</li>`);
  return `
<details>
<summary>Learning curves</summary>
<p>${escapeHtml(CURVES)}</p>
<ul>
${items.join("\n")}
</ul>
</details>`;
}
