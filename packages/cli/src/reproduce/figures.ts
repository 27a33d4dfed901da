/** Between the runs of an experiment and the picture drawn of them: one function a figure, found by the experiment's name. */

import type { Plan } from "./plan.js";
import type { Report } from "./report-file.js";
import type { RunRecord } from "./run-record.js";
import { runFolders } from "./training-run.js";

/** What a figure is drawn from. */
export interface FigureInput {
  readonly report: Report;
  /** Every training that is done, by column, row and seed. */
  readonly panels: readonly FigurePanel[];
  /** Where the data sets lie, as the command was told. */
  readonly dataDir?: string | undefined;
}

/** One training, on disk. */
export interface FigurePanel {
  readonly row: string;
  readonly column: string;
  readonly data: string;
  readonly seed: number;
  readonly record: RunRecord;
  /** A run folder of `mmgan train`: config.json, metrics.jsonl, checkpoints. */
  readonly training: string;
  /** The bundle of the last step. */
  readonly bundle: string;
  /** Bundles on the way, ascending. */
  readonly snapshots: readonly { readonly step: number; readonly bundle: string }[];
}

export interface Picture {
  /** A whole SVG document. */
  readonly svg: string;
  /** The same as PNG. */
  readonly png: Uint8Array;
}

/** Draws a figure; the caption names `input.report.command`. */
export type DrawFigure = (input: FigureInput) => Promise<Picture>;

/** By the name of the experiment. */
export const FIGURES: Readonly<Record<string, DrawFigure>> = {};

/** The panels of all trainings that are done. */
export function panelsOf(plan: Plan, records: ReadonlyMap<string, RunRecord>): FigurePanel[] {
  return plan.cells.flatMap(({ row, column, runs }) =>
    runs.flatMap(({ folder, spec }): FigurePanel[] => {
      const record = records.get(folder);
      if (!record || spec.kind !== "training") return [];
      const { training, bundle, snapshot } = runFolders(folder);
      const snapshots = spec.snapshots.map((step) => ({ step, bundle: snapshot(step) }));
      return [{ row, column, data: spec.data, seed: spec.seed, record, training, bundle, snapshots }];
    }),
  );
}
