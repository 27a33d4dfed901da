/** docs/results.md and the tables beside each report say what the committed reports say. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { htmlPage, markdownPage, parseReport, resultsPage } from "mmgan";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "reports");
const read = (...path: string[]) => readFileSync(join(root, ...path), "utf8");

const reports = (existsSync(folder) ? readdirSync(folder) : [])
  .filter((name) => existsSync(join(folder, name, "report.json")))
  .map((name) => ({
    name,
    report: parseReport(read("reports", name, "report.json"), name),
    files: readdirSync(join(folder, name)),
    ...(existsSync(join(folder, name, "findings.md")) && { findings: read("reports", name, "findings.md") }),
  }));

it("docs/results.md is what the reports give today (otherwise: npm run results)", () => {
  expect(read("docs", "results.md")).toBe(resultsPage(reports));
});

describe.each(reports.filter(({ report }) => !report.quick))("reports/$name", ({ name, report }) => {
  it("has the tables that its report.json gives", () => {
    expect(report.name).toBe(name);
    expect(read("reports", name, "table.md")).toBe(markdownPage(report));
    expect(read("reports", name, "table.html")).toBe(htmlPage(report));
  });

  it("has means, deviations and worst of the runs it lists", () => {
    for (const { runs, scores, minutes } of report.rows) {
      for (const score of ["purity", "nmi", "ari", "accuracy"] as const) {
        const values = runs.map((run) => run[score]);
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        expect(scores[score].mean).toBeCloseTo(mean, 12);
        expect(scores[score].worst).toBe(Math.min(...values));
        const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
        if (values.length > 1)
          expect(scores[score].sd).toBeCloseTo(Math.sqrt(squares / (values.length - 1)), 12);
        else expect(scores[score].sd).toBeNull();
      }
      const seconds = runs.reduce((sum, run) => sum + run.seconds, 0) / runs.length;
      expect(minutes).toBeCloseTo(seconds / 60, 2);
    }
  });

  it("names no path of a machine", () => {
    expect(read("reports", name, "report.json")).not.toMatch(/"\/|[A-Z]:\\\\|\/home\/|\/tmp\//);
  });
});
