/** The way through the command: train, export, inspect, evaluate, cluster, generate; stdout carries results alone. */

import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeImage, encodePng } from "@mmgan/node-io";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lastLine, mmgan, startMmgan, temporaryFolder } from "./mmgan.js";
import { mustRun, TINY, tinyModel } from "./tiny.js";

let folder: string;
let remove: () => Promise<void>;
let run: string;
let bundle: string;

beforeAll(async () => {
  ({ folder, remove } = await temporaryFolder());
  ({ run, bundle } = await tinyModel(folder));
});
afterAll(() => remove());

/** The one document of a --json run, with nothing before or after it. */
async function json(args: readonly string[]): Promise<Record<string, unknown>> {
  const { stdout } = await mustRun([...args, "--json"]);
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** A grey 8x8 PNG of one value. */
const png = (value: number) =>
  encodePng({ count: 1, height: 8, width: 8, channels: 1, data: new Uint8Array(64).fill(value) });

describe("inspect", () => {
  it("shows the graphs' inputs and outputs and that the files are whole", async () => {
    const { stdout, stderr } = await mustRun(["inspect", bundle]);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/encoder +in +images +uint8 \[batch, 8, 8, 1\]/);
    expect(stdout).toMatch(/mixture +out +means +float32 \[3, 4\]/);
    expect(stdout).toMatch(/generator\.onnx .* ok\n/);
  });

  it("prints the manifest as JSON", async () => {
    const description = await json(["inspect", bundle]);
    expect(description).toMatchObject({
      checked: true,
      manifest: { clusters: 3, latentDim: 4, training: { seed: 7 } },
    });
  });
});

describe("evaluate", () => {
  it("prints the model's scores and those of k-means", async () => {
    const scores = await json(["evaluate", bundle, "--data", "digits", "--split", "test"]);
    expect(Object.keys(scores)).toEqual([
      "n",
      "clusters",
      "nmi",
      "ari",
      "purity",
      "accuracy",
      "kind",
      "kmeans",
      "device",
    ]);
    expect(scores.device).toBe("cpu");
    expect(scores.n).toBe(359);
    const { kmeans } = scores as { kmeans: Record<string, number> };
    // Three clusters can hold at most three of ten classes of about 36 each.
    expect(kmeans.purity).toBeGreaterThan(0.2);
    expect(kmeans.purity).toBeLessThan(0.4);
    expect(kmeans.fitted).toBe(359);
  });
});

it("evaluate --generation and --baselines add what generated samples and other clusterings score", async () => {
  // Its own cache: the network that scores is trained here, whatever this machine has kept.
  const env = { XDG_CACHE_HOME: join(folder, "cache"), MMGAN_DATA: process.env.MMGAN_DATA };
  const args = ["evaluate", bundle, "--data", "digits", "--generation", "--samples", "100", "--baselines"];
  const { stdout } = await mustRun([...args, "--json"], { env });
  const { generation, baselines } = JSON.parse(stdout);
  expect(Object.keys(baselines)).toEqual(["pca-k-means", "gaussian-mixture"]);
  expect(generation).toMatchObject({ n: 100, real: { from: "the same split" } });
  expect(generation.networkAccuracy).toBeGreaterThan(0.95);
  // Real digits are like real digits. Those of two steps of training are grey and all alike: none of the variety.
  expect(generation.real.recall).toBeGreaterThan(0.7);
  expect(generation.generated.recall).toBeLessThan(0.1);
  expect(generation.generated.coverage).toBeLessThan(0.3);
  expect(generation.generated.fid).toBeGreaterThan(3 * generation.real.fid);
  expect(generation.generated.byCluster).toHaveLength(3);
  const text = (await mustRun(args, { env })).stdout;
  expect(text).toMatch(/^PCA \+ Gaussian mixture +\d\.\d{3}/m);
  expect(text).toMatch(/^generated( +\d+\.\d{3}){6}$/m);
});

it("evaluate and train name the device in text too", async () => {
  const scores = await mustRun(["evaluate", bundle, "--data", "digits"]);
  expect(scores.stdout).toMatch(/^359 samples in [123] clusters, on cpu; accuracy is one-to-one/m);
  const trained = await mustRun(["train", ...TINY, "--out", join(folder, "text-run")]);
  expect(trained.stdout).toMatch(/text-run: 2 steps in \d+ s on cpu, engine onnx, 1 thread\n/);
});

describe("a folder of classes", () => {
  it("is scored whole, and trained on whole without its labels", async () => {
    const classes = join(folder, "classes");
    for (const [name, value] of [
      ["dark", 0],
      ["light", 255],
    ] as const) {
      await mkdir(join(classes, name), { recursive: true });
      for (let i = 0; i < 5; i++) await writeFile(join(classes, name, `${i}.png`), await png(value));
    }
    const scores = await json(["evaluate", bundle, "--data", classes]);
    // Three centres for two kinds of picture: k-means keeps them apart.
    expect(scores).toMatchObject({ n: 10, kmeans: { purity: 1, fitted: 10 } });
    expect(await json(["evaluate", bundle, "--data", classes, "--split", "test"])).toMatchObject({ n: 2 });
    const out = join(folder, "classes-run");
    await mustRun(["train", ...TINY, "--data", classes, "--size", "16", "--channels", "3", "--out", out]);
    const { config } = JSON.parse(await readFile(join(out, "config.json"), "utf8")) as { config: object };
    expect(config).toMatchObject({ split: "all", input: { height: 16, width: 16, channels: 3 } });
  });
});

describe("cluster", () => {
  it("puts 10 unreadable pictures of 1,000 into the errors list and goes on", async () => {
    const pictures = join(folder, "pictures");
    await mkdir(join(pictures, "deep"), { recursive: true });
    const shades = await Promise.all([0, 60, 120, 180, 240].map(png));
    for (let i = 0; i < 990; i++)
      await writeFile(join(pictures, i < 900 ? `${i}.png` : `deep/${i}.png`), shades[i % 5]!);
    const cut = shades[3]!.subarray(0, shades[3]!.length - 20);
    const bad: [string, Uint8Array | string][] = [
      ["empty.png", ""],
      ["text.jpg", "no picture"],
      ["head-alone.png", shades[1]!.subarray(0, 8)],
      ["cut.png", cut],
      ["cut.webp", "RIFF"],
      ["half.gif", "GIF89a"],
      ["deep/empty.jpeg", ""],
      ["deep/zeros.tiff", new Uint8Array(500)],
      ["deep/ones.png", new Uint8Array(500).fill(255)],
      ["deep/cut again.png", cut],
    ];
    for (const [name, bytes] of bad) await writeFile(join(pictures, name), bytes);
    await writeFile(join(pictures, "notes.txt"), "not looked at");
    const out = join(folder, "results.csv");
    const { stdout } = await mustRun(["cluster", pictures, "--model", bundle, "--out", out]);
    expect(stdout).toMatch(
      /^cluster +images +share %( +outliers)?\n( +\d.*\n){1,3}990 images in [123] clusters, 10 unreadable \(see .*results\.errors\.jsonl\) on cpu, [\d.]+ images\/s; .*results\.csv\n$/,
    );
    const rows = (await readFile(out, "utf8")).trimEnd().split("\n");
    expect(rows[0]).toBe(
      "path,cluster,name,probability,margin,entropy,distance,percentile,outlier,width,height,bytes",
    );
    expect(rows.slice(1).map((row) => row.split(",")[0])).toContain("deep/901.png");
    expect(rows).toHaveLength(1 + 990);
    const errors = (await readFile(join(folder, "results.errors.jsonl"), "utf8")).trimEnd().split("\n");
    const paths = errors.map((line) => {
      const { path, code, reason } = JSON.parse(line) as Record<string, string>;
      expect(code).toMatch(/^E_IMAGE_(EMPTY|FORMAT|CORRUPT)$/);
      expect(reason).not.toBe("");
      return path;
    });
    expect(paths.sort()).toEqual(bad.map(([name]) => name).sort());
  });

  it("reports as JSON, writes JSON Lines, and leaves no errors list without errors", async () => {
    const pictures = join(folder, "good");
    await mkdir(pictures);
    for (let i = 0; i < 3; i++) await writeFile(join(pictures, `${i}.png`), await png(i * 100));
    const out = join(folder, "good.jsonl");
    const summary = await json(["cluster", pictures, "--model", bundle, "--out", out, "--device", "cpu"]);
    expect(summary).toMatchObject({ images: 3, errors: 0, errorsPath: null, device: "cpu" });
    expect((summary.sizes as number[]).reduce((sum, size) => sum + size, 0)).toBe(3);
    const rows = (await readFile(out, "utf8")).trimEnd().split("\n");
    expect(rows.map((row) => (JSON.parse(row) as { path: string }).path)).toEqual([
      "0.png",
      "1.png",
      "2.png",
    ]);
    expect(await readdir(folder)).not.toContain("good.errors.jsonl");
  });
});

describe("generate", () => {
  it("draws a column for each cluster, the same picture for the same seed", async () => {
    const [a, b, c] = [join(folder, "a.png"), join(folder, "b.png"), join(folder, "c.png")];
    const draw = (out: string, seed: string) =>
      json(["generate", "--model", bundle, "--count", "6", "--seed", seed, "--scale", "2", "--out", out]);
    // 3 columns and 2 rows of 8 pixels, doubled, with gaps of 2 between.
    expect(await draw(a, "1")).toMatchObject({
      count: 6,
      clusters: 3,
      width: 3 * 16 + 2 * 2,
      height: 2 * 16 + 2,
    });
    await draw(b, "1");
    await draw(c, "2");
    expect(await readFile(a)).toEqual(await readFile(b));
    expect(await readFile(a)).not.toEqual(await readFile(c));
  });

  it("enlarges small pictures of one cluster into a square grid", async () => {
    const out = join(folder, "one.png");
    const draw = ["generate", "--model", bundle, "--cluster", "2", "--count", "4", "--out", out];
    expect((await mustRun(draw)).stdout).toMatch(/^4 samples from 1 clusters, seed 0, on cpu; .*one\.png, /);
    const side = 2 * 56 + 2; // 8 pixels drawn 7 times as large, two to a row
    const shape = { height: side, width: side, channels: 1 } as const;
    const pixels = await decodeImage(out, { ...shape, fit: "stretch" });
    // Each pixel of a sample is a block of 7x7 equal ones.
    for (const [x, y] of [
      [0, 0],
      [7, 14],
      [58, 58],
    ] as const)
      expect(pixels[(y + 6) * side + x + 6]).toBe(pixels[y * side + x]);
  });
});

describe("points", () => {
  it("trains on moons and draws them as picture and table", async () => {
    const moons = join(folder, "moons");
    await mustRun([
      "train",
      "--data",
      "moons",
      "--clusters",
      "2",
      "--recipe",
      "paper",
      "--steps",
      "2",
      "--out",
      moons,
    ]);
    await mustRun(["export", moons, "--out", join(folder, "moons-bundle")]);
    const model = ["--model", join(folder, "moons-bundle")];
    const out = join(folder, "moons.csv");
    await mustRun(["generate", ...model, "--count", "5", "--out", out]);
    const rows = (await readFile(out, "utf8")).trimEnd().split("\n");
    expect(rows).toHaveLength(1 + 5);
    expect(rows[0]).toBe("cluster,x0,x1");
    expect(rows.slice(1).map((row) => row.split(",")[0])).toEqual(["0", "1", "0", "1", "0"]);
    expect(await json(["generate", ...model, "--out", join(folder, "moons.png")])).toMatchObject({
      width: 512,
    });
    expect(await json(["evaluate", join(folder, "moons-bundle"), "--data", "moons"])).toMatchObject({
      n: 1000,
    });
  });
});

describe("train", () => {
  it("prints one JSON document and writes config and checkpoint", async () => {
    const out = join(folder, "json-run");
    const summary = await json(["train", ...TINY, "--out", out, "--set", "ema=0.5", "--loss", "rsgan"]);
    expect(summary).toMatchObject({ out, step: 2, warnings: expect.any(Array) });
    expect(summary).toMatchObject({ engine: "onnx", device: "cpu", threads: 1 });
    const { config } = JSON.parse(await readFile(join(out, "config.json"), "utf8")) as { config: object };
    expect(config).toMatchObject({ ema: 0.5, loss: "rsgan", latentDim: 4, filters: 4, seed: 7, clusters: 3 });
    expect(await readdir(join(out, "checkpoints"))).toHaveLength(1);
  });

  it("writes a checkpoint on Ctrl-C, exits 130, and goes on from there without repeating its options", async () => {
    const out = join(folder, "interrupted");
    const long = TINY.map((value, i) => (TINY[i - 1] === "--steps" ? "100000" : value));
    const training = startMmgan(["train", ...long, "--out", out]);
    await training.said("training ");
    training.process.kill("SIGINT");
    const stopped = await training.finished;
    expect(stopped.code).toBe(130);
    expect(stopped.stdout).toBe("");
    expect(lastLine(stopped)).toMatch(/^mmgan: Stopped after step \d+ of 100000; .* \(E_INTERRUPTED\)$/);
    expect(await readdir(join(out, "checkpoints"))).toHaveLength(1);
    const again = startMmgan(["train", "--resume", "--out", out]);
    await again.said("training ");
    again.process.kill("SIGINT");
    expect((await again.finished).code).toBe(130);
  });

  it("refuses a folder that another training uses, and one that holds a run", async () => {
    const out = join(folder, "shared");
    const long = TINY.map((value, i) => (TINY[i - 1] === "--steps" ? "100000" : value));
    const training = startMmgan(["train", ...long, "--out", out]);
    await training.said("training ");
    const second = await mmgan(["train", "--resume", "--out", out]);
    expect(second.code).toBe(1);
    expect(lastLine(second)).toMatch(/\(E_FOLDER_IN_USE\)$/);
    training.process.kill("SIGINT");
    await training.finished;
    const third = await mmgan(["train", ...long, "--out", out]);
    expect(third.code).toBe(1);
    expect(lastLine(third)).toMatch(/already holds a run\. Pass --resume .* \(E_FOLDER_IN_USE\)$/);
  });

  it("names the field in which a resumed run differs", async () => {
    const resumed = await mmgan(["train", "--resume", "--out", run, "--alpha", "0.25"]);
    expect(resumed.code).toBe(1);
    expect(lastLine(resumed)).toContain("alpha (1, now 0.25)");
    expect(lastLine(resumed)).toMatch(/\(E_RESUME\)$/);
  });
});

describe("data and doctor", () => {
  it("lists the data sets", async () => {
    const { datasets } = (await json(["data", "list"])) as { datasets: { name: string }[] };
    expect(datasets.map(({ name }) => name)).toEqual([
      "moons",
      "digits",
      "mnist",
      "fashion-mnist",
      "coil-20",
    ]);
  });

  it("says that embedded data need no fetching", async () => {
    expect(await json(["data", "fetch", "digits"])).toMatchObject({
      name: "digits",
      files: [],
      folder: null,
    });
  });

  it("compares two engines and finds them equal", async () => {
    const report = await json(["doctor", "--compare", "onnx/cpu", "reference"]);
    expect(report).toMatchObject({ places: ["onnx/cpu", "reference"], same: true });
    expect((report.worst as { relative: number }).relative).toBeLessThan(1e-4);
  });

  it("reports Node, engines and devices", async () => {
    const report = await json(["doctor"]);
    expect(report).toMatchObject({
      node: { version: process.versions.node, ok: true },
      autoDevice: "cpu",
    });
    for (const [engine, device] of [
      ["onnx", "cpu"],
      ["reference", "cpu"],
    ])
      expect(report.engines).toContainEqual({
        engine,
        device,
        usable: true,
        selfTest: { msPerStep: expect.any(Number), largestDifference: expect.any(Number) },
      });
    expect(report.devices).toContainEqual({ device: "cpu", usable: true });
    expect(Object.values(report.versions as object)).not.toContain("?");
  });
});

it("copies of a bundle work anywhere", async () => {
  const copy = join(folder, "with space", "bündel");
  await mkdir(join(folder, "with space"));
  await cp(bundle, copy, { recursive: true });
  await mustRun(["inspect", copy]);
});
