/** The centres of a model's training samples, found with the model itself. Labels are never read. */

import {
  ArgumentError,
  type Clustering,
  DataMissingError,
  EmptyFolderError,
  expected,
  type FeatureCentres,
  featureCentres,
  type Manifest,
  type Model,
  UnknownNameError,
} from "@mmgan/core";
import type { Dataset } from "@mmgan/trainer";
import { batches } from "./labelled.js";
import { startProgress } from "./progress.js";

export interface TrainingData {
  /** A data set's name or a folder. Default: what the model was trained on. */
  data?: string | undefined;
  split?: "train" | "test" | "all" | undefined;
  dataDir?: string | undefined;
  threads?: number | undefined;
}

/** @param bundle - its folder */
export async function trainingCentres(
  bundle: string,
  options: TrainingData,
  signal: AbortSignal,
): Promise<FeatureCentres> {
  const { loadModel } = await import("@mmgan/runtime-node");
  const model = await loadModel(bundle, { device: "cpu", threads: options.threads });
  try {
    const data = await loadTraining(model.manifest, options, signal);
    const progress = startProgress({ label: "measuring", unit: "samples", total: 2 * data.count });
    let seen = 0;
    try {
      return await featureCentres(
        () =>
          encoded(model, data, signal, (count) => {
            seen += count;
            progress.update(seen);
          }),
        model.manifest.clusters,
        data.name,
      );
    } finally {
      progress.stop();
    }
  } finally {
    await model.dispose();
  }
}

/** As `trainingCentres`; undefined, and the reason told, where the data are not there any more. */
export async function maybeTrainingCentres(
  bundle: string,
  options: TrainingData,
  signal: AbortSignal,
  missing: (reason: string) => void,
): Promise<FeatureCentres | undefined> {
  try {
    return await trainingCentres(bundle, options, signal);
  } catch (cause) {
    const gone = [ArgumentError, DataMissingError, EmptyFolderError, UnknownNameError];
    if (!gone.some((known) => cause instanceof known)) throw cause;
    missing((cause as Error).message);
    return undefined;
  }
}

async function* encoded(
  model: Model,
  data: Dataset,
  signal: AbortSignal,
  onBatch: (count: number) => void,
): AsyncGenerator<Clustering, void, undefined> {
  for (const batch of batches(data)) {
    yield await model.cluster(batch, { signal });
    onBatch(batch.count);
  }
}

/** @throws as `loadDataset`; ArgumentError for data of another kind than the model's */
async function loadTraining(
  { input, training }: Manifest,
  { data: name = training.data, split, dataDir }: TrainingData,
  signal: AbortSignal,
): Promise<Dataset> {
  const { isDatasetName, loadDataset } = await import("@mmgan/trainer");
  const data = await loadDataset(name, {
    ...(input.kind === "image" ? { size: input.height, channels: input.channels, fit: input.fit } : {}),
    split: split ?? (isDatasetName(name) ? "train" : "all"),
    dataDir,
    signal,
  });
  if (data.kind !== input.kind)
    throw new ArgumentError(
      expected(`data of kind ${input.kind}, as the model's`, "--data", `${name} (${data.kind})`),
    );
  return data;
}
