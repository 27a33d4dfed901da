/** `npm run results`: writes docs/results.md, and the tables beside each report, from the committed reports/NAME/report.json. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, root } from "./set-up.mjs";

if (build()) {
  const { htmlPage, markdownPage, parseReport, resultsPage } = await import(
    new URL("../packages/cli/dist/index.js", import.meta.url)
  );
  const folder = join(root, "reports");
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const reports = names
    .map((name) => join(folder, name))
    .filter((place) => existsSync(join(place, "report.json")))
    .map((place) => {
      const path = join(place, "report.json");
      const report = parseReport(readFileSync(path, "utf8"), path);
      writeFileSync(join(place, "table.md"), markdownPage(report));
      writeFileSync(join(place, "table.html"), htmlPage(report));
      const findings = join(place, "findings.md");
      return {
        ...{ report, files: readdirSync(place) },
        ...(existsSync(findings) && { findings: readFileSync(findings, "utf8") }),
      };
    });
  const page = join(root, "docs/results.md");
  writeFileSync(page, resultsPage(reports));
  process.stdout.write(`${page}\n`);
} else process.exitCode = 1;
