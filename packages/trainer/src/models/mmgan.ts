/** MMGAN's training step, Algorithm 1 of the paper: one pure function per variant of a step. */

import { SIGMA_FLOOR } from "@mmgan/core";
import * as tf from "@tensorflow/tfjs";
import type { MmganConfig } from "../config.js";
import { adversarialLosses, hardAssignment, straightThrough } from "../losses/adversarial.js";
import { augmentForCritic, CRITIC_DRAWS, criticAugments } from "../losses/critic-augmentation.js";
import { crossEntropy, priorSizes, viewInformation } from "../losses/encoder-losses.js";
import { r1Penalty } from "../losses/r1.js";
import { averagedNames, averagedWeights } from "../nets/averaged.js";
import { critic, encoder } from "../nets/encoder.js";
import { generator, latents } from "../nets/generator.js";
import { encoderGraph, generatorGraph, mixtureGraph } from "../nets/graphs.js";
import { runningStatistics, stopGradient, type Tensors } from "../nets/layers.js";
import {
  initialParameters,
  PARTS,
  type ParameterSpec,
  type Part,
  type PlainState,
  parameterSpecs,
} from "../nets/parameters.js";
import { type NetPlan, netPlan } from "../nets/plan.js";
import { adamUpdate } from "../optimizer.js";
import { gradientNorm, gradients } from "./gradients.js";
import type { TrainableModel } from "./model.js";
import { adamSteps, firstGanStep } from "./phases.js";
import type { Program, TensorSpec } from "./program.js";

/** Which terms a step has; each combination in use is one program. */
export interface Variant {
  /** D, G and the mixture take part; without it E trains alone. */
  gan: boolean;
  /** The information term on real images. */
  information: boolean;
  /** R1 on real images. */
  r1: boolean;
}

/** The variant of step t, from 0. Phases and lazy terms are decided here and in phases.ts, and nowhere else. */
export function variantAt(config: MmganConfig, t: number): Variant {
  const { information, informationEvery, r1, r1Every } = config;
  const first = firstGanStep(config);
  if (t < first) return { gan: false, information: true, r1: false };
  const u = t - first;
  return {
    gan: true,
    information: information > 0 && u % informationEvery === 0,
    r1: r1 > 0 && u % r1Every === 0,
  };
}

export function variantName({ gan, information, r1 }: Variant): string {
  return [gan ? "gan" : "encoder", information && "information", r1 && "r1"].filter(Boolean).join("+");
}

/** Whether a weight has a moving average: everything of E, G and the mixture. */
const averaged = (part: Part) => part !== "critic";

/** The weights of a config. */
function specsOf(config: MmganConfig): ParameterSpec[] {
  const relativistic = config.loss === "rsgan" || config.loss === "crasgan";
  // Relativistic losses see differences of scores only: D's last bias has gradient zero, and Adam would make rounding
  // errors of it into steps.
  const still = (name: string) => relativistic && name === "critic/out/bias";
  return parameterSpecs(netPlan(config)).map((s) => ({ ...s, trainable: s.trainable && !still(s.name) }));
}

/** Shape of every entry of the state. */
export function stateDims(config: MmganConfig): Record<string, number[]> {
  const specs = specsOf(config);
  return Object.fromEntries(
    specs.flatMap((spec) => stateNames(config, [spec]).map((name) => [name, spec.dims])),
  );
}

/**
 * The whole state at step 0: weights, Adam's moments (zero), moving averages (equal to the weights).
 *
 * @param start - which start of E, from 0: other weights each, for E and all else
 */
export function initialState(config: MmganConfig, start = 0): PlainState {
  const plan = netPlan(config);
  const parameters = initialParameters(plan, { ...config, start });
  const state: PlainState = { ...parameters };
  for (const { name, part, trainable } of specsOf(config)) {
    const { dims, data } = parameters[name]!;
    if (trainable)
      for (const moment of ["m", "v"])
        state[`adam/${moment}/${name}`] = { dims, type: "float32", data: new Float32Array(data.length) };
    if (averaged(part) && config.ema > 0)
      state[`ema/${name}`] = { dims, type: "float32", data: (data as Float32Array).slice() };
  }
  return state;
}

function batchSpecs(config: MmganConfig, { gan, information }: Variant): Record<string, TensorSpec> {
  const { input, clusters: k, latentDim: d, batch, ganBatch } = config;
  const shape = input.kind === "image" ? [input.height, input.width, input.channels] : [input.dim];
  const views = (n: number): TensorSpec => ({ dims: [n, ...shape], type: "float32" });
  const specs: Record<string, TensorSpec> = { real: views(information ? batch : ganBatch) };
  if (information) specs.augmented = views(batch);
  if (gan) {
    specs.priorLabels = { dims: [ganBatch, k], type: "float32" };
    specs.priorNoise = { dims: [ganBatch, d], type: "float32" };
    specs.pairNoise = { dims: [ganBatch, d], type: "float32" };
    if (criticAugments(config)) specs.criticDraws = { dims: [3 * ganBatch, CRITIC_DRAWS], type: "float32" };
    if (config.pairing === "off") specs.pairLabels = { dims: [ganBatch, k], type: "float32" };
  }
  return specs;
}

const pick = (state: Tensors, names: string[]): Tensors =>
  Object.fromEntries(names.map((n) => [n, state[n]!]));

/** Pairing, Algorithm 1 steps 2 and 5: the cluster weights each paired fake is drawn from. */
function pairWeights(config: MmganConfig, probabilities: tf.Tensor2D, batch: Tensors): tf.Tensor2D {
  if (config.pairing === "soft") return probabilities;
  if (config.pairing === "hard") return hardAssignment(probabilities);
  if (config.pairing === "straight-through") return straightThrough(probabilities);
  return batch.pairLabels as tf.Tensor2D;
}

/** The step of a variant as a program for an engine. */
export function trainingProgram(config: MmganConfig, variant: Variant): Program {
  const plan = netPlan(config);
  const specs = specsOf(config);
  const parts: Part[] = variant.gan ? [...PARTS] : ["encoder"];
  const used = specs.filter((s) => parts.includes(s.part));
  const hyper = parts.flatMap((part) => [`${part}/rate`, `${part}/correction`]);
  return {
    name: variantName(variant),
    reads: stateNames(config, used),
    batch: batchSpecs(config, variant),
    hyper,
    run: (state, batch, scalars) => step(config, plan, variant, used, state, batch, scalars),
  };
}

/** The programs of all steps from `first` on, each made once, and which one each step has: [steps - first]. */
export function trainingPrograms(
  config: MmganConfig,
  first: number,
): { programs: Program[]; programOf: Uint8Array } {
  const programs: Program[] = [];
  const places = new Map<string, number>();
  const programOf = Uint8Array.from({ length: Math.max(0, config.steps - first) }, (_, i) => {
    const variant = variantAt(config, first + i);
    const name = variantName(variant);
    const place = places.get(name) ?? programs.push(trainingProgram(config, variant)) - 1;
    places.set(name, place);
    return place;
  });
  return { programs, programOf };
}

function stateNames(config: MmganConfig, specs: ParameterSpec[]): string[] {
  return specs.flatMap(({ name, part, trainable }) => [
    name,
    ...(trainable ? [`adam/m/${name}`, `adam/v/${name}`] : []),
    ...(averaged(part) && config.ema > 0 ? [`ema/${name}`] : []),
  ]);
}

function step(
  config: MmganConfig,
  plan: NetPlan,
  variant: Variant,
  used: ParameterSpec[],
  state: Tensors,
  batch: Tensors,
  hyper: Tensors,
): { state: Tensors; outputs: Tensors } {
  const trainable = (part: Part) => used.filter((s) => s.part === part && s.trainable).map((s) => s.name);
  const statistics: Tensors = {};
  const outputs: Tensors = {};
  const all: Tensors = {};

  if (variant.gan) {
    const d = gradients(pick(state, trainable("critic")), (params) =>
      criticLoss(config, plan, variant, { ...state, ...params }, batch),
    );
    Object.assign(all, d.gradients);
    Object.assign(outputs, d.extra, { "gradient/critic": gradientNorm(d.gradients) });
  }
  const players: Part[] = variant.gan ? ["generator", "mixture", "encoder"] : ["encoder"];
  const g = gradients(pick(state, players.flatMap(trainable)), (params) => {
    const merged = { ...state, ...params };
    const { loss, extra, collected } = playerLoss(config, plan, variant, merged, batch);
    for (const [name, value] of Object.entries(collected)) extra[`statistics:${name}`] = value;
    return { loss, extra };
  });
  Object.assign(all, g.gradients);
  for (const [name, value] of Object.entries(g.extra))
    if (name.startsWith("statistics:")) statistics[name.slice("statistics:".length)] = value;
    else outputs[name] = value;
  for (const part of players) outputs[`gradient/${part}`] = gradientNorm(pick(all, trainable(part)));

  const next: Tensors = {};
  for (const part of variant.gan ? PARTS : players) {
    const scalars = {
      rate: hyper[`${part}/rate`] as tf.Scalar,
      correction: hyper[`${part}/correction`] as tf.Scalar,
    };
    Object.assign(next, adamUpdate(state, pick(all, trainable(part)), scalars, config));
  }
  // Never below the floor, at the weight itself: a sigma at the floor still feels its gradient.
  const sigmas = next["mixture/sigmas"] && tf.maximum(next["mixture/sigmas"], SIGMA_FLOOR);
  if (sigmas) {
    next["mixture/sigmas"] = sigmas;
    Object.assign(outputs, { "sigma/min": tf.min(sigmas), "sigma/max": tf.max(sigmas) });
  }
  Object.assign(next, runningStatistics(state, statistics));
  if (config.ema > 0)
    for (const { name, part } of used) {
      if (!averaged(part)) continue;
      const decay = part === "encoder" ? config.ema : config.generatorEma;
      next[`ema/${name}`] = tf.add(
        tf.mul(state[`ema/${name}`]!, decay),
        tf.mul(next[name] ?? state[name]!, 1 - decay),
      );
    }
  return { state: next, outputs };
}

/** What both losses see of a batch: Algorithm 1 steps 2 to 6. Called in both, computed once by the tracer. */
function forward(
  config: MmganConfig,
  plan: NetPlan,
  variant: Variant,
  params: Tensors,
  batch: Tensors,
  collected?: Tensors,
) {
  const m = config.ganBatch;
  const real = batch.real!;
  const statistics = collected ? { statistics: collected } : {};
  const logits = encoder(plan, params, real, { training: true, ...statistics }).logits;
  const probabilities = tf.softmax(logits);
  const head = <T extends tf.Tensor>(x: T): T => (x.shape[0] === m ? x : (tf.slice(x, 0, m) as T));
  if (!variant.gan) return { probabilities };
  const realHead = head(real);
  const pairProbabilities = head(probabilities);
  const y = pairWeights(config, pairProbabilities, batch);
  const codes = tf.concat([
    latents(params, y, batch.pairNoise!),
    latents(params, batch.priorLabels!, batch.priorNoise!),
  ]);
  const fakes = generator(plan, params, codes, { training: true, ...statistics });
  const [pairedFakes, priorFakes] = tf.split(fakes, 2) as [tf.Tensor, tf.Tensor];
  const realClusters = hardAssignment(pairProbabilities);
  // D sees all three sorts of pictures through the same sort of changes, each picture through its own.
  const draws = batch.criticDraws && (tf.split(batch.criticDraws, 3) as tf.Tensor2D[]);
  const seen = (x: tf.Tensor, sort: number) => (draws ? augmentForCritic(config, x, draws[sort]!) : x);
  const seenReal = seen(realHead, 0);
  const scores = {
    real: critic(plan, params, seenReal),
    paired: critic(plan, params, seen(pairedFakes, 1)),
    prior:
      config.loss === "crasgan" ? critic(plan, params, seen(priorFakes, 2)) : (tf.zeros([m]) as tf.Tensor1D),
    realClusters,
    pairedClusters: config.pairing === "off" ? (batch.pairLabels as tf.Tensor2D) : realClusters,
    priorClusters: batch.priorLabels as tf.Tensor2D,
  };
  return { probabilities, seenReal, priorFakes, scores };
}

function criticLoss(config: MmganConfig, plan: NetPlan, variant: Variant, params: Tensors, batch: Tensors) {
  const { scores, seenReal } = forward(config, plan, variant, params, batch);
  const adversarial = adversarialLosses(config.loss, scores!).critic;
  const extra: Tensors = { "loss/critic": adversarial };
  let loss = adversarial;
  if (variant.r1) {
    const penalty = r1Penalty((x) => critic(plan, params, x), seenReal!);
    extra["loss/r1"] = penalty;
    loss = tf.add(loss, tf.mul(penalty, config.r1 * config.r1Every));
  }
  return { loss, extra };
}

/** The loss of G, the mixture and E: step 8, and the information term. */
function playerLoss(config: MmganConfig, plan: NetPlan, variant: Variant, params: Tensors, batch: Tensors) {
  const collected: Tensors = {};
  const { probabilities, scores, priorFakes } = forward(config, plan, variant, params, batch, collected);
  const terms: tf.Scalar[] = [];
  const seen = stopGradient(probabilities);
  const extra: Tensors = { shares: tf.mean(seen, 0), confidence: tf.mean(tf.max(seen, 1)) };
  if (variant.gan) {
    const adversarial = adversarialLosses(config.loss, scores!).generator;
    // Fakes pass E with their own batch statistics and leave the running ones alone.
    const labels = batch.priorLabels as tf.Tensor2D;
    const entropy = crossEntropy(labels, encoder(plan, params, priorFakes!, { training: true }).logits);
    terms.push(adversarial, tf.mul(entropy, config.alpha));
    Object.assign(extra, { "loss/generator": adversarial, "loss/crossEntropy": entropy });
  }
  if (variant.information) {
    const other = tf.softmax(encoder(plan, params, batch.augmented!, { training: true }).logits);
    const sizes = config.sizeRatio > 1 ? priorSizes(config.clusters, config.sizeRatio) : undefined;
    const information = viewInformation(probabilities, other, config.balance, sizes);
    extra["loss/information"] = information;
    terms.push(tf.mul(information, -config.information));
  }
  return { loss: tf.addN(terms) as tf.Scalar, extra, collected };
}

/**
 * E as it is read out: running statistics, x in [-1, 1] -> probabilities [n, K].
 *
 * @param averaged - the moving average where the config keeps one; it lags about 1 / (1 - ema) steps behind. Default true
 */
export function evaluationProgram(config: MmganConfig, count: number, averaged = true): Program {
  const plan = netPlan(config);
  const { names, read } = weightReader(config, ["encoder"], averaged);
  const shape =
    config.input.kind === "image"
      ? [config.input.height, config.input.width, config.input.channels]
      : [config.input.dim];
  return {
    name: `evaluate-${averaged ? "averaged" : "current"}-${count}`,
    reads: names,
    batch: { real: { dims: [count, ...shape], type: "float32" } },
    hyper: [],
    run: (state, batch) => ({
      state: {},
      outputs: {
        probabilities: tf.softmax(encoder(plan, read(state), batch.real!, { training: false }).logits),
      },
    }),
  };
}

/** G as it is read out. Labels one-hot [n, K] and noise [n, d] -> pictures in [-1, 1]. */
export function samplingProgram(config: MmganConfig, count: number): Program {
  const plan = netPlan(config);
  const { names, read } = weightReader(config, ["generator", "mixture"], true);
  return {
    name: `sample-${count}`,
    reads: names,
    batch: {
      labels: { dims: [count, config.clusters], type: "float32" },
      noise: { dims: [count, config.latentDim], type: "float32" },
    },
    hyper: [],
    run: (state, batch) => {
      const params = read(state);
      return {
        state: {},
        outputs: {
          samples: generator(plan, params, latents(params, batch.labels!, batch.noise!), { training: false }),
        },
      };
    },
  };
}

/** Reads weights under their own names, from their moving averages if asked and where the config keeps them. */
function weightReader(config: MmganConfig, parts: Part[], averaged: boolean) {
  const names = averagedNames(config, parts, averaged);
  return {
    names: names.map(({ entry }) => entry),
    read: (state: Tensors): Tensors =>
      Object.fromEntries(names.map(({ name, entry }) => [name, state[entry]!])),
  };
}

/** MMGAN as an entry of the table. */
export const mmgan: TrainableModel<MmganConfig> = {
  stateDims,
  initialState: (config) => initialState(config),
  trainingPrograms,
  largestProgram: (config) =>
    trainingProgram(config, { gan: true, information: config.information > 0, r1: config.r1 > 0 }),
  adamSteps,
  scalars: () => ({}),
  samplingProgram,
  bundle(config, state) {
    const plan = netPlan(config);
    return {
      latentDim: config.latentDim,
      weights: averagedWeights(config, state), // the tracer folds constant batch norms into the layers before them
      encoder: (weights, inputs) => encoderGraph(plan, weights, inputs),
      generator: (weights, inputs) => generatorGraph(plan, weights, inputs),
      mixture: mixtureGraph,
    };
  },
};
