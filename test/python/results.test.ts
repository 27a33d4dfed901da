/** Results files outside JavaScript: DuckDB, pandas and pyarrow read the three formats, and see the same rows. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ResultRow, shortFloat32 } from "@mmgan/core";
import { FORMATS, openResults } from "@mmgan/results";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { skipOutsideCi } from "../needs.js";
import { PYTHON_REMEDY } from "./python.js";

const python = process.env.MMGAN_PYTHON;
const folder = mkdtempSync(join(tmpdir(), "mmgan-python-results-"));
afterAll(() => rmSync(folder, { recursive: true }));

const INFO = { schema: "1.0.0", model: { name: "shoes", sha256: "ab", clusters: 3 }, root: "/photos" };
const ROW: ResultRow = {
  ...{ path: "a.png", cluster: 1, name: null, probability: 0.7, margin: 0.5, entropy: 0.25 },
  ...{ distance: 2, percentile: 12.5, outlier: false, width: 640, height: 480, bytes: 5_000_000_000 },
  ...{ sha256: "0".repeat(63) + 1, probabilities: [0.1, 0.7, 0.2] },
};
const ROWS: ResultRow[] = [
  ROW,
  {
    ...ROW,
    path: 'with "quotes", commas\nand breaks\r.png',
    cluster: 2,
    outlier: true,
    sha256: "f".repeat(64),
  },
  { ...ROW, path: "naïve 😀.png", probability: 1 / 3, margin: 1e-7, probabilities: [1 / 3, 1 / 3, 1e-30] },
  { ...ROW, path: "null", distance: null, percentile: null, outlier: null },
  { ...ROW, path: "deep/=1+1.png", cluster: 0 },
];
const NAMES = { 1: "NA", 2: 'boots, "high"' };

/** Rows with numbers as a float32 holds them, without what the format says in another way. */
function comparable(rows: readonly Record<string, unknown>[]): Record<string, unknown>[] {
  const number = (value: unknown): unknown =>
    typeof value === "number" && !Number.isInteger(value) ? shortFloat32(value) : value;
  return rows.map(({ p0, p1, p2, probabilities = [p0, p1, p2], ...row }) => ({
    ...Object.fromEntries(Object.entries(row).map(([name, value]) => [name, number(value)])),
    probabilities: (probabilities as unknown[]).map(number),
  }));
}

interface Seen {
  duckdb: { types: Record<string, string>; rows: Record<string, unknown>[] };
  pandas: Record<string, unknown>[];
  metadata?: Record<string, string>;
  schema?: Record<string, string>;
  groups?: number;
}

describe("results", () => {
  const wanted = comparable(ROWS.map((row) => ({ ...row, name: NAMES[row.cluster as 1] ?? null })));
  let seen: Record<string, Seen>;

  beforeAll(async () => {
    for (const format of FORMATS) {
      const results = await openResults(join(folder, `r.${format}`), {
        info: INFO,
        names: NAMES,
        sha256: true,
        probabilities: 3,
      });
      for (const row of ROWS) await results.row(row);
      await results.commit();
    }
    if (!python) return;
    const script = fileURLToPath(new URL("check_results.py", import.meta.url));
    const files = FORMATS.map((format) => join(folder, `r.${format}`));
    seen = JSON.parse(execFileSync(python, [script, ...files], { encoding: "utf8" }));
  });

  it.for(FORMATS)("as %s are the rows that DuckDB sees", (format, context) => {
    if (!python) skipOutsideCi(context, PYTHON_REMEDY);
    expect(comparable(seen[format]!.duckdb.rows)).toEqual(wanted);
  });

  it.for(FORMATS)("as %s are the rows that pandas sees", (format, context) => {
    if (!python) skipOutsideCi(context, PYTHON_REMEDY);
    expect(comparable(seen[format]!.pandas)).toEqual(wanted);
  });

  it("as Parquet have types, the run and the names", (context) => {
    if (!python) skipOutsideCi(context, PYTHON_REMEDY);
    const { metadata, schema, groups, duckdb } = seen.parquet!;
    expect(groups).toBe(1);
    expect(JSON.parse(metadata!["mmgan.run"]!)).toEqual(INFO);
    expect(JSON.parse(metadata!["mmgan.names"]!)).toEqual(NAMES);
    expect(schema).toEqual({
      ...{ path: "string", cluster: "int32", name: "string" },
      ...{ probability: "float", margin: "float", entropy: "float", distance: "float", percentile: "float" },
      ...{ outlier: "bool", width: "int32", height: "int32", bytes: "int64", sha256: "string" },
      probabilities: "list<element: float not null>",
    });
    expect(duckdb.types).toMatchObject({ bytes: "BIGINT", outlier: "BOOLEAN", probabilities: "FLOAT[]" });
  });
});
