/** Choosing K on the command line: what is asked, progress, the table, and the plot in the run folder. */

import { availableParallelism } from "node:os";
import { join } from "node:path";
import { PeerError } from "@mmgan/core";
import { writeFileAtomic } from "@mmgan/node-io";
import type { ChoiceRecord, ChoiceRequest, Dataset, NeighbourGraph } from "@mmgan/trainer";
import {
  inputOf,
  overridesOf,
  type Settled,
  type TrainArguments,
  type TrainerModule,
} from "./commands/train.js";
import { share } from "./commands/train-seeds.js";
import { drawChoice } from "./figures/choice-figure.js";
import { clustersText } from "./options.js";
import { formatSeconds, log, print, textTable } from "./output.js";
import { type Progress, startProgress } from "./progress.js";
import { loadTrainingData, neighboursOf, tellHints } from "./training-data.js";

/** What `--json` says of a choice; clusters.json of the run folder has the same and more. */
export type ChoiceSummary = Required<Pick<ChoiceRecord, "chosen" | "candidates" | "runs">>;

/** Files of the plot in a run folder. */
const plotFiles = (run: string) => ({ svg: join(run, "clusters.svg"), png: join(run, "clusters.png") });

/**
 * Chooses K and the seed, or reads what was chosen, and leaves the run folder ready for `train` with `resume`.
 *
 * @param stored - the choice that `out` holds, where it is resumed
 */
export async function chooseTo(
  trainer: TrainerModule,
  options: TrainArguments,
  stored: ChoiceRecord | undefined,
  signal: AbortSignal,
): Promise<Settled & { graph: NeighbourGraph | undefined; choice: ChoiceSummary }> {
  const { dataset, split, hints } = await loadTrainingData(trainer, options, stored?.request, signal);
  const request = requestOf(trainer, options, dataset, split, stored?.request);
  const engine = options.engine ?? trainer.ENGINES.find((name) => name === stored?.engine) ?? "onnx";
  const config = trainer.resolveConfig({
    ...request,
    clusters: request.candidates[0]!,
    count: dataset.count,
  });
  const graph = await neighboursOf(trainer, config, dataset, options, signal);
  if (!options.resume) {
    hints.push(...tellHints(trainer.imageHints(dataset, request.candidates.at(-1)!)));
    if (graph && dataset.kind === "image") hints.push(...tellHints(trainer.graphHints(graph)));
  }
  const { jobs, threads } = share(request.restarts, availableParallelism(), options);
  let progress: Progress | undefined;
  const { record, config: chosen } = await trainer
    .chooseClusters(request, {
      ...{ dataset, graph, engine, out: options.out, resume: options.resume, signal },
      ...{ device: options.device, fallback: options.fallback, jobs, threads },
      onProgress: ({ done, total, runsDone }) => {
        const label = "choosing clusters";
        progress ??= startProgress({ label, unit: "steps", total, from: Math.max(0, done - 1) });
        progress.update(done, `${runsDone} of ${request.restarts} short runs done`);
      },
    })
    .finally(() => progress?.stop());
  log(`took ${record.chosen.clusters} clusters, seed ${record.chosen.seed}: ${record.chosen.why}`);
  hints.push(...tellHints(trainer.choiceHints(record)));
  await writePlot(options.out, record);
  if (!options.json) await print(choiceTable(record));
  const { chosen: what, candidates, runs } = record;
  return {
    ...{ config: chosen, dataset, engine, hints, graph },
    choice: { chosen: what, candidates, runs },
  };
}

/** What is asked: this command line, and where it says nothing, what the choice was started with. */
function requestOf(
  trainer: TrainerModule,
  options: TrainArguments,
  dataset: Dataset,
  split: ChoiceRequest["split"],
  stored: ChoiceRequest | undefined,
): ChoiceRequest {
  const { clusters = stored?.candidates, restarts = stored?.restarts ?? trainer.DEFAULT_RESTARTS } = options;
  const { augmentation, ...overrides } = { ...stored?.overrides, ...overridesOf(options) };
  const nested = { ...stored?.overrides?.augmentation, ...augmentation };
  return {
    data: options.data ?? stored!.data,
    candidates: typeof clusters === "number" ? [clusters] : clusters!,
    restarts,
    steps: options.restartSteps ?? stored?.steps ?? trainer.DEFAULT_SHORT_STEPS,
    recipe: options.recipe ?? stored?.recipe ?? "default",
    split,
    seed: options.seed ?? stored?.seed ?? 0,
    input: inputOf(dataset),
    overrides: { ...overrides, ...(Object.keys(nested).length > 0 ? { augmentation: nested } : {}) },
  };
}

/** A row for each K, the one taken marked. */
export function choiceTable({ candidates, chosen, runs }: Required<ChoiceRecord>): string {
  const figure = (x: number | null) => (x === null ? "-" : x.toFixed(3));
  const rows = candidates.map((candidate) => [
    `${candidate.clusters}`,
    figure(candidate.score),
    figure(candidate.betweenRuns),
    figure(candidate.betweenViews),
    figure(candidate.adjustedRand),
    `${candidate.seed}`,
    candidate.clusters === chosen.clusters ? "taken" : "",
  ]);
  const seconds = runs.reduce((sum, run) => sum + run.seconds, 0);
  return [
    textTable([["K", "score", "between runs", "between views", "ARI of runs", "best seed", ""], ...rows]),
    `${runs.length} short runs, ${formatSeconds(seconds)} of computing: ${chosen.why}`,
  ].join("\n");
}

/** Draws score against K into the run folder; where vega is not installed, says so and goes on. */
async function writePlot(run: string, record: Required<ChoiceRecord>): Promise<void> {
  if (record.candidates.length < 2) return;
  const { request } = record;
  const command = `mmgan train --data ${request.data} --clusters ${clustersText(request.candidates)} --restarts ${request.restarts} --seed ${request.seed ?? 0}`;
  try {
    const { svg, png } = await drawChoice(record, command);
    await writeFileAtomic(plotFiles(run).svg, svg);
    await writeFileAtomic(plotFiles(run).png, png);
  } catch (error) {
    if (!(error instanceof PeerError)) throw error;
    log(`no plot of the choice: ${error.message}`);
  }
}
