/** Scores of what a finished training generates. */

import { loadModel } from "@mmgan/runtime-node";
import { loadDataset } from "@mmgan/trainer";
import { GENERATION_SAMPLES, scoreGeneration } from "../generation.js";
import type { TrainingSpec } from "./plan.js";
import type { GenerationRecord } from "./run-record.js";
import { type RunOptions, runFolders } from "./training-run.js";

/** Draws from the run's bundle and scores, in the features of a network trained on the labels of the training split. */
export async function generationOf(
  spec: TrainingSpec,
  { folder, dataDir, threads, signal }: RunOptions,
): Promise<GenerationRecord> {
  const { input } = spec.config;
  const common = { dataDir, signal, labels: true, size: input.kind === "image" ? input.height : undefined };
  const scored = await loadDataset(spec.data, { ...common, split: spec.score });
  const training = await loadDataset(spec.data, { ...common, split: spec.train });
  const model = await loadModel(runFolders(folder).bundle, { device: "cpu", threads });
  try {
    const options = { samples: GENERATION_SAMPLES, threads, signal };
    const { n, generated } = await scoreGeneration(model, scored, training, options);
    const { precision, recall, density, coverage, fid, agreement, classes } = generated;
    return { n, precision, recall, density, coverage, fid, agreement, classes };
  } finally {
    await model.dispose();
  }
}
