/** A rival through the command: train, stop, resume, export, inspect, evaluate, cluster, generate; and what is refused. */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodePng } from "@mmgan/node-io";
import { afterAll, beforeAll, expect, it } from "vitest";
import { lastLine, mmgan, temporaryFolder } from "./mmgan.js";
import { mustRun, TINY } from "./tiny.js";

let folder: string;
let remove: () => Promise<void>;

const SMALL = ["--data", "digits", "--clusters", "3", "--steps", "3", "--batch", "8", "--latent", "4"];
const train = (model: string, ...args: string[]) => [
  ...["train", "--model", model, ...SMALL, "--filters", "2", "--seed", "7", "--threads", "1"],
  ...["--out", join(folder, model), ...args],
];
const bundle = (model: string) => join(folder, `${model}-bundle`);

beforeAll(async () => {
  ({ folder, remove } = await temporaryFolder());
  for (const [model, ...more] of [
    ["gmvae", "--set", "contextDim=2", "--set", "priorWidth=4"],
    ["gmgan"],
  ] as const) {
    await mustRun(train(model, ...more));
    await mustRun(["export", join(folder, model), "--out", bundle(model)]);
  }
});
afterAll(() => remove());

async function json(args: readonly string[]): Promise<Record<string, unknown>> {
  return JSON.parse((await mustRun([...args, "--json"])).stdout) as Record<string, unknown>;
}

/** Runs, expects one line, and gives it. */
async function failure(code: string, args: readonly string[]): Promise<string> {
  const finished = await mmgan(args);
  expect(finished.code, finished.stderr).toBeGreaterThan(0);
  expect(finished.stdout).toBe("");
  expect(lastLine(finished)).toContain(`(${code})`);
  return lastLine(finished);
}

it("goes on from its checkpoint, and takes the same options only", async () => {
  await mustRun(train("gmvae", "--set", "contextDim=2", "--set", "priorWidth=4", "--resume"));
  const line = await failure("E_RESUME", [
    ...["train", "--resume", "--out", join(folder, "gmvae"), "--set", "draws=4"],
  ]);
  expect(line).toContain("draws (1, now 4)");
  const resumed = ["train", "--resume", "--out", join(folder, "gmvae")];
  expect(await failure("E_RESUME", [...resumed, "--model", "aae"])).toContain("Expected the model gmvae");
  expect(await failure("E_ARGUMENT", [...resumed, "--alpha", "2"])).toContain("of the model gmvae");
});

it("its bundle says what it is, and is read and drawn like any other", async () => {
  expect(await json(["inspect", bundle("gmvae")])).toMatchObject({
    checked: true,
    // Three clusters, four of the code, two of the context.
    manifest: { kind: "gmvae", clusters: 3, latentDim: 3 + 4 + 2, training: { loss: "elbo" } },
  });
  expect(await readFile(join(bundle("gmvae"), "card.md"), "utf8")).toContain(
    "GMVAE ([Dilokthanakul et al. 2016](https://arxiv.org/abs/1611.02648))",
  );
  const grid = join(folder, "grid.png");
  await mustRun(["generate", "--model", bundle("gmvae"), "--seed", "3", "--out", grid]);
  // A column for each of three clusters; 8 pixels are enlarged sevenfold, with 2 pixels between.
  expect((await readFile(grid)).readUInt32BE(16)).toBe(3 * 56 + 2 * 2);
  const pictures = join(folder, "pictures");
  await mkdir(pictures);
  const image = { count: 1, height: 8, width: 8, channels: 1, data: new Uint8Array(64).fill(90) };
  await writeFile(join(pictures, "a.png"), await encodePng(image));
  const results = join(folder, "results.jsonl");
  await mustRun(["cluster", pictures, "--model", bundle("gmvae"), "--out", results]);
  expect(await readFile(results, "utf8")).toMatch(/a\.png/);
});

it("is scored by its encoder, by k-means on its codes, and by exemplars", async () => {
  const args = ["evaluate", bundle("gmvae"), "--limit", "50"];
  const scores = await json([...args, "--exemplars", "--read-out", "k-means"]);
  expect(scores).toMatchObject({ kind: "gmvae", readOut: "k-means", n: 50, clusters: 3 });
  expect(scores.exemplars).toBeGreaterThan(0);
  expect(scores.exemplars).toBeLessThanOrEqual(1);
  const { stdout } = await mustRun([...args, "--exemplars"]);
  expect(stdout).toMatch(/^gmvae +0\.\d{3}/m);
  expect(stdout).toMatch(/0\.\d{3} accuracy by each cluster's surest sample/);
});

it("refuses a read-out that a bundle lacks, and k-means on fewer codes than clusters", async () => {
  const codes = ["--read-out", "k-means"];
  const line = await failure("E_ARGUMENT", ["evaluate", bundle("gmgan"), ...codes]);
  expect(line).toContain("kind gmgan, whose features are no codes; models of kind gmvae, aae, clustergan");
  expect(await failure("E_ARGUMENT", ["evaluate", bundle("gmvae"), "--limit", "2", ...codes])).toContain(
    "Expected at least 3 codes, one for each cluster, for k-means on the codes but received 2",
  );
  expect(await failure("E_UNKNOWN_NAME", ["evaluate", bundle("gmvae"), "--read-out", "kmeans"])).toContain(
    "Did you mean k-means?",
  );
});

it("refuses an option that a model has not, naming those that have it", async () => {
  const never = (...args: string[]) => ["train", ...TINY, "--out", join(folder, "never"), ...args];
  expect(await failure("E_UNKNOWN_NAME", never("--model", "gmvea"))).toContain("Did you mean gmvae?");
  expect(await failure("E_ARGUMENT", never("--model", "aae", "--pairing", "soft"))).toContain("one of mmgan");
  expect(await failure("E_ARGUMENT", never("--set", "draws=4"))).toContain("It is one of gmvae");
  expect(await failure("E_ARGUMENT", train("clustergan", "--set", "criticBatchNorm=true"))).toContain(
    "each sample's own score",
  );
});
