/** docs/results-file.md names every column, code and the schema that the code has. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RESULTS_SCHEMA, ROW_ERRORS } from "@mmgan/core";
import { openResults } from "@mmgan/results";
import { expect, it } from "vitest";

const page = readFileSync(fileURLToPath(new URL("../docs/results-file.md", import.meta.url)), "utf8");
/** Names in the first cells of the table below a heading. */
const firstCells = (heading: string): string[] =>
  page
    .split(/^## /m)
    .find((section) => section.startsWith(heading))!
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .flatMap((line) => [...line.split("|")[1]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));

it("names the columns of a file, in their order", async () => {
  const folder = mkdtempSync(join(tmpdir(), "mmgan-columns-"));
  try {
    const path = join(folder, "r.csv");
    const results = await openResults(path, { info: null, sha256: true, probabilities: 1 });
    await results.commit();
    const head = readFileSync(path, "utf8").trimEnd().split(",");
    expect(firstCells("Columns")).toEqual([...head, "probabilities"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it("names the codes and the schema", () => {
  expect(firstCells("Errors").sort()).toEqual(Object.keys(ROW_ERRORS).sort());
  expect(page).toContain(`Schema ${RESULTS_SCHEMA}.`);
});
