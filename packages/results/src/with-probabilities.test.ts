/** Probabilities from the run's file. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RESULTS_SCHEMA, type ResultRow } from "@mmgan/core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readResults } from "./read-results.js";
import { openResults } from "./write-results.js";

let folder: string;
let results: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mmgan-probabilities-"));
  results = join(folder, "r.csv");
});
afterEach(() => rm(folder, { recursive: true }));

const info = { schema: RESULTS_SCHEMA, model: { name: "m", sha256: "0", clusters: 2 }, root: "/p" };
const row = (path: string): ResultRow => ({
  ...{ path, cluster: 0, name: null, probability: 0.75, margin: 0.5, entropy: 0.5, distance: null },
  ...{ percentile: null, outlier: null, width: 1, height: 1, bytes: 1 },
});
const entry = (path: string, p: number) =>
  JSON.stringify({ path, size: 1, mtimeMs: 1, row: { cluster: 0, probabilities: [p, 1 - p] } });

async function write(
  paths: readonly string[],
  lines: readonly string[] | null,
  probabilities = 0,
): Promise<void> {
  const writer = await openResults(results, { info, probabilities });
  for (const path of paths)
    await writer.row({ ...row(path), ...(probabilities > 0 && { probabilities: [0.75, 0.25] }) });
  await writer.commit();
  if (lines) await writeFile(join(folder, "r.run.jsonl"), [JSON.stringify(info), ...lines, ""].join("\n"));
}

async function read(): Promise<(readonly number[] | undefined)[]> {
  const { rows } = await readResults(results, { probabilities: true });
  const found: (readonly number[] | undefined)[] = [];
  for await (const { probabilities } of rows()) found.push(probabilities);
  return found;
}

it("are those of the same path, with errors and left-out rows between", async () => {
  const error = JSON.stringify({ path: "b", size: 1, mtimeMs: 1, error: { code: "E", reason: "r" } });
  await write(["a", "=c", "e"], [entry("a", 0.5), error, entry("=c", 0.25), entry("d", 0), entry("e", 1)]);
  expect(await read()).toEqual([
    [0.5, 0.5],
    [0.25, 0.75],
    [1, 0],
  ]);
});

it("are not guessed where the run's file is gone, or does not know a row", async () => {
  await write(["a", "b"], null);
  expect(await read()).toEqual([undefined, undefined]);
  await write(["a", "b", "c"], [entry("a", 0.5), entry("c", 0.5)]);
  expect(await read()).toEqual([[0.5, 0.5], undefined, undefined]);
});

it("of the results themselves come first", async () => {
  await write(["a"], [entry("a", 0.5)], 2);
  expect(await read()).toEqual([[0.75, 0.25]]);
});
