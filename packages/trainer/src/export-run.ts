/** A run folder as a bundle: graphs traced from the newest checkpoint, card, picture, manifest. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BundleScores, CheckpointError, type FeatureCentres, type Manifest } from "@mmgan/core";
import type { Bundle } from "@mmgan/export";
import { encodePng, writeFolderAtomic } from "@mmgan/node-io";
import * as ort from "onnxruntime-node";
import { type BundleFindings, type BundleNotes, bundleBuilder } from "./bundle/bundle-of-state.js";
import { readNewestCheckpoint } from "./loop/checkpoint.js";
import { readMetrics } from "./loop/metrics-log.js";
import { readRun, runFiles } from "./loop/run-folder.js";

export { BUNDLE_OPSET, type BundleGraphs, traceBundleGraphs } from "./bundle/trace-bundle.js";

export interface ExportOptions extends BundleNotes {
  /** Scores the bundle, which lies whole in `folder` for so long; the result goes into manifest and card. */
  score?: (folder: string) => Promise<BundleScores>;
  /** Finds the centres of the training samples with the bundle, as `score` does; undefined leaves them out. */
  centres?: (folder: string) => Promise<FeatureCentres | undefined>;
}

/**
 * Exports a run's newest checkpoint. The same run and options give the same bytes on a machine.
 *
 * @param run - the run folder
 * @param out - the bundle's folder, written whole; an older bundle there is replaced
 * @throws CheckpointError when the run holds no checkpoint or a damaged one
 */
export async function exportRun(run: string, out: string, options: ExportOptions = {}): Promise<Manifest> {
  const { config, engine } = await readRun(run);
  const checkpoint = await readNewestCheckpoint(run, config);
  if (!checkpoint)
    throw new CheckpointError(`${run} holds no checkpoint yet. Train with --resume until it has one.`);
  const { score, centres } = options;
  // A run killed after its newest checkpoint has lines of later steps.
  const lines = (await readMetrics(runFiles(run).metrics)).filter(
    ({ step }) => (step as number) <= checkpoint.step,
  );
  const metrics = Object.fromEntries(
    Object.entries(lines.at(-1) ?? {}).filter(([, value]) => typeof value === "number"),
  ) as Record<string, number>;
  const trained = { ...checkpoint, config, metrics, minutes: trainedMinutes(lines), engine };
  const build = await bundleBuilder(trained, options, ort, encodePng);
  const bare = await build();
  const { manifest, files } =
    score || centres ? await build(await findings(bare.files, { score, centres })) : bare;
  await writeFolderAtomic(out, files);
  return manifest;
}

/** Finds them with the files in a folder of their own. */
async function findings(
  files: Bundle["files"],
  { score, centres }: Pick<ExportOptions, "score" | "centres">,
): Promise<BundleFindings> {
  const temporary = await mkdtemp(join(tmpdir(), "mmgan-export-"));
  try {
    const folder = join(temporary, "bundle");
    await writeFolderAtomic(folder, files);
    return { scores: await score?.(folder), centres: await centres?.(folder) };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Minutes of all steps; each resume counts its seconds from 0. Undefined where no line was written. */
export function trainedMinutes(lines: readonly Record<string, unknown>[]): number | undefined {
  if (lines.length === 0) return undefined;
  const seconds = lines.map((line) => line.seconds as number);
  const total = seconds.reduce(
    (sum, at, i) => (i === seconds.length - 1 || seconds[i + 1]! < at ? sum + at : sum),
    0,
  );
  return Number((total / 60).toPrecision(6));
}
