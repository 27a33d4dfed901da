/** `mmgan report`: sizes of clusters, how sure the model is, and errors of a results file, as pages with plots. */

import { basename, join } from "node:path";
import { writeFileAtomic } from "@mmgan/node-io";
import { readResults } from "@mmgan/results";
import { commandLine } from "./command-line.js";
import { COLOURS, drawPicture, type Picture } from "./figures/figure.js";
import { escapeHtml } from "./reproduce/table-html.js";

/** Bars of the histogram of probabilities. */
const BINS = 20;

export interface ClusterReport {
  readonly cluster: number;
  readonly name: string | null;
  readonly images: number;
  /** Mean probability of its pictures. */
  readonly probability: number;
  /** Pictures farther out than training samples; null without distances. */
  readonly outliers: number | null;
}

export interface ReportSummary {
  readonly results: string;
  readonly out: string;
  readonly files: readonly string[];
  readonly images: number;
  /** The largest first. */
  readonly clusters: readonly ClusterReport[];
  /** Pictures by the probability of their cluster, in equal steps from 0 to 1. */
  readonly certainty: readonly number[];
  /** Code -> pictures that could not be clustered. */
  readonly errors: Readonly<Record<string, number>>;
}

type Counted = Omit<ReportSummary, "out" | "files">;

/** Reads `results` once. Memory: a record a cluster. @throws ResultsError when it cannot be read */
export async function countResults(path: string): Promise<Counted> {
  const results = await readResults(path);
  const found = new Map<number, { images: number; sum: number; outliers: number; distances: boolean }>();
  const certainty = new Array<number>(BINS).fill(0);
  let images = 0;
  for await (const { cluster, probability, outlier } of results.rows()) {
    const of = found.get(cluster) ?? { images: 0, sum: 0, outliers: 0, distances: false };
    found.set(cluster, of);
    images++;
    of.images++;
    of.sum += probability;
    if (outlier !== null) of.distances = true;
    if (outlier) of.outliers++;
    certainty[Math.min(BINS - 1, Math.floor(probability * BINS))]!++;
  }
  const errors: Record<string, number> = {};
  for await (const { code } of results.errors()) errors[code] = (errors[code] ?? 0) + 1;
  const clusters = [...found]
    .map(([cluster, { images, sum, outliers, distances }]) => ({
      ...{ cluster, name: results.names[cluster] ?? null, images, probability: sum / images },
      outliers: distances ? outliers : null,
    }))
    .sort((a, b) => b.images - a.images || a.cluster - b.cluster);
  return { results: path, images, clusters, certainty, errors };
}

/**
 * Writes report.md, report.html, and the plots as SVG and PNG, each file whole or not at all; older ones are replaced.
 *
 * @throws ResultsError, PeerError where vega is not installed, ArgumentError for a folder that cannot be written
 */
export async function writeReport(results: string, out: string): Promise<ReportSummary> {
  const counted = await countResults(results);
  const command = commandLine(["report", results, "--out", out]);
  const plots = {
    sizes: await drawSizes(counted, command),
    certainty: await drawCertainty(counted, command),
  };
  const files: [name: string, bytes: string | Uint8Array][] = Object.entries(plots).flatMap(
    ([name, { svg, png }]) => [
      [`${name}.svg`, svg] as [string, string],
      [`${name}.png`, png] as [string, Uint8Array],
    ],
  );
  files.push(["report.md", markdown(counted, command)], ["report.html", html(counted, command, plots)]);
  for (const [name, bytes] of files) await writeFileAtomic(join(out, name), bytes);
  return { ...counted, out, files: files.map(([name]) => name) };
}

const labelOf = ({ cluster, name }: ClusterReport) => (name === null ? `${cluster}` : `${cluster} ${name}`);
const titleOf = ({ results, images, clusters }: Counted) =>
  `${basename(results)}: ${images} pictures in ${clusters.length} clusters`;

function drawSizes(counted: Counted, command: string): Promise<Picture> {
  const values = counted.clusters.map((cluster) => ({ label: labelOf(cluster), images: cluster.images }));
  const text = "Pictures of each cluster, the largest first.";
  return drawPicture(
    {
      ...{ width: 560, height: { step: 18 }, data: { values } },
      mark: { type: "bar", color: COLOURS[0] },
      encoding: {
        y: { field: "label", type: "nominal", sort: null, axis: { title: "cluster", labelLimit: 240 } },
        x: { field: "images", type: "quantitative", axis: { title: "pictures", tickMinStep: 1 } },
      },
    },
    { title: titleOf(counted), text, command, width: 96 },
  );
}

function drawCertainty(counted: Counted, command: string): Promise<Picture> {
  const values = counted.certainty.map((images, bin) => ({
    ...{ from: bin / BINS, to: (bin + 1) / BINS, images },
  }));
  const text = `Pictures by the probability that the model gives their cluster, in steps of ${1 / BINS}; 1 is sure.`;
  return drawPicture(
    {
      ...{ width: 560, height: 240, data: { values } },
      mark: { type: "bar", color: COLOURS[0] },
      encoding: {
        x: {
          field: "from",
          bin: { binned: true, step: 1 / BINS },
          axis: { title: "probability", format: ".1f" },
        },
        x2: { field: "to" },
        y: { field: "images", type: "quantitative", axis: { title: "pictures", tickMinStep: 1 } },
      },
    },
    { title: titleOf(counted), text, command, width: 96 },
  );
}

const HEAD = ["cluster", "name", "pictures", "share %", "mean probability", "outliers"];

function cells({ images }: Counted, cluster: ClusterReport): string[] {
  const { name, images: own, probability, outliers } = cluster;
  const share = ((100 * own) / images).toFixed(1);
  return [
    `${cluster.cluster}`,
    ...[name ?? "", `${own}`, share, probability.toFixed(3), outliers === null ? "" : `${outliers}`],
  ];
}

const escapeMarkdown = (text: string) => text.replaceAll(/[\\`*_[\]<>|#]/g, "\\$&");

function markdown(counted: Counted, command: string): string {
  const row = (of: readonly string[]) => `| ${of.map(escapeMarkdown).join(" | ")} |`;
  const errors = Object.entries(counted.errors);
  return [
    `# ${escapeMarkdown(titleOf(counted))}`,
    `    ${command}`,
    [
      row(HEAD),
      "|---:|---|---:|---:|---:|---:|",
      ...counted.clusters.map((of) => row(cells(counted, of))),
    ].join("\n"),
    "![Sizes of the clusters](sizes.png)",
    "![How sure the model is](certainty.png)",
    errors.length === 0
      ? "Every picture could be read."
      : `Not clustered: ${errors.map(([code, n]) => `${n} ${escapeMarkdown(code)}`).join(", ")}.`,
  ]
    .join("\n\n")
    .concat("\n");
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; }
th, td { padding: 0.2rem 0.8rem; text-align: right; border-bottom: 1px solid #8884; }
th:nth-child(2), td:nth-child(2) { text-align: left; }
figure { margin: 1.5rem 0; background: white; }
figure svg { max-width: 100%; height: auto; }
`;

function html(counted: Counted, command: string, plots: Record<"sizes" | "certainty", Picture>): string {
  const title = escapeHtml(titleOf(counted));
  const row = (of: readonly string[], tag: string) =>
    `<tr>${of.map((text) => `<${tag}>${escapeHtml(text)}</${tag}>`).join("")}</tr>`;
  const errors = Object.entries(counted.errors);
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
<pre><code>${escapeHtml(command)}</code></pre>
<table>
<thead>${row(HEAD, "th")}</thead>
<tbody>${counted.clusters.map((of) => row(cells(counted, of), "td")).join("\n")}</tbody>
</table>
<figure role="img" aria-label="Sizes of the clusters, as in the table">${plots.sizes.svg}</figure>
<figure role="img" aria-label="Pictures by the probability of their cluster">${plots.certainty.svg}</figure>
<p>${errors.length === 0 ? "Every picture could be read." : `Not clustered: ${errors.map(([code, n]) => `${n} ${escapeHtml(code)}`).join(", ")}.`}</p>
</main>
</body>
</html>
`;
}
