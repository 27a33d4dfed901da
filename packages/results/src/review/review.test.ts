import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArgumentError, type ResultRow, ResultsError } from "@mmgan/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readResults } from "../read-results.js";
import type { ResultsInfo } from "../results-file.js";
import { runPathFor } from "../results-file.js";
import { openResults } from "../write-results.js";
import { applyCorrections, readCorrections } from "./apply-corrections.js";
import { nameClusters } from "./name-clusters.js";
import { findOutliers } from "./outliers.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mmgan-review-"));
});
afterEach(() => rm(folder, { recursive: true }));

const INFO: ResultsInfo = {
  schema: "1.0.0",
  model: { name: "m", sha256: "ab", clusters: 3 },
  root: "/pictures",
};
const row = (path: string, cluster: number, more: Partial<ResultRow> = {}): ResultRow => ({
  ...{ path, cluster, name: null, probability: 0.75, margin: 0.5, entropy: 0.5 },
  ...{ distance: 1, percentile: 50, outlier: false, width: 8, height: 8, bytes: 70, ...more },
});

/** A results file with the head of its run beside it, and the probabilities of one picture in it. */
async function write(name: string, rows: readonly ResultRow[]): Promise<string> {
  const path = join(folder, name);
  const writer = await openResults(path, { info: INFO });
  for (const one of rows) await writer.row(one);
  await writer.error({ path: "bad.png", code: "E_IMAGE_EMPTY", reason: "it is empty (0 bytes)" });
  await writer.commit();
  const known = {
    path: "b.png",
    size: 70,
    mtimeMs: 1,
    row: { cluster: 1, probabilities: [0.25, 0.5, 0.25] },
  };
  await writeFile(
    runPathFor(path),
    `${JSON.stringify({ ...INFO, options: {} })}\n${JSON.stringify(known)}\n`,
  );
  return path;
}
const ROWS = [row("a.png", 0), row("b.png", 1), row("c, d.png", 2)];
const all = async <T>(rows: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = [];
  for await (const one of rows) found.push(one);
  return found;
};

describe.each(["r.csv", "r.jsonl", "r.parquet"])("%s", (name) => {
  it("gets names, keeps those it has, and loses one that is empty", async () => {
    const path = await write(name, ROWS);
    expect(await nameClusters(path, { 0: "shoes", 2: "bags" })).toEqual({ 0: "shoes", 2: "bags" });
    expect(await nameClusters(path, { 1: "hats", 0: "" })).toEqual({ 1: "hats", 2: "bags" });
    const results = await readResults(path);
    expect(results.names).toEqual({ 1: "hats", 2: "bags" });
    expect(results.info).toMatchObject(INFO);
    expect((await all(results.rows())).map((one) => one.name)).toEqual([null, "hats", "bags"]);
    expect(await all(results.errors())).toHaveLength(1);
  });

  it("is written with corrections beside the old file, which stays", async () => {
    const path = await write(name, ROWS);
    const before = await readFile(path);
    const corrections = {
      schema: "1.0.0",
      names: { 2: "bags" },
      moves: [
        { path: "b.png", cluster: 2 },
        { path: "a.png", cluster: 1 },
        { path: "c, d.png", cluster: 2 },
      ],
    };
    const { out, ...applied } = await applyCorrections(path, corrections);
    expect(out).toBe(join(folder, name.replace("r.", "r.corrected.")));
    expect(applied).toEqual({ rows: 3, moved: 2, names: { 2: "bags" } });
    expect(await readFile(path)).toEqual(before);
    const results = await readResults(out);
    expect(results.info).toMatchObject(INFO);
    expect(results.fileOf({ path: "a.png" })).toBe("/pictures/a.png");
    const [a, b, c] = await all(results.rows());
    const none = { distance: null, percentile: null, outlier: null };
    // The run's file knows the probabilities of b.png alone.
    expect(a).toEqual({ ...ROWS[0], cluster: 1, probability: 0, ...none });
    expect(b).toEqual({ ...ROWS[1], cluster: 2, name: "bags", probability: 0.25, ...none });
    expect(c).toEqual({ ...ROWS[2], name: "bags" });
    expect(await all(results.errors())).toHaveLength(1);
  });
});

describe("corrections", () => {
  const refused = async (text: string) => {
    const path = join(folder, "c.json");
    await writeFile(path, text);
    return readCorrections(path).catch((cause: unknown) => cause as Error);
  };

  it("that are none are refused, saying where", async () => {
    expect(await refused("[1]")).toBeInstanceOf(ResultsError);
    expect(String(await refused('{"schema":"2.0.0"}'))).toMatch(
      /corrections of schema 1\.0\.0 for .*received 2\.0\.0/,
    );
    expect(
      String(await refused('{"schema":"1.0.0","moves":[{"path":"a","cluster":1},{"path":"b"}]}')),
    ).toMatch(/a path and a cluster for moves\.1 of/);
    expect(String(await refused('{"schema":"1.0.0","names":[]}'))).toMatch(/an object for names of/);
    expect(String(await readCorrections(join(folder, "none.json")).catch((e) => e))).toMatch(
      /cannot be read/,
    );
  });

  it("of other results are refused whole, naming the pictures", async () => {
    const path = await write("r.csv", ROWS);
    const apply = (names: Record<number, string>, ...moves: { path: string; cluster: number }[]) =>
      applyCorrections(path, { schema: "1.0.0", names, moves });
    await expect(apply({}, { path: "x.png", cluster: 1 }, { path: "a.png", cluster: 1 })).rejects.toThrow(
      /received 1 that it does not hold: x\.png\./,
    );
    await expect(apply({}, { path: "a.png", cluster: 3 })).rejects.toThrow(
      /clusters from 0 to 2 for the moves of the corrections but received 1 others: a\.png to 3/,
    );
    await expect(apply({ 3: "x" })).rejects.toThrow(ArgumentError);
    await expect(apply({ 1: "=cmd" })).rejects.toThrow(ArgumentError);
    expect(await readdir(folder)).not.toContain("r.corrected.csv");
  });
});

describe("names", () => {
  it("of clusters that are not there, or that are no names, are refused", async () => {
    const path = await write("r.csv", ROWS);
    const before = await readFile(path);
    await expect(nameClusters(path, { 3: "x" })).rejects.toThrow(
      /a cluster from 0 to 2 for names but received 3/,
    );
    await expect(nameClusters(path, { 1: "=cmd" })).rejects.toThrow(ArgumentError);
    expect(await readFile(path)).toEqual(before);
  });
});

describe("findOutliers", () => {
  const rows = [
    row("near.png", 0, { percentile: 3, distance: 0.1 }),
    row("far.png", 0, { percentile: 100, distance: 9, outlier: true }),
    row("edge.png", 1, { percentile: 99, distance: 20 }),
    row("farther.png", 1, { percentile: 100, distance: 11, outlier: true }),
  ];

  it("ranks marked ones first, then by percentile", async () => {
    const { measure, marked, rows: found } = await findOutliers(await write("r.csv", rows), { top: 3 });
    expect([measure, marked]).toEqual(["distance", 2]);
    expect(found.map(({ path }) => path)).toEqual(["farther.png", "far.png", "edge.png"]);
    const one = await findOutliers(join(folder, "r.csv"), { cluster: 0 });
    expect(one.rows.map(({ path }) => path)).toEqual(["far.png", "near.png"]);
  });

  it("goes by probability where there are no distances", async () => {
    const none = { distance: null, percentile: null, outlier: null };
    const sure = rows.map((one, i) => ({ ...one, ...none, probability: [0.9, 0.4, 1, 0.5][i]! }));
    const { measure, marked, rows: found } = await findOutliers(await write("r.csv", sure), { top: 2 });
    expect([measure, marked]).toEqual(["probability", null]);
    expect(found.map(({ path }) => path)).toEqual(["far.png", "farther.png"]);
  });
});
