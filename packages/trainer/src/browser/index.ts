/** Training in a page: no Node built-in anywhere below this file. */

export type { BundleNotes } from "../bundle/bundle-of-state.js";
export type { EncodePng } from "../bundle/draw-grid.js";
export {
  INITS,
  type Init,
  LOSSES,
  type Loss,
  type MmganConfig,
  PAIRINGS,
  type Pairing,
  RANGES,
  type RecipeName,
} from "../config.js";
export { DATASETS } from "../data/catalogue.js";
export type { Dataset, LoadProgress } from "../data/dataset.js";
export { moonsSet } from "../data/moons-set.js";
export type { OnnxRuntime } from "../engines/onnx-runtime.js";
export { effectiveClusters, type Warning, type Window, warnings } from "../loop/health.js";
export { contestEnd, firstGanStep } from "../models/phases.js";
export type { PlainState } from "../nets/parameters.js";
export { type ConfigRequest, resolveConfig } from "../recipes.js";
export { digitsSet } from "./digits-set.js";
export { createPageEngine, type PageEngineOptions } from "./page-engine.js";
export type { PageDevice } from "./page-sessions.js";
export {
  type DrawnSamples,
  type StepReport,
  startTraining,
  type Training,
  type TrainingOptions,
} from "./training.js";
