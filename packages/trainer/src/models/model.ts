/** What a model is to the loop, to checkpoints and to bundles: an entry of the table in index.ts. */

import type { TrainConfig } from "../config.js";
import type { Dataset } from "../data/index.js";
import type { Engine } from "../engines/engine.js";
import type { Tensors } from "../nets/layers.js";
import type { Part, PlainState } from "../nets/parameters.js";
import type { Program } from "./program.js";

/** The functions a bundle ships, ready to be traced: raw values in and out. */
export interface BundleFunctions {
  /** Length of a latent as the bundle has it. */
  readonly latentDim: number;
  /** Weights that the functions read, averaged where the config says so. */
  readonly weights: PlainState;
  /** images (or points) -> logits, probabilities, cluster, features */
  encoder(weights: Tensors, inputs: Tensors): Tensors;
  /** latent [n, latentDim] -> images (or points) */
  generator(weights: Tensors, inputs: Tensors): Tensors;
  /** cluster [n], noise [n, latentDim] -> latent, means, sigmas */
  mixture(weights: Tensors, inputs: Tensors): Tensors;
}

export interface TrainableModel<C extends TrainConfig = TrainConfig> {
  /** Shape of every entry of the state. */
  stateDims(config: C): Record<string, number[]>;
  /** The whole state at step 0. */
  initialState(config: C): PlainState;
  /** The programs of all steps from `first` on, each made once, and which one each step has: [steps - first]. */
  trainingPrograms(config: C, first: number): { programs: Program[]; programOf: Uint8Array };
  /** The program that needs most memory: all terms the training ever has at once. */
  largestProgram(config: C): Program;
  /** Samples that its nets see at one time for each of a batch. Default 1. */
  rowsPerSample?(config: C): number;
  /** How many steps Adam has taken on a part by the end of step t, from 0. */
  adamSteps(config: C, part: Part, t: number): number;
  /** Scalars of step t that its programs ask for beside the rates. */
  scalars(config: C, t: number): Record<string, number>;
  /** G as it is read out: labels one-hot [n, K], noise [n, ...] -> samples. */
  samplingProgram(config: C, count: number): Program;
  bundle(config: C, state: PlainState): BundleFunctions;
  /** What a checkpoint gets beside the weights, made of them and the data; a function of both and the config alone. */
  readOut?(config: C, dataset: Dataset, engine: Engine): Promise<PlainState>;
}
