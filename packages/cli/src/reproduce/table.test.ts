import { describe, expect, it } from "vitest";
import { parseExperiment } from "./experiment.js";
import { type Plan, planRuns } from "./plan.js";
import { makeReport } from "./report.js";
import { parseReport, type Report, reportText } from "./report-file.js";
import { resultsPage } from "./results-page.js";
import type { RunRecord } from "./run-record.js";
import { summaryText, tablesOf } from "./table.js";
import { htmlPage } from "./table-html.js";
import { markdownPage } from "./table-markdown.js";
import { experimentText } from "./testing.js";

const MACHINE = { processor: "P <1>", cores: 2, memoryBytes: 1, platform: "linux-x64", node: "v20" };
const CODE = { version: "0.1.0", commit: "0123456789abcdef", changed: false, built: "ab" };

const plan = (quick = false, changes = {}): Plan =>
  planRuns(parseExperiment(experimentText(changes), "x.json"), { out: "runs", quick });

const generationAt = (seed: number) => ({
  ...{ n: 100, precision: 0.5, recall: 0.25 * seed, density: 1, coverage: 0.75, fid: 3 * seed },
  ...{ agreement: 0.9, classes: 9 + seed },
});

/** Seed s has purity 0.1 s, NMI 0.2 s, ARI 0, accuracy 0.05 s, and took 60 s seconds. */
function report(of: Plan, without: readonly string[] = []): Report {
  const runs = of.cells.flatMap((cell) => cell.runs).filter(({ name }) => !without.includes(name));
  const records = runs.map(({ folder, spec }): [string, RunRecord] => {
    const scores = { purity: 0.1 * spec.seed, nmi: 0.2 * spec.seed, ari: 0, accuracy: 0.05 * spec.seed };
    const curve = [5, 10].map((step) => ({ step, seconds: step, n: 3, ...scores, purity: 0.01 * step }));
    return [
      folder,
      {
        ...{ format: 1, spec, code: CODE, machine: MACHINE, threads: 1, resumed: 0, n: 359, clusters: 10 },
        ...{ seconds: 60 * spec.seed, scores, curve: spec.kind === "training" ? curve : [] },
        ...(of.generation && spec.kind === "training" && spec.model === "mmgan"
          ? { generation: generationAt(spec.seed) }
          : {}),
      },
    ];
  });
  const failed = without.map((name) => ({ name, folder: "f", code: "E_X", message: "no <good>." }));
  return makeReport(
    of,
    { records: new Map(records), failed, unfinished: 0, done: 0 },
    {
      command: "mmgan reproduce small",
      jobs: 2,
      left: [],
      ...(of.quick && { whole: "mmgan reproduce small" }),
    },
  );
}

/** Checks that every element is closed in order and every sign of markup is one. */
function mustBeWellFormed(html: string): string[] {
  const open: string[] = [];
  const seen: string[] = [];
  const markup =
    /<(!doctype html|\/?)([a-z][a-z0-9]*)?((?:\s+[a-z-]+="[^"<>]*")*)\s*(\/?)>|[<>]|&(?!(?:amp|lt|gt|quot|#39);)/g;
  const body = html.replace(/<style>[^<]*<\/style>/, "");
  for (const [text, slash, name, , empty] of body.matchAll(markup)) {
    if (text === "<!doctype html>") continue;
    if (!name) throw new Error(`${JSON.stringify(text)} is no markup`);
    seen.push(name);
    if (empty) continue;
    if (slash === "/") expect(open.pop()).toBe(name);
    else open.push(name);
  }
  expect(open).toEqual([]);
  return seen;
}

describe("a report", () => {
  it("has the means, deviations and worst of its seeds, by hand", () => {
    const [row] = report(plan()).rows;
    const { purity, nmi } = row!.scores;
    expect(purity.mean).toBeCloseTo((0.1 + 0.2) / 2, 12);
    expect(purity.sd).toBeCloseTo(Math.sqrt((0.05 ** 2 + 0.05 ** 2) / (2 - 1)), 12);
    expect(purity.worst).toBe(0.1);
    expect(nmi.mean).toBeCloseTo((0.2 + 0.4) / 2, 12);
    expect(row!.minutes).toBeCloseTo((60 + 120) / 2 / 60, 12);
    expect(row!.runs.map(({ seed, seconds }) => [seed, seconds])).toEqual([
      [1, 60],
      [2, 120],
    ]);
  });

  it("leaves a failed run out of the figures and names it", () => {
    const part = report(plan(), ["digits, row <1>, seed 2"]);
    expect(part.rows[0]!.scores.purity).toEqual({ mean: 0.1, sd: null, worst: 0.1 });
    expect(part.rows[0]!.runs).toHaveLength(1);
    expect(markdownPage(part)).toContain(
      "Failed, and in no figure: digits, row \\<1\\>, seed 2: no \\<good\\>.",
    );
  });

  it("of runs that are done so far says how many are not", () => {
    const whole = report(plan());
    const part = { ...whole, unfinished: 3 };
    expect(parseReport(reportText(part), "x")).toEqual(part);
    expect(markdownPage(part)).toContain("Not whole: 3 runs were not done yet when this was written.");
    expect(markdownPage(whole)).not.toContain("Not whole");
  });

  it("comes back from its text, with each config whole", () => {
    const whole = report(plan());
    expect(parseReport(reportText(whole), "x")).toEqual(whole);
    expect(whole.configs[whole.rows[0]!.config]).toMatchObject({
      config: { loss: "rsgan", pairing: "off", steps: 30 },
    });
    expect(JSON.stringify(whole.configs)).not.toContain('"seed"');
    const damaged = reportText(whole).replace(/"mean": ?0\.15\d*/, '"mean": "0.15"');
    expect(() => parseReport(damaged, "x")).toThrow(/field rows\.0\.scores\.purity\.mean of x/);
  });
});

describe("tables", () => {
  it("show mean, deviation and worst, and the paper's figures apart", () => {
    expect(summaryText({ mean: 0.97449, sd: 0.0032, worst: 0.9706 })).toBe("0.974 ± 0.003 (0.971)");
    expect(summaryText({ mean: 0.5, sd: null, worst: 0.5 })).toBe("0.500");
    const [, moon] = tablesOf(report(plan()));
    expect(moon!.rows.map(({ kind, cells }) => [kind, ...cells])).toEqual([
      [
        ...["ours", "row <1>", "paper", "6000", "2", "0.150 ± 0.071 (0.100)", "0.300 ± 0.141 (0.200)"],
        ...["0.000 ± 0.000 (0.000)", "0.075 ± 0.035 (0.050)", "1.5", "0.90 ± 0.02", "0.50 ± 0.10", "0.40"],
        "purity .95 of three runs",
      ],
      [
        ...["baseline", "k-means", "", "", "2", "0.150 ± 0.071 (0.100)", "0.300 ± 0.141 (0.200)"],
        ...["0.000 ± 0.000 (0.000)", "0.075 ± 0.035 (0.050)", "1.5", "", "", "", ""],
      ],
      ["published", "GMVAE", "", "", "", "", "", "", "", "", "0.84", "0.39", "0.47", ""],
    ]);
    expect(moon!.curves).toEqual(["row <1>: 0.050 at 5, 0.100 at 10"]);
  });

  it("show what is generated in a table of its own, the largest FID as the worst; not where nothing generates", () => {
    const scored = report(plan(false, { generation: true }));
    const [clustering, generation] = tablesOf(scored);
    expect(clustering!.rows).toHaveLength(3);
    expect(generation!.title).toBe("digits, generation");
    expect(generation!.caption).toContain("100 generated samples");
    expect(generation!.rows.map(({ cells }) => cells)).toEqual([
      [
        ...["row <1>", "paper", "30", "2", "0.500 ± 0.000 (0.500)", "0.375 ± 0.177 (0.250)"],
        ...["1.000 ± 0.000 (1.000)", "0.750 ± 0.000 (0.750)", "4.500 ± 2.121 (6.000)"],
        ...["0.900 ± 0.000 (0.900)", "10.500 ± 0.707 (10.000)"],
      ],
    ]);
    expect(parseReport(reportText(scored), "x")).toEqual(scored);
    mustBeWellFormed(htmlPage(scored));
    expect(tablesOf(report(plan()))).toHaveLength(2);
  });

  it("Markdown: as many cells in each line as in the head; no markup from labels", () => {
    const page = markdownPage(report(plan()));
    expect(page).toMatch(/^# Small \\<b\\>& "odd" \\\| title\n/);
    const lines = page.split("\n").filter((line) => line.startsWith("|"));
    expect(lines.length).toBeGreaterThan(5);
    const cells = (line: string) => line.split(/(?<!\\)\|/).length;
    for (const line of lines) expect([11, 15]).toContain(cells(line));
  });

  it("HTML is well-formed, in one file, with captions and headers of rows and columns", () => {
    const html = htmlPage(report(plan(), ["digits, row <1>, seed 2"]));
    const seen = mustBeWellFormed(html);
    expect(seen.filter((name) => name === "table")).toHaveLength(2 * 2);
    expect(seen.filter((name) => name === "caption")).toHaveLength(2 * 2);
    expect(html).not.toMatch(/<(script|link|img)|url\(|https?:/);
    expect(html).toContain("prefers-color-scheme: dark");
    expect(html).toContain('<th scope="row">row &lt;1&gt;</th>');
    expect(html).toContain('lang="en"');
  });

  it("the check of HTML finds what is wrong", () => {
    expect(() => mustBeWellFormed("<p><b></p></b>")).toThrow();
    expect(() => mustBeWellFormed("<p>a < b</p>")).toThrow();
    expect(() => mustBeWellFormed("<p>a & b</p>")).toThrow();
    expect(() => mustBeWellFormed("<p>")).toThrow();
  });

  it("quick says so first, and gives the command for the whole", () => {
    const quick = report(plan(true));
    expect(markdownPage(quick).split("\n")[2]).toMatch(/^QUICK: .*The whole: mmgan reproduce small$/);
    expect(htmlPage(quick)).toMatch(/<p class="quick">QUICK: /);
    expect(htmlPage(report(plan()))).not.toContain('class="quick"');
  });
});

describe("the page of results", () => {
  it("has every whole report in the paper's order, and none that is quick", () => {
    const named = (name: string, of: Report, files: string[] = []) => ({
      report: { ...of, name, title: name },
      files,
    });
    const whole = report(plan());
    const page = resultsPage([
      named("other", whole),
      named("figure6", whole, ["figure6.png"]),
      named("table2", whole),
      named("table1", whole),
      named("table1-quick", report(plan(true))),
    ]);
    expect(page.match(/^## .*$/gm)).toEqual(["## table1", "## table2", "## figure6", "## other"]);
    expect(page.match(/!\[.*\)/g)).toEqual(["![figure6](../reports/figure6/figure6.png)"]);
    expect(page).not.toContain("QUICK");
  });

  it("has what is said of a report in words above its tables", () => {
    const page = resultsPage([
      { report: report(plan()), files: [], findings: "**What it shows.** Little.\n" },
    ]);
    const words = page.indexOf("**What it shows.** Little.\n\n");
    expect(words).toBeGreaterThan(0);
    expect(page.indexOf("|  | recipe")).toBeGreaterThan(words);
  });

  it("says so where there is none", () => {
    expect(resultsPage([])).toContain("No report is committed yet.");
  });
});
