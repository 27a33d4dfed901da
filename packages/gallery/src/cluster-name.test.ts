/** The page accepts as names what the results accept, and nothing else. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readNames } from "@mmgan/results";
import { afterAll, beforeAll, expect, it } from "vitest";
import { nameProblem } from "./page/cluster-name.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mmgan-names-"));
});
afterAll(() => rm(folder, { recursive: true }));

it.each([
  ["sneakers", true],
  ["a", true],
  ["日本 & <b>", true],
  ["x".repeat(100), true],
  ["x".repeat(101), false],
  ["", false],
  [" a", false],
  ["a ", false],
  ["=1+1", false],
  ["+a", false],
  ["-a", false],
  ["@a", false],
  ["a=b", true],
  ["a\nb", false],
  ["a\u2028b", false],
  ["\ud800", false],
])("%j: %s", async (name, accepted) => {
  const file = join(folder, "names.json");
  await writeFile(file, JSON.stringify({ 0: name }));
  const inResults = await readNames(file).then(
    () => true,
    () => false,
  );
  expect([nameProblem(name) === null, inResults]).toEqual([accepted, accepted]);
});
