/** Shipped models by name, wherever the command takes a bundle. */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { listModels } from "@mmgan/models";
import { encodePng } from "@mmgan/node-io";
import { afterAll, beforeAll, expect, it } from "vitest";
import { lastLine, mmgan, temporaryFolder } from "./mmgan.js";
import { mustRun } from "./tiny.js";

let folder: string;
let remove: () => Promise<void>;
beforeAll(async () => {
  ({ folder, remove } = await temporaryFolder());
});
afterAll(() => remove());

it("mmgan models lists them with scores and sizes", async () => {
  const shipped = await listModels();
  const { models } = JSON.parse((await mustRun(["models", "--json"])).stdout) as {
    models: Record<string, unknown>[];
  };
  expect(models).toEqual(
    shipped.map(({ name, bytes, manifest: { clusters, scores, license } }) =>
      expect.objectContaining({ name, bytes, clusters, scores, license }),
    ),
  );
  const { stdout } = await mustRun(["models"]);
  for (const { name, manifest } of shipped)
    expect(stdout).toMatch(new RegExp(`^${name} .* ${manifest.scores!.whole.purity.toFixed(3)} `, "m"));
});

it("generate, cluster, inspect and evaluate take a name", async () => {
  const grid = join(folder, "grid.png");
  await mustRun(["generate", "--model", "digits", "--count", "20", "--out", grid]);
  expect((await readFile(grid)).subarray(1, 4).toString()).toBe("PNG");

  const pictures = join(folder, "pictures");
  await mkdir(pictures);
  const black = { count: 1, height: 8, width: 8, channels: 1, data: new Uint8Array(64) };
  await writeFile(join(pictures, "black.png"), await encodePng(black));
  const results = join(folder, "results.csv");
  await mustRun(["cluster", pictures, "--model", "digits", "--out", results]);
  expect(await readFile(results, "utf8")).toMatch(/^black\.png,\d,/m);

  expect((await mustRun(["inspect", "moons"])).stdout).toMatch(/^name +moons$/m);
  // Without --data: the data set that the model was trained on.
  const { stdout } = await mustRun(["evaluate", "moons", "--limit", "100"]);
  expect(stdout).toMatch(/^100 samples in 2 clusters/m);
});

it("a misspelt name gets the nearest", async () => {
  for (const args of [
    ["generate", "--model", "digist", "--out", join(folder, "never.png")],
    ["inspect", "digist"],
    ["evaluate", "digist"],
  ]) {
    const run = await mmgan(args, { cwd: folder });
    expect(run.code).toBe(1);
    expect(lastLine(run)).toMatch(
      /for model but received digist\. Did you mean digits\? \(E_UNKNOWN_NAME\)$/,
    );
  }
});

it("a bundle of that name here comes first", async () => {
  await mkdir(join(folder, "digits"));
  await writeFile(join(folder, "digits", "manifest.json"), "{");
  const run = await mmgan(["inspect", "digits"], { cwd: folder });
  expect(run.code).toBe(1);
  expect(lastLine(run)).toMatch(/digits.manifest\.json is not JSON.* \(E_BUNDLE\)$/);
});
