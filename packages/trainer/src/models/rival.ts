/** What all rivals share: state, programs, averages, the information term, and a latent space that every runtime knows. */

import * as tf from "@tensorflow/tfjs";
import type { InputShape, RivalConfig, RivalFields } from "../config.js";
import type { Dataset } from "../data/index.js";
import type { Engine } from "../engines/engine.js";
import { priorSizes, viewInformation } from "../losses/encoder-losses.js";
import { type NormMode, runningStatistics, stopGradient, type Tensors } from "../nets/layers.js";
import {
  drawnParameters,
  PARTS,
  type ParameterSpec,
  type Part,
  type PlainState,
} from "../nets/parameters.js";
import { type NetPlan, netPlan } from "../nets/plan.js";
import { adamUpdate } from "../optimizer.js";
import { gradientNorm, gradients } from "./gradients.js";
import type { BundleFunctions, TrainableModel } from "./model.js";
import type { Program } from "./program.js";
import type { RivalName } from "./settings/index.js";

/**
 * A bundle's latent is [1000 e_k + noise, noise]: K numbers that name the cluster, then standard normal noise. G divides
 * the first K by this, so that their noise is a thousandth of a one-hot entry, and makes of both what its model has: a
 * code, a draw from the cluster's Gaussian. So every rival has means 1000 e_k and sigma 1, and runtimes need no change.
 */
export const CLUSTER_SCALE = 1000;

/** One training step as a model sees it. */
export interface StepContext<C> {
  readonly config: C;
  readonly specs: readonly ParameterSpec[];
  readonly state: Tensors;
  readonly batch: Tensors;
  /** Scalars `<part>/rate` and `<part>/correction`, and those of {@link Rival.scalars}. */
  readonly hyper: Tensors;
}

/** Logits [n, K] before the softmax, and what a bundle calls features [n, F]. */
export interface Encoded {
  logits: tf.Tensor2D;
  features: tf.Tensor2D;
}

export interface Rival<C extends RivalConfig> {
  /** All weights, in a fixed order. */
  parameters(config: C): ParameterSpec[];
  /** Which kind of step t is. Default: one kind, "step". */
  variantAt?(config: C, t: number): string;
  /** The kind of step that needs most memory. Default: that of step 0. */
  largestVariant?(config: C): string;
  rowsPerSample?(config: C): number;
  /** The parts that a kind of step trains. */
  trains(config: C, variant: string): readonly Part[];
  /** A second set of Adam's moments: its name, and the parts that have it. */
  readonly secondMoments?: { readonly name: string; readonly parts: readonly Part[] };
  /** Shapes of what a step is fed beside the real samples. A name ends in Labels (one-hot), Noise (normal) or Uniform. */
  batch(config: C, variant: string): Record<string, number[]>;
  /** Scalars that change from step to step, beside the rates. */
  scalars?(config: C, t: number): Record<string, number>;
  update(context: StepContext<C>, variant: string): Descent;
  /** Steps that Adam has taken on a part by the end of step t. Default: t + 1. */
  adamSteps?(config: C, part: Part, t: number): number;
  /** Length of the noise that a sample is made of. */
  noiseDim(config: C): number;
  encode(config: C, params: Tensors, x: tf.Tensor, mode: NormMode): Encoded;
  /** Labels one-hot [n, K], or near it, and noise [n, noiseDim] -> samples, pictures in [-1, 1]. */
  generate(config: C, params: Tensors, labels: tf.Tensor, noise: tf.Tensor, mode: NormMode): tf.Tensor;
  /** Parts that have moving averages and go into bundles. Default: all but the critic. */
  readonly averaged?: readonly Part[];
  /** Entries of the state that a checkpoint gets from {@link TrainableModel.readOut}: shapes. */
  readOutDims?(config: C): Record<string, number[]>;
  readOut?(config: C, dataset: Dataset, engine: Engine): Promise<PlainState>;
}

/** What a gradient step changes. */
export interface Descent {
  /** Entries of the state that change. */
  next: Tensors;
  outputs: Tensors;
  /** Statistics of batch norms met on the way. */
  statistics: Tensors;
}

/** The changes of several steps one after the other; of entries that two change the later one's hold. */
export const joined = (...all: Descent[]): Descent => ({
  next: Object.assign({}, ...all.map(({ next }) => next)),
  outputs: Object.assign({}, ...all.map(({ outputs }) => outputs)),
  statistics: Object.assign({}, ...all.map(({ statistics }) => statistics)),
});

/** A context whose state is the one after a step. */
export const after = <C>(context: StepContext<C>, { next }: Descent): StepContext<C> => ({
  ...context,
  state: { ...context.state, ...next },
});

/**
 * One step of Adam on some parts.
 *
 * @param f - from all weights to the scalar loss and what else is worth keeping; `statistics` collects those of batch norms
 * @param second - takes the second set of moments, with this factor on the rate
 */
export function descend<C extends RivalConfig>(
  { config, specs, state, hyper }: StepContext<C>,
  parts: readonly Part[],
  f: (params: Tensors, statistics: Tensors) => { loss: tf.Scalar; extra: Tensors },
  second?: { name: string; rate: number },
): Descent {
  const namesOf = (part: Part) =>
    specs.filter((spec) => spec.part === part && spec.trainable).map(({ name }) => name);
  const own = Object.fromEntries(parts.flatMap(namesOf).map((name) => [name, state[name]!]));
  const found = gradients(own, (params) => {
    const statistics: Tensors = {};
    const { loss, extra } = f({ ...state, ...params }, statistics);
    const named = Object.entries(statistics).map(([name, value]) => [`statistics:${name}`, value]);
    const objective = { [`objective/${second?.name ?? parts[0]}`]: stopGradient(loss) };
    return { loss, extra: { ...objective, ...extra, ...Object.fromEntries(named) } };
  });
  const descent: Descent = { next: {}, outputs: {}, statistics: {} };
  for (const [name, value] of Object.entries(found.extra))
    if (name.startsWith("statistics:")) descent.statistics[name.slice("statistics:".length)] = value;
    else descent.outputs[name] = value;
  for (const part of parts) {
    const slopes = Object.fromEntries(namesOf(part).map((name) => [name, found.gradients[name]!]));
    const rate = hyper[`${part}/rate`] as tf.Scalar;
    const scalars = {
      rate: second ? (tf.mul(rate, second.rate) as tf.Scalar) : rate,
      correction: hyper[`${part}/correction`] as tf.Scalar,
    };
    Object.assign(descent.next, adamUpdate(state, slopes, scalars, config, momentsOf(second?.name)));
    descent.outputs[`gradient/${second ? `${second.name}/` : ""}${part}`] = gradientNorm(slopes);
  }
  return descent;
}

const momentsOf = (name: string | undefined) => (name === undefined ? "adam" : `adam-${name}`);

/** Signs of health, on real samples: share of each cluster, and mean of the largest probability. */
export function health(logits: tf.Tensor2D): Tensors {
  const seen = tf.softmax(stopGradient(logits));
  return { shares: tf.mean(seen, 0), confidence: tf.mean(tf.max(seen, 1)) };
}

/** The information term of a config that has one, times its weight, to be added to a loss of E; and its value. */
export function informationLoss(
  config: Pick<RivalFields<RivalName>, "information" | "balance" | "sizeRatio"> & { clusters: number },
  logits: tf.Tensor2D,
  others: () => tf.Tensor2D,
): { terms: tf.Scalar[]; extra: Tensors } {
  const { information, balance, sizeRatio, clusters } = config;
  if (information === 0) return { terms: [], extra: {} };
  const sizes = sizeRatio > 1 ? priorSizes(clusters, sizeRatio) : undefined;
  const value = viewInformation(tf.softmax(logits), tf.softmax(others()), balance, sizes);
  return { terms: [tf.mul(value, -information) as tf.Scalar], extra: { "loss/information": value } };
}

/** A sum of at least one term. */
export const total = (terms: tf.Tensor[]): tf.Scalar =>
  (terms.length === 1 ? terms[0]! : tf.addN(terms)) as tf.Scalar;

/** The nets of a rival. @param latentDim - what G is fed */
export function rivalPlan(config: RivalConfig, latentDim: number = config.latentDim): NetPlan {
  const { input, clusters, filters, batchNorm, net } = config;
  return netPlan({ input, clusters, filters, batchNorm, net, latentDim });
}

export const sampleDims = (input: InputShape): number[] =>
  input.kind === "image" ? [input.height, input.width, input.channels] : [input.dim];

/** Completes what a rival says of itself to a model of the table. */
export function rivalModel<C extends RivalConfig>(rival: Rival<C>): TrainableModel<C> {
  const averaged = rival.averaged ?? PARTS.filter((part) => part !== "critic");
  const variantAt = rival.variantAt ?? (() => "step");
  const { secondMoments } = rival;

  const stateDims = (config: C): Record<string, number[]> => {
    const dims: Record<string, number[]> = {};
    for (const { name, part, trainable, dims: shape } of rival.parameters(config)) {
      dims[name] = shape;
      if (trainable) for (const moment of ["m", "v"]) dims[`adam/${moment}/${name}`] = shape;
      if (trainable && secondMoments?.parts.includes(part))
        for (const moment of ["m", "v"]) dims[`${momentsOf(secondMoments.name)}/${moment}/${name}`] = shape;
      if (averaged.includes(part) && config.ema > 0) dims[`ema/${name}`] = shape;
    }
    return { ...dims, ...rival.readOutDims?.(config) };
  };

  const namesOf = (config: C, parts: readonly Part[]) => {
    const prefix = config.ema > 0 ? "ema/" : "";
    return rival
      .parameters(config)
      .filter(({ part }) => parts.includes(part))
      .map(({ name }) => ({ name, entry: prefix + name }));
  };

  const trainingProgram = (config: C, variant: string): Program => {
    const specs = rival.parameters(config);
    const trained = rival.trains(config, variant);
    const samples = [config.batch, ...sampleDims(config.input)];
    const float = (dims: number[]) => ({ dims, type: "float32" as const });
    const fed = {
      real: samples,
      ...(config.information > 0 && trained.includes("encoder") && { augmented: samples }),
      ...rival.batch(config, variant),
    };
    return {
      name: variant,
      reads: Object.keys(stateDims(config)),
      batch: Object.fromEntries(Object.entries(fed).map(([name, dims]) => [name, float(dims)])),
      hyper: [
        ...trained.flatMap((part) => [`${part}/rate`, `${part}/correction`]),
        ...Object.keys(rival.scalars?.(config, 0) ?? {}),
      ],
      run(state, batch, hyper) {
        const { next, outputs, statistics } = rival.update({ config, specs, state, batch, hyper }, variant);
        Object.assign(next, runningStatistics(state, statistics));
        if (config.ema > 0)
          for (const { name, part } of specs) {
            if (!averaged.includes(part) || !trained.includes(part)) continue;
            const decay = part === "generator" || part === "mixture" ? config.generatorEma : config.ema;
            const now = tf.mul(next[name] ?? state[name]!, 1 - decay);
            next[`ema/${name}`] = tf.add(tf.mul(state[`ema/${name}`]!, decay), now);
          }
        return { state: next, outputs };
      },
    };
  };

  const model: TrainableModel<C> = {
    stateDims,
    initialState(config) {
      const weights = drawnParameters(rival.parameters(config), config.seed);
      return Object.fromEntries(
        Object.entries(stateDims(config)).map(([name, dims]): [string, PlainState[string]] => {
          const like = weights[name.replace(/^ema\//, "")];
          const data = like
            ? (like.data as Float32Array).slice()
            : new Float32Array(dims.reduce((a, b) => a * b, 1));
          return [name, { dims, type: "float32", data }];
        }),
      );
    },
    trainingPrograms(config, first) {
      const programs: Program[] = [];
      const places = new Map<string, number>();
      const programOf = Uint8Array.from({ length: Math.max(0, config.steps - first) }, (_, i) => {
        const variant = variantAt(config, first + i);
        const place = places.get(variant) ?? programs.push(trainingProgram(config, variant)) - 1;
        places.set(variant, place);
        return place;
      });
      return { programs, programOf };
    },
    largestProgram: (config) =>
      trainingProgram(config, rival.largestVariant?.(config) ?? variantAt(config, 0)),
    adamSteps: (config, part, t) => rival.adamSteps?.(config, part, t) ?? t + 1,
    scalars: (config, t) => rival.scalars?.(config, t) ?? {},
    samplingProgram(config, count) {
      const names = namesOf(config, averaged);
      return {
        name: `sample-${count}`,
        reads: names.map(({ entry }) => entry),
        batch: {
          labels: { dims: [count, config.clusters], type: "float32" },
          noise: { dims: [count, rival.noiseDim(config)], type: "float32" },
        },
        hyper: [],
        run(state, batch) {
          const params = Object.fromEntries(names.map(({ name, entry }) => [name, state[entry]!]));
          const { labels, noise } = batch as { labels: tf.Tensor; noise: tf.Tensor };
          return {
            state: {},
            outputs: { samples: rival.generate(config, params, labels, noise, { training: false }) },
          };
        },
      };
    },
    bundle(config, state): BundleFunctions {
      const { clusters: k, input } = config;
      const noiseDim = rival.noiseDim(config);
      const extra = Object.keys(rival.readOutDims?.(config) ?? {}).map((name) => ({ name, entry: name }));
      const entries = [...namesOf(config, averaged), ...extra];
      return {
        latentDim: k + noiseDim,
        weights: Object.fromEntries(entries.map(({ name, entry }) => [name, state[entry]!])),
        encoder(weights, { images, points }) {
          const x = images ? tf.sub(tf.div(tf.cast(images, "float32"), 127.5), 1) : points!;
          const { logits, features } = rival.encode(config, weights, x, { training: false });
          return { logits, probabilities: tf.softmax(logits), cluster: tf.argMax(logits, 1), features };
        },
        generator(weights, { latent }): Tensors {
          const [scaled, noise] = tf.split(latent as tf.Tensor2D, [k, noiseDim], 1) as [tf.Tensor, tf.Tensor];
          const labels = tf.div(scaled, CLUSTER_SCALE);
          const samples = rival.generate(config, weights, labels, noise, { training: false });
          if (input.kind === "point") return { points: samples };
          const bytes = tf.clipByValue(tf.round(tf.mul(tf.add(samples, 1), 127.5)), 0, 255);
          return { images: tf.cast(bytes, "int32") };
        },
        mixture(_, { cluster, noise }) {
          const means = tf.tensor2d(clusterMeans(k, noiseDim), [k, k + noiseDim]);
          const latent = tf.add(tf.gather(means, tf.cast(cluster!, "int32")), noise!);
          return { latent, means, sigmas: tf.ones([k]) };
        },
      };
    },
    ...(rival.readOut && { readOut: rival.readOut }),
    ...(rival.rowsPerSample && { rowsPerSample: rival.rowsPerSample }),
  };
  return model;
}

/** [K, K + noiseDim]: 1000 e_k, then zeros. */
function clusterMeans(k: number, noiseDim: number): Float32Array {
  const means = new Float32Array(k * (k + noiseDim));
  for (let i = 0; i < k; i++) means[i * (k + noiseDim) + i] = CLUSTER_SCALE;
  return means;
}
