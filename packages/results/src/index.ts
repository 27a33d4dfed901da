export { maybeReadNames, mustBeNames, type Names, readNames } from "./names.js";
export { type ReadOptions, readResults } from "./read-results.js";
export {
  errorsPathFor,
  FORMATS,
  type Format,
  formatOf,
  namesPathFor,
  type Results,
  type ResultsInfo,
  runPathFor,
} from "./results-file.js";
export {
  type Applied,
  applyCorrections,
  CORRECTIONS_SCHEMA,
  type Corrections,
  correctedPathFor,
  readCorrections,
} from "./review/apply-corrections.js";
export { nameClusters } from "./review/name-clusters.js";
export { findOutliers, type OutlierMeasure, type OutlierOptions, type Outliers } from "./review/outliers.js";
export { clustersOf, type RewriteOptions, rewriteResults } from "./review/rewrite-results.js";
export type { RunHead, RunItem, RunOptions, RunResult } from "./run/run-entry.js";
export { openRun, type Run } from "./run/run-file.js";
export { SORT_JOURNAL } from "./sort/folder-names.js";
export { SORT_MODES, type SortMode } from "./sort/place.js";
export { type SortOptions, type SortSummary, sortPictures } from "./sort/sort-pictures.js";
export { type UndoSummary, undoSort } from "./sort/undo-sort.js";
export { openResults, type ResultsWriter, type WriteOptions } from "./write-results.js";
