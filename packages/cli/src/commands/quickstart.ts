/** `mmgan quickstart`: the whole way on the embedded digits, from training to a sorted folder of pictures. */

import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { FolderInUseError } from "@mmgan/core";
import { type Command, Option } from "commander";
import { clusterTo } from "../cluster-to.js";
import { interruptible } from "../interrupt.js";
import { type BaselineScores, kMeansBaseline } from "../k-means-baseline.js";
import { jsonOption, seedOption, settingOption, threadsOption } from "../options.js";
import { log, printResult } from "../output.js";
import { trainingCentres } from "../training-centres.js";
import { writePictures } from "../write-pictures.js";
import { type Evaluation, evaluateBundle, samplesOf, scoresTable } from "./evaluate.js";
import { generateTo } from "./generate.js";
import { trainTo } from "./train.js";

interface QuickstartOptions {
  out?: string;
  seed?: number;
  steps?: number;
  threads?: number;
  json?: boolean;
}

/** Marks a folder as made by this command, and so free to be made anew. */
const MARK = "quickstart.json";
const CLUSTERS = 10;
/** E has its partition after 1,100 of them; the rest teaches G to draw. */
const STEPS = 2500;

export function registerQuickstart(program: Command): void {
  program
    .command("quickstart")
    .description(
      "Train on the embedded digits, export, check, cluster the held-out digits as a folder of pictures, draw a grid.",
    )
    .addOption(new Option("--out <folder>", "folder to write (default: quickstart)"))
    .addOption(seedOption(undefined, "1"))
    .addOption(settingOption("steps", "n", `${STEPS}`))
    .addOption(threadsOption())
    .addOption(jsonOption())
    .action(quickstart);
}

async function quickstart(options: QuickstartOptions): Promise<void> {
  const result = await interruptible("writing a checkpoint", (signal) => runQuickstart(options, signal));
  await printResult(options.json, result, () =>
    [
      "",
      scoresTable({
        mmgan: result.scores,
        "k-means": result.kmeansTrained,
        "k-means *": result.scores.kmeans,
      }),
      `The ${result.scores.n} held-out digits. k-means: fitted to the same training pixels as mmgan; *: to the held-out pixels themselves.`,
      "",
      `grid     ${result.grid}`,
      `results  ${result.results}`,
      `bundle   ${result.bundle}`,
      `time     ${result.seconds.toFixed(0)} s, seed ${result.seed}`,
    ].join("\n"),
  );
}

interface QuickstartResult {
  seed: number;
  steps: number;
  /** Of the held-out digits; `kmeans` was fitted to their own pixels. */
  scores: Evaluation;
  /** k-means fitted to the pixels that mmgan was trained on, scored on the held-out digits. */
  kmeansTrained: BaselineScores;
  grid: string;
  results: string;
  bundle: string;
  heldOut: string;
  run: string;
  seconds: number;
}

async function runQuickstart(options: QuickstartOptions, signal: AbortSignal): Promise<QuickstartResult> {
  const { out = "quickstart", seed = 1, steps = STEPS, threads } = options;
  const started = performance.now();
  const { exportRun, loadDataset } = await import("@mmgan/trainer");
  const { writeFileAtomic } = await import("@mmgan/node-io");
  await makeAnew(out);
  const [run, bundle, heldOut] = [join(out, "run"), join(out, "bundle"), join(out, "held-out")];
  const [results, grid] = [join(out, "results.csv"), join(out, "grid.png")];

  log(`1/5 training on 1438 of the 1797 embedded digits, labels unseen (${steps} steps)`);
  await trainTo({ data: "digits", clusters: CLUSTERS, out: run, seed, steps, threads }, signal);
  log(`2/5 exporting and checking ${bundle}`);
  const manifest = await exportRun(run, bundle, {
    centres: (folder) => trainingCentres(folder, { split: "train", threads }, signal),
  });
  await checkBundle(bundle, manifest.files);
  log(`3/5 writing the held-out digits to ${heldOut}, a folder for each true digit`);
  const digits = await loadDataset("digits", { split: "test", labels: true, signal });
  await writePictures(heldOut, digits, { classes: true, signal });
  log(`4/5 clustering ${heldOut}`);
  const device = "cpu" as const;
  await clusterTo(heldOut, { model: bundle, out: results, device, threads, batch: 64 }, signal);
  const scores = await evaluateBundle(bundle, { data: heldOut, split: "all", device, threads }, signal);
  const train = await loadDataset("digits", { split: "train", signal });
  const kmeansTrained = kMeansBaseline(samplesOf(train), samplesOf(digits), digits.labels!, CLUSTERS);
  log(`5/5 drawing ${grid}`);
  await generateTo({ model: bundle, seed, spread: 1, device, threads, out: grid }, signal);

  const seconds = (performance.now() - started) / 1000;
  const result = { seed, steps, scores, kmeansTrained, grid, results, bundle, heldOut, run, seconds };
  await writeFileAtomic(join(out, MARK), `${JSON.stringify(result, null, 2)}\n`);
  return result;
}

/** Empties a folder of an earlier quickstart, and refuses any other that is not empty. */
async function makeAnew(out: string): Promise<void> {
  const { writeError, writeFileAtomic } = await import("@mmgan/node-io");
  try {
    await empty(out);
  } catch (cause) {
    throw writeError(cause, out);
  }
  await writeFileAtomic(join(out, MARK), "{}\n");
}

async function empty(out: string): Promise<void> {
  await mkdir(out, { recursive: true });
  const names = await readdir(out);
  if (names.length > 0 && !names.includes(MARK))
    throw new FolderInUseError(
      `${out} is not empty and was not made by mmgan quickstart. Name another folder with --out.`,
    );
  for (const name of [
    "run",
    "bundle",
    "held-out",
    "results.csv",
    "results.errors.jsonl",
    "results.run.jsonl",
    "grid.png",
  ])
    await rm(join(out, name), { recursive: true, force: true });
}

/** mmgan's own check of each graph; loading the bundle checks sizes and SHA-256. */
async function checkBundle(
  bundle: string,
  files: Record<"encoder" | "generator" | "mixture", { path: string }>,
) {
  const { checkOnnx } = await import("@mmgan/export");
  const { inspectBundle } = await import("@mmgan/runtime-node");
  for (const name of ["encoder", "generator", "mixture"] as const)
    checkOnnx(await readFile(join(bundle, files[name].path)));
  await inspectBundle(bundle);
}
