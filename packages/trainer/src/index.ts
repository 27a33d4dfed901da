export { addCentres } from "./add-centres.js";
export {
  type Candidate,
  type Choice,
  type ChoiceRecord,
  type ChoiceRequest,
  choiceFile,
  readChoice,
} from "./choice/choice-file.js";
export {
  CANDIDATES_MAX,
  type ChooseOptions,
  type ChooseResult,
  chooseClusters,
  DEFAULT_RESTARTS,
  DEFAULT_SHORT_STEPS,
  RESTARTS_MAX,
} from "./choice/choose-clusters.js";
export * from "./config.js";
export {
  type CudaSetupOptions,
  type CudaSetupResult,
  type CudaSetupStage,
  setUpCuda,
} from "./cuda/set-up.js";
export * from "./data/index.js";
export { type Comparison, comparePlaces } from "./engines/compare.js";
export { createEngine, ENGINES, type Engine, type EngineName, type EngineOptions } from "./engines/engine.js";
export { type EngineReport, inspectEngines } from "./engines/inspect.js";
export { type Place, parsePlace, placeName } from "./engines/place.js";
export { type ProductSizes, productProgram, productState } from "./engines/product-program.js";
export { type OperatorTime, operatorTimes, profileProgram } from "./engines/profile-program.js";
export { FALLBACKS, type Fallback } from "./engines/session-options.js";
export {
  BUNDLE_OPSET,
  type BundleGraphs,
  type ExportOptions,
  exportRun,
  traceBundleGraphs,
} from "./export-run.js";
export * from "./hints/index.js";
export { type Checkpoint, checkpointFiles, readCheckpoint, readNewestCheckpoint } from "./loop/checkpoint.js";
export { type FedStep, type TrainingFeed, trainingFeed } from "./loop/feed.js";
export { effectiveClusters, type Warning, type Window } from "./loop/health.js";
export { readMetrics } from "./loop/metrics-log.js";
export { isRunFolder, type RunRecord, readRun, runFiles } from "./loop/run-folder.js";
export { gridImage } from "./loop/samples.js";
export { hyperAt, ratesAt } from "./loop/schedule.js";
export { modelOf } from "./models/index.js";
export {
  evaluationProgram,
  initialState,
  trainingProgram,
  type Variant,
  variantAt,
  variantName,
} from "./models/mmgan.js";
export type { BundleFunctions, TrainableModel } from "./models/model.js";
export { adamSteps, firstGanStep } from "./models/phases.js";
export type { Program } from "./models/program.js";
export { RIVAL_NAMES, RIVALS, type RivalName } from "./models/settings/index.js";
export type { ModelSettings } from "./models/settings/model-settings.js";
export { nearestNeighbours } from "./neighbours/nearest.js";
export { buildNeighbourGraph, type NeighbourGraph } from "./neighbours/neighbour-graph.js";
export { type Rows, type RowWork, rowsOf } from "./neighbours/rows.js";
export { averagedWeights } from "./nets/averaged.js";
export { PARTS, type Part, type PlainState } from "./nets/parameters.js";
export { type ConvLayer, type NetPlan, netPlan } from "./nets/plan.js";
export { type ConfigRequest, RECIPES, resolveConfig } from "./recipes.js";
export * from "./scoring/index.js";
export { tensorflowFolder } from "./tensorflow/folder.js";
export { probeTensorflow, type TensorflowProbe } from "./tensorflow/probe.js";
export {
  type SetupOptions,
  type SetupResult,
  type SetupStage,
  setUpTensorflow,
} from "./tensorflow/set-up.js";
export { type TrainEvent, type TrainOptions, type TrainSummary, train } from "./train.js";
export { VERSION } from "./version.js";
