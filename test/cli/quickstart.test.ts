/** `mmgan quickstart`, with as little work as it takes. */

import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadModel } from "@mmgan/runtime-node";
import { afterAll, beforeAll, expect, it } from "vitest";
import { mmgan, temporaryFolder } from "./mmgan.js";
import { mustRun } from "./tiny.js";

let folder: string;
let remove: () => Promise<void>;
beforeAll(async () => {
  ({ folder, remove } = await temporaryFolder());
});
afterAll(() => remove());

it("leaves run, bundle, held-out pictures, results and grid, and prints one table", async () => {
  const out = join(folder, "quickstart");
  const quickstart = ["quickstart", "--out", out, "--steps", "4"];
  const { stdout, stderr } = await mustRun(quickstart);
  expect(stderr).toContain("5/5");
  const lines = stdout.trimEnd().split("\n");
  expect(
    lines
      .find((line) => line.includes("purity"))
      ?.trim()
      .split(/ +/),
  ).toEqual(["purity", "accuracy", "NMI", "ARI"]);
  expect(stdout).toMatch(/^mmgan( +-?[01]\.\d{3}){4}$/m);
  expect(stdout).toMatch(/^k-means( +-?[01]\.\d{3}){4}$/m);
  for (const name of ["grid.png", "results.csv", "bundle"]) expect(stdout).toContain(join(out, name));
  expect((await readdir(out)).sort()).toEqual([
    "bundle",
    "grid.png",
    "held-out",
    "quickstart.json",
    "results.csv",
    "results.run.jsonl",
    "run",
  ]);
  // 1,797 digits, every fifth held out: floor(1797 / 5)
  expect((await readFile(join(out, "results.csv"), "utf8")).trimEnd().split("\n")).toHaveLength(1 + 359);
  const model = await loadModel(join(out, "bundle"));
  expect(model.manifest).toMatchObject({ clusters: 10, training: { data: "digits", steps: 4, seed: 1 } });
  await model.dispose();

  // Again, into the folder it made itself.
  const again = JSON.parse((await mustRun([...quickstart, "--seed", "2", "--json"])).stdout) as object;
  expect(again).toMatchObject({ seed: 2, steps: 4, scores: { n: 359, kmeans: { fitted: 359 } } });
  expect(again).toMatchObject({ kmeansTrained: { fitted: 1438 } });
});

it("refuses a path that is a file, or lies below one, in one line", async () => {
  const file = join(folder, "file");
  await writeFile(file, "");
  for (const out of [file, join(file, "below")]) {
    const finished = await mmgan(["quickstart", "--out", out]);
    expect(finished).toMatchObject({ code: 1, stdout: "" });
    expect(finished.stderr).toMatch(/^mmgan: Expected a writable path but received .*\(E_ARGUMENT\)\n$/);
    expect(finished.stderr).toContain(out);
  }
});
