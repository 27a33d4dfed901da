/** Baselines and scores beside the training: what clusterings and generated samples are compared with. */

export {
  BASELINES,
  type BaselineClusters,
  type BaselineName,
  type BaselineOptions,
  clusterBaseline,
} from "./cluster-baseline.js";
export { clusterCodes } from "./cluster-codes.js";
export {
  fitGaussianMixture,
  type GaussianMixture,
  type GaussianMixtureFit,
  type GaussianMixtureOptions,
  likeliestComponents,
} from "./gaussian-mixture.js";
export {
  type ClassAgreement,
  classAgreement,
  type GenerationScores,
  generationScores,
} from "./generation-scores.js";
export { BALL_NEIGHBOURS, type ManifoldScores, type Vectors } from "./manifolds.js";
export {
  type RawSamples,
  type ScoreNetwork,
  type ScoreNetworkOptions,
  scoreNetwork,
} from "./score-network.js";
