/** The data of a training: loaded at a size that suits them, with hints on the way. */

import type { Dataset, Hint, LoadOptions, NeighbourGraph, Split, Survey, TrainConfig } from "@mmgan/trainer";
import type { TrainArguments, TrainerModule } from "./commands/train.js";
import { log } from "./output.js";
import { type Progress, startProgress } from "./progress.js";

/** Prints hints. @returns them */
export function tellHints(hints: readonly Hint[]): readonly Hint[] {
  for (const { code, message } of hints) log(`hint: ${message} (${code})`);
  return hints;
}

/**
 * Loads what `--data` names, or what a run that is resumed was trained on. Of a folder the files are looked at first:
 * they say at what size and in how many channels, where nobody did.
 *
 * @param old - what a resumed run was started with
 */
export async function loadTrainingData(
  trainer: TrainerModule,
  options: TrainArguments,
  old: (Pick<TrainConfig, "data" | "input"> & { split?: Split | undefined }) | undefined,
  signal: AbortSignal,
): Promise<{ dataset: Dataset; split: Split; hints: Hint[] }> {
  const data = options.data ?? old!.data;
  const input = old?.input.kind === "image" ? old.input : undefined;
  const known = trainer.isDatasetName(data);
  const split = options.split ?? old?.split ?? (known ? "train" : "all");
  const asked = {
    size: options.size ?? input?.height,
    channels: options.channels ?? input?.channels,
    fit: options.fit ?? input?.fit,
  };
  const hints: Hint[] = [];
  let survey: Survey | undefined;
  if (!known && !old) {
    survey = await lookAt(trainer, data, signal);
    const own = survey && trainer.folderInput(survey);
    asked.size ??= own?.size;
    asked.channels ??= own?.channels;
  }
  const dataset = await load(trainer, data, { ...asked, split, dataDir: options.dataDir, signal });
  if (survey && !options.resume)
    hints.push(...tellHints(trainer.surveyHints(survey, { size: dataset.image!.height, fit: dataset.fit })));
  return { dataset, split, hints };
}

/** The headers of a folder's pictures; undefined for what is no folder, which loading names. */
async function lookAt(
  trainer: TrainerModule,
  folder: string,
  signal: AbortSignal,
): Promise<Survey | undefined> {
  return showing("looking at", "images", (onProgress) =>
    trainer.surveyFolder(folder, { signal, onProgress }).catch((error) => {
      if (error?.code === "E_ARGUMENT") return undefined;
      throw error;
    }),
  );
}

async function load(trainer: TrainerModule, data: string, options: LoadOptions): Promise<Dataset> {
  const dataset = await showing("loading", "images", (onProgress) =>
    trainer.loadDataset(data, { ...options, onProgress }),
  );
  const bad = dataset.unreadable ?? [];
  for (const { path, reason } of bad.slice(0, 5)) log(`left out: ${path}: ${reason}`);
  if (bad.length > 5) log(`left out: ${bad.length - 5} more that cannot be decoded`);
  return dataset;
}

/** The neighbour graph of the data, where the config has walks. */
export async function neighboursOf(
  trainer: TrainerModule,
  { walk }: Pick<TrainConfig, "walk">,
  dataset: Dataset,
  { threads = 0 }: TrainArguments,
  signal: AbortSignal,
): Promise<NeighbourGraph | undefined> {
  if (walk === 0) return undefined;
  return showing("finding neighbours", "%", (onProgress) =>
    trainer.buildNeighbourGraph(dataset, { threads, signal, onProgress }),
  );
}

/** Work with a display of its progress, from its first report on. */
async function showing<T>(
  label: string,
  unit: string,
  work: (onProgress: (progress: { done: number; total: number }) => void) => Promise<T>,
): Promise<T> {
  let progress: Progress | undefined;
  try {
    return await work(({ done, total }) => {
      progress ??= startProgress({ label, unit, total });
      progress.update(done);
    });
  } finally {
    progress?.stop();
  }
}
