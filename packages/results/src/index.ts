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
export type { RunHead, RunItem, RunOptions, RunResult } from "./run/run-entry.js";
export { openRun, type Run } from "./run/run-file.js";
export { openResults, type ResultsWriter, type WriteOptions } from "./write-results.js";
