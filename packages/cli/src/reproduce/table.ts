/** A report as tables of plain text cells, one for each column of the experiment; Markdown and HTML are written from it. */

import { GENERATION_NAMES, type Report, type ReportRow, SCORE_NAMES } from "./report-file.js";
import { type Summary, summarise } from "./statistics.js";

export interface Table {
  /** The data set's label. */
  readonly title: string;
  /** What was learnt from and scored on, a sentence. */
  readonly caption: string;
  /** Names of the columns; those that are empty throughout are left out. */
  readonly head: readonly string[];
  readonly rows: readonly TableRow[];
  /** Learning curves, one line a row that has any: "RSGAN: 0.61 at 500, 0.74 at 1000". */
  readonly curves: readonly string[];
}

export interface TableRow {
  /** Where the figures are from. */
  readonly kind: "ours" | "baseline" | "published";
  /** One text for each of the head. */
  readonly cells: readonly string[];
}

const HEAD = [
  "row",
  "recipe",
  "steps",
  "n",
  "purity",
  "NMI",
  "ARI",
  "accuracy",
  "minutes",
  "paper: purity",
  "paper: NMI",
  "paper: ARI",
  "paper of its own",
];

const GENERATION_HEAD = [
  "row",
  "recipe",
  "steps",
  "n",
  "precision",
  "recall",
  "density",
  "coverage",
  "FID",
  "class agreement",
  "classes shown",
];

/** What the columns mean; stands below the tables. */
export const LEGEND = [
  "Mean ± sample standard deviation over n seeds, the worst seed in brackets; no run is left out.",
  "Accuracy is one-to-one (Hungarian); what the paper calls ACC is purity.",
  "Minutes: mean of a training (of the fit, for a baseline) in one process, neighbour graph and scoring left out.",
  "Columns that begin with “paper” hold figures as published, never ours.",
];

/** Stands above the learning curves. */
export const CURVES =
  "Mean purity on the way, on at most 2,000 of the scored samples, and at the end on all:";

/** "0.974 ± 0.003 (0.971)" */
export function summaryText({ mean, sd, worst }: Summary): string {
  return sd === null ? mean.toFixed(3) : `${mean.toFixed(3)} ± ${sd.toFixed(3)} (${worst.toFixed(3)})`;
}

/** Published figures have two digits. */
function publishedText(figure: { mean: number; sd?: number | undefined } | undefined): string {
  if (!figure) return "";
  return figure.sd === undefined
    ? figure.mean.toFixed(2)
    : `${figure.mean.toFixed(2)} ± ${figure.sd.toFixed(2)}`;
}

const minutesText = (minutes: number) => (minutes < 0.05 ? "< 0.1" : minutes.toFixed(1));

/** All tables of a report: of each column the clustering, then what is generated where that was scored. */
export function tablesOf(report: Report): Table[] {
  return report.columns.flatMap(({ label }) => {
    const rows = report.rows.filter(({ column }) => column === label);
    const others = report.others.filter(({ column }) => column === label);
    const generated = rows.flatMap(generationRow);
    const clustering: Table = {
      title: label,
      caption: captionOf(rows),
      head: HEAD,
      rows: [
        ...rows.map(ownRow),
        ...others.map(({ row, published }): TableRow => {
          const cells = [row, ...Array(HEAD.length - 5).fill(""), ...paperCells(published), ""];
          return { kind: "published", cells };
        }),
      ],
      curves: rows.flatMap(curveLine),
    };
    if (generated.length === 0) return [clustering];
    const samples = [...new Set(rows.flatMap(({ generation }) => generation?.n ?? []))];
    const caption = `${samples.join(" or ")} generated samples against as many real ones, in the features of a network trained with labels for scoring alone; FID is on that network's scale`;
    return [
      clustering,
      { title: `${label}, generation`, caption, head: GENERATION_HEAD, rows: generated, curves: [] },
    ];
  });
}

function generationRow({ row, recipe, steps, runs, generation }: ReportRow): TableRow[] {
  if (!generation) return [];
  const figures = GENERATION_NAMES.map((name) => summaryText(generation[name]));
  return [{ kind: "ours", cells: [row, recipe ?? "", `${steps ?? ""}`, `${runs.length}`, ...figures] }];
}

function ownRow({
  row,
  recipe,
  steps,
  runs,
  scores,
  minutes,
  published,
  ownPaper = "",
}: ReportRow): TableRow {
  return {
    kind: recipe === null ? "baseline" : "ours",
    cells: [
      row,
      recipe ?? "",
      steps === null ? "" : `${steps}`,
      `${runs.length}`,
      ...SCORE_NAMES.map((name) => summaryText(scores[name])),
      minutesText(minutes),
      ...paperCells(published),
      ownPaper,
    ],
  };
}

/** Mean purity over the seeds after each stretch of steps. */
function curveLine({ row, runs }: ReportRow): string[] {
  const [first] = runs;
  if (!first || first.curve.length < 2) return [];
  const points = first.curve.map(([step]) => {
    const seen = runs.flatMap(({ curve }) => curve.filter(([at]) => at === step).map(([, purity]) => purity));
    return `${summarise(seen).mean.toFixed(3)} at ${step}`;
  });
  return [`${row}: ${points.join(", ")}`];
}

const paperCells = (published: ReportRow["published"]) =>
  (["purity", "nmi", "ari"] as const).map((name) => publishedText(published?.[name]));

function captionOf(rows: readonly ReportRow[]): string {
  const parts = new Set(
    rows.map(
      ({ train, score, samples }) => `learnt from the ${train} split, scored on ${samples} of ${score}`,
    ),
  );
  return [...parts].join("; ");
}

const amount = (hours: number) =>
  hours < 1 ? `${(hours * 60).toFixed(1)} minutes` : `${hours.toFixed(1)} hours`;

/** What a reader must know of the whole report, paragraphs of plain text. */
export function remarksOf(report: Report): string[] {
  const { quick, whole, note, left, failed, code, machines, seeds, jobs, unfinished } = report;
  const threads = [...new Set(report.rows.flatMap(({ runs }) => runs.map((run) => run.threads)))];
  const hours = report.rows.flatMap(({ runs }) => runs).reduce((sum, { seconds }) => sum + seconds, 0) / 3600;
  const versions = code.map(({ version, commit, changed }) =>
    [version, commit?.slice(0, 12), changed && "with changes"].filter(Boolean).join(" "),
  );
  const computers = machines.map(
    ({ processor, cores, node }) => `${processor}, ${cores} cores, Node ${node}`,
  );
  return [
    ...(quick
      ? [
          `QUICK: fewer seeds and steps than the experiment has; this shows that it runs, not what it reaches. The whole: ${whole}`,
        ]
      : []),
    ...(note ? [note] : []),
    `Seeds ${seeds.join(", ")}; ${amount(hours)} of computing in all, ${jobs} runs side by side, threads of each: ${threads.join(", ")}. On ${computers.join("; ")}. mmgan ${versions.join("; ")}.`,
    ...(unfinished
      ? [
          `Not whole: ${unfinished} runs were not done yet when this was written. Column n says how many seeds a row has; rows without any are left out.`,
        ]
      : []),
    ...(left.length > 0 ? [`Left out, as the data are not there: ${left.join(", ")}.`] : []),
    ...(failed.length > 0
      ? [
          `Failed, and in no figure: ${failed.map(({ name, message, code }) => `${name}: ${message} (${code})`).join(" ")}`,
        ]
      : []),
  ];
}
