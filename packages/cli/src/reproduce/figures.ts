/** From the runs of an experiment that are done to what its figure is drawn from. */

import type { FigureRun } from "../figures/figure.js";
import type { Plan } from "./plan.js";
import type { RunRecord } from "./run-record.js";
import { runFolders } from "./training-run.js";

/** The folders of all trainings that are done, by column, row and seed. */
export function figureRuns(plan: Plan, records: ReadonlyMap<string, RunRecord>): FigureRun[] {
  return plan.cells.flatMap(({ row, runs }) =>
    runs.flatMap(({ folder, spec }): FigureRun[] => {
      if (!records.has(folder) || spec.kind !== "training") return [];
      const { training, bundle, snapshot } = runFolders(folder);
      const snapshots = spec.snapshots.map((step) => ({ step, bundle: snapshot(step) }));
      return [{ row, seed: spec.seed, training, bundle, snapshots }];
    }),
  );
}
