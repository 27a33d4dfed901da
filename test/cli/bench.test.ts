/** `mmgan bench`, on sizes as small as they go: what is measured and said, never how fast it is. */

import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mmgan, temporaryFolder } from "./mmgan.js";
import { mustRun } from "./tiny.js";

let folder: string;
let remove: () => Promise<void>;
beforeAll(async () => {
  ({ folder, remove } = await temporaryFolder());
});
afterAll(() => remove());

const TINY = ["--filters", "2", "--size", "8"];
const STEP = ["bench", "step", ...TINY, "--net", "light", "--batch", "4", "--runs", "2", "--threads", "1"];

interface Row {
  name: string;
  runs: number;
  minMs: number;
  medianMs: number;
  perSecond: number;
}

/** The one document of a --json run. */
const json = async (args: readonly string[]) => JSON.parse((await mustRun([...args, "--json"])).stdout);

function mustBeTimes(row: Row, images: number): void {
  expect(row.minMs).toBeGreaterThan(0);
  expect(row.medianMs).toBeGreaterThanOrEqual(row.minMs);
  expect(row.perSecond).toBeCloseTo((1000 * images) / row.medianMs, 6);
}

describe("bench step", () => {
  it("times Algorithm 1, beside its arithmetic, the best product and where the time goes", async () => {
    const { threads, product, nets } = await json(STEP);
    expect(threads).toBe(1);
    expect(product.gflops).toBe(Math.max(...(Object.values(product.all) as number[])));
    expect(nets).toHaveLength(1);
    const [{ timings, limits, profile, peers, ...sizes }] = nets;
    expect(sizes).toMatchObject({ net: "light", recipe: "bare", batch: 4, ganBatch: 4, filters: 2, size: 8 });
    expect(timings).toHaveLength(1);
    expect(timings[0]).toMatchObject({
      name: "onnx gan",
      runs: 2,
      by: "mmgan",
      engine: "onnx",
      float32: true,
    });
    expect(timings[0].peakBytes).toBeGreaterThan(2 ** 20);
    mustBeTimes(timings[0], 4);
    // GFLOP over GFLOP/s, in ms.
    expect(limits[0].limitMs).toBeCloseTo((1000 * limits[0].gflop) / product.gflops, 9);
    expect(limits[0].overLimit.median).toBeCloseTo(timings[0].medianMs / limits[0].limitMs, 9);
    const shares = profile[0].families.map(({ share }: { share: number }) => share);
    expect(shares.reduce((a: number, b: number) => a + b)).toBeCloseTo(1, 9);
    expect(peers).toEqual([]);
  });

  it("times each kind of step of the default recipe, and their mean in its proportions", async () => {
    const [{ timings, period, batch }] = (await json([...STEP, "--recipe", "default"])).nets;
    expect(batch).toBe(256);
    const times = Object.fromEntries(timings.map((row: Row & { variant: string }) => [row.variant, row]));
    expect(Object.keys(times)).toEqual(["encoder+information", "gan+information+r1", "gan"]);
    mustBeTimes(times.gan, 64);
    mustBeTimes(times["encoder+information"], 256);
    // One step in four has the lazy terms.
    expect(period[0].medianMs).toBeCloseTo(
      (times["gan+information+r1"].medianMs + 3 * times.gan.medianMs) / 4,
      9,
    );
  });

  /** A "Python" that answers the protocol as `lines` of JavaScript say. */
  async function fakePython(name: string, losses: string): Promise<string> {
    await mkdir(join(folder, "fakes"), { recursive: true });
    const file = join(folder, "fakes", name);
    const answers = `{
      setup: { python: "Fake 1", variants: [{ name: "eager", float32: true }] },
      prepare: { losses: ${losses} },
      run: { ms: [1], peakBytes: 1 },
    }`;
    await writeFile(
      file,
      `#!${process.execPath}
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const command = JSON.parse(line);
  if (command.do === "stop") process.exit(0);
  if (command.do === "setup") require("node:fs").readFileSync(command.tensors + ".bin");
  console.log(JSON.stringify((${answers})[command.do]));
});
`,
    );
    await chmod(file, 0o755);
    return file;
  }

  it("compares nothing with a peer whose losses are others", async () => {
    const peer = await fakePython("other.cjs", "Array(2).fill({ critic: 1, generator: 1, crossEntropy: 1 })");
    const { code, stdout, stderr } = await mmgan([...STEP, "--peer", peer]);
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(
      /losses of Fake 1 \(eager\) within 0\.0001 and 0\.001 of ours.*no time is compared.*\(E_PEER\)/,
    );
  });

  it("says that there is no such Python", async () => {
    const { code, stderr } = await mmgan([...STEP, "--peer", join(folder, "no-python")]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/bench\/peers\/step\.py but it ended: .*ENOENT.*\(E_PEER\)/);
  });

  // PyTorch is too large for CI: set MMGAN_TORCH to a Python that has it.
  const torch = process.env.MMGAN_TORCH;
  if (torch)
    it.each(["light", "heavy"])(
      "agrees with PyTorch on the %s net",
      async (net) => {
        const sizes = ["--filters", "4", "--batch", "6", "--runs", "1", "--threads", "1"];
        const { nets } = await json(["bench", "step", "--net", net, ...sizes, "--peer", torch]);
        expect(nets[0].peers[0].largestLossDifference).toBeLessThan(1e-4);
        const variants = nets[0].timings.map(({ variant }: { variant: string }) => variant);
        expect(variants).toEqual(expect.arrayContaining(["eager", "channels_last", "compiled", "bfloat16"]));
      },
      300_000,
    );
});

it.each(["encode", "generate"])("times %s in batches of 1, 64 and 256", async (bench) => {
  const { timings } = await json(["bench", bench, ...TINY, "--runs", "2"]);
  expect(timings.map(({ name, runs }: Row) => [name, runs])).toEqual([
    ["batch 1", 2],
    ["batch 64", 2],
    ["batch 256", 2],
  ]);
  for (const row of timings) mustBeTimes(row, row.batch);
});

it("times a start, and every stage of it", async () => {
  const { timings } = (await json(["bench", "start", ...TINY, "--runs", "1"])) as { timings: Row[] };
  const [whole, ...stages] = timings;
  expect(stages).toHaveLength(7);
  expect(stages.reduce((sum, { minMs }) => sum + minMs, 0)).toBeCloseTo(whole!.minMs, 3);
});

it("times the way to a purity, from checkpoints evaluated afterwards", async () => {
  const args = ["bench", "train", "--data", "digits", "--steps", "4", "--every", "2", "--purity", "0.01"];
  const { seeds, medianReachedSeconds } = await json([...args, "--seeds", "2"]);
  expect(seeds.map(({ seed }: { seed: number }) => seed)).toEqual([1, 2]);
  for (const { evaluations, reachedStep, reachedSeconds, startSeconds } of seeds) {
    expect(evaluations.map(({ step }: { step: number }) => step)).toEqual([2, 4]);
    for (const { purity } of evaluations) expect(purity).toBeGreaterThanOrEqual(0.1);
    expect(reachedStep).toBe(2);
    expect(reachedSeconds).toBeGreaterThan(startSeconds);
  }
  const [a, b] = seeds.map(({ reachedSeconds }: { reachedSeconds: number }) => reachedSeconds);
  expect(medianReachedSeconds).toBe((Math.min(a, b) + Math.max(a, b)) / 2);
});

describe("bench train with a peer", () => {
  const TRAIN = ["bench", "train", "--data", "digits", "--threads", "1", "--purity", "0.01"];

  it("compares nothing with a peer whose losses are others", async () => {
    const file = join(folder, "other-train.cjs");
    await writeFile(
      file,
      `#!${process.execPath}
const { readFileSync, writeFileSync } = require("node:fs");
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { do: what, tensors, steps } = JSON.parse(line);
  if (what === "stop") process.exit(0);
  if (what === "state") {
    writeFileSync(tensors + ".json", "{}");
    writeFileSync(tensors + ".bin", "");
  } else readFileSync(tensors + ".bin");
  const answers = {
    setup: { python: "Fake 1" },
    steps: { seconds: steps?.map(() => 1), losses: steps?.map(() => ({ information: 1 })) },
    state: {},
  };
  console.log(JSON.stringify(answers[what]));
});
`,
    );
    await chmod(file, 0o755);
    const { code, stdout, stderr } = await mmgan([...TRAIN, "--steps", "4", "--peer", file]);
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(
      /losses of the first steps of Fake 1 \(channels_last\) within 0\.001 of ours.*no time is compared.*\(E_PEER\)/,
    );
  });

  // As above: set MMGAN_TORCH to a Python with PyTorch.
  const torch = process.env.MMGAN_TORCH;
  if (torch)
    it("trains the same in PyTorch: the same first weights, and after a few steps the same purity", async () => {
      const { seeds, peer } = await json([...TRAIN, "--steps", "12", "--every", "6", "--peer", torch]);
      expect(peer.differences.losses).toBeLessThan(1e-3);
      expect(peer.differences.weights).toBeLessThan(1e-3);
      const [{ evaluations, peer: theirs }] = seeds;
      expect(theirs.evaluations.map(({ step }: { step: number }) => step)).toEqual([6, 12]);
      expect(theirs.reachedStep).toBe(6);
      for (const [i, { purity }] of evaluations.entries())
        expect(Math.abs(theirs.evaluations[i].purity - purity)).toBeLessThan(0.02);
    }, 300_000);
});

it("shows how a step grows, as JSON and as a picture", async () => {
  const out = join(folder, "growth.svg");
  const most = ["--max-batch", "32", "--max-filters", "16", "--max-size", "16", "--max-clusters", "2"];
  const { points, base } = await json(["bench", "growth", ...most, "--runs", "1", "--out", out]);
  expect(base).toEqual({ batch: 64, filters: 32, size: 28, clusters: 10 });
  expect(points.map(({ growing, value }: { growing: string; value: number }) => [growing, value])).toEqual([
    ["batch", 16],
    ["batch", 32],
    ["filters", 16],
    ["size", 16],
    ["clusters", 2],
  ]);
  expect(points[1].gflop).toBeCloseTo(2 * points[0].gflop, 9);
  expect(await readFile(out, "utf8")).toMatch(/^<svg /);
});
