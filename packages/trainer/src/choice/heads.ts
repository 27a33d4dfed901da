/** E with a few heads for each of several numbers of clusters: one trunk, trained on all of them at once. */

import * as tf from "@tensorflow/tfjs";
import type { TrainConfig } from "../config.js";
import { priorSizes, viewInformation } from "../losses/encoder-losses.js";
import { gradientNorm, gradients } from "../models/gradients.js";
import type { Program, TensorSpec } from "../models/program.js";
import { encoder } from "../nets/encoder.js";
import { runningStatistics, type Tensors } from "../nets/layers.js";
import {
  initialParameters,
  type ParameterSpec,
  type PlainState,
  parameterSpecs,
} from "../nets/parameters.js";
import { type NetPlan, netPlan } from "../nets/plan.js";
import { adamUpdate } from "../optimizer.js";

/** The columns of E's last layer that are one head: from `at` on, as many as its clusters. */
export interface Head {
  readonly clusters: number;
  readonly at: number;
}

/** `each` heads for every number of clusters, side by side in one last layer. */
export function headsOf(counts: readonly number[], each: number): Head[] {
  let at = 0;
  return counts.flatMap((clusters) =>
    Array.from({ length: each }, () => {
      const head = { clusters, at };
      at += clusters;
      return head;
    }),
  );
}

const widthOf = (heads: readonly Head[]) => heads.reduce((sum, { clusters }) => sum + clusters, 0);

/** E of a config with all heads as its last layer. The latent space plays no part. */
function planOf(config: TrainConfig, heads: readonly Head[]): NetPlan {
  return { ...netPlan({ ...config, latentDim: 1, clusters: 1 }), clusters: widthOf(heads) };
}

const specsOf = (plan: NetPlan): ParameterSpec[] =>
  parameterSpecs(plan).filter(({ part }) => part === "encoder");

/** E's weights and Adam's moments at step 0, drawn from the config's seed. */
export function initialHeads(config: TrainConfig, heads: readonly Head[]): PlainState {
  const plan = planOf(config, heads);
  // All means on one point: E's weights are what is wanted, and a hypercube may have too few vertices for all columns.
  const parameters = initialParameters(plan, { seed: config.seed, init: "same", sigma: 1 });
  const state: PlainState = {};
  for (const { name, dims, trainable } of specsOf(plan)) {
    state[name] = parameters[name]!;
    if (trainable)
      for (const moment of ["m", "v"])
        state[`adam/${moment}/${name}`] = {
          dims,
          type: "float32",
          data: new Float32Array(parameters[name]!.data.length),
        };
  }
  return state;
}

const shapeOf = ({ input }: TrainConfig) =>
  input.kind === "image" ? [input.height, input.width, input.channels] : [input.dim];

/** Probabilities [n, K] of a head, from the logits of all. */
function headProbabilities(logits: tf.Tensor2D, { at, clusters }: Head): tf.Tensor2D {
  return tf.softmax(tf.slice(logits, [0, at], [-1, clusters]));
}

/**
 * One step of E alone: the mean over the heads of the information term, each as a share of the most it can reach, so that
 * many clusters weigh no more than few.
 */
export function headsProgram(config: TrainConfig, heads: readonly Head[]): Program {
  const plan = planOf(config, heads);
  const specs = specsOf(plan);
  const views: TensorSpec = { dims: [config.batch, ...shapeOf(config)], type: "float32" };
  const trainable = specs.filter((spec) => spec.trainable).map(({ name }) => name);
  return {
    name: "encoder-heads",
    reads: [
      ...specs.map(({ name }) => name),
      ...trainable.flatMap((name) => [`adam/m/${name}`, `adam/v/${name}`]),
    ],
    batch: { real: views, augmented: views },
    hyper: ["encoder/rate", "encoder/correction"],
    run(state, batch, hyper) {
      const { gradients: slopes, extra } = gradients(pick(state, trainable), (params) =>
        lossOf(config, plan, heads, { ...state, ...params }, batch),
      );
      const { loss, ...statistics } = extra;
      const scalars = {
        rate: hyper["encoder/rate"] as tf.Scalar,
        correction: hyper["encoder/correction"] as tf.Scalar,
      };
      return {
        state: {
          ...adamUpdate(state, slopes, scalars, config),
          ...runningStatistics(state, statistics),
        },
        outputs: { "loss/information": loss!, "gradient/encoder": gradientNorm(slopes) },
      };
    },
  };
}

const pick = (state: Tensors, names: readonly string[]): Tensors =>
  Object.fromEntries(names.map((name) => [name, state[name]!]));

function lossOf(
  { balance, sizeRatio }: TrainConfig,
  plan: NetPlan,
  heads: readonly Head[],
  params: Tensors,
  batch: Tensors,
): { loss: tf.Scalar; extra: Tensors } {
  const statistics: Tensors = {};
  const first = encoder(plan, params, batch.real!, { training: true, statistics }).logits;
  const second = encoder(plan, params, batch.augmented!, { training: true }).logits;
  const terms = heads.map((head) => {
    const { clusters } = head;
    const sizes = sizeRatio > 1 ? priorSizes(clusters, sizeRatio) : undefined;
    const information = viewInformation(
      headProbabilities(first, head),
      headProbabilities(second, head),
      balance,
      sizes,
    );
    return tf.div(information, Math.max(1, 2 * balance - 1) * Math.log(clusters)) as tf.Scalar;
  });
  const loss = tf.div(tf.addN(terms), -heads.length) as tf.Scalar;
  return { loss, extra: { loss, ...statistics } };
}

/** Name of the output that holds a head's probabilities. */
export const headOutput = ({ at }: Head): string => `probabilities/${at}`;

/**
 * E's heads as they are read out, with running statistics: x in [-1, 1] -> {@link headOutput} [n, K] of each head. Short
 * runs keep no moving average: they end before it could follow.
 */
export function headsEvaluation(config: TrainConfig, heads: readonly Head[], count: number): Program {
  const plan = planOf(config, heads);
  return {
    name: `evaluate-heads-${count}`,
    reads: specsOf(plan).map(({ name }) => name),
    batch: { real: { dims: [count, ...shapeOf(config)], type: "float32" } },
    hyper: [],
    run(state, batch) {
      const { logits } = encoder(plan, state, batch.real!, { training: false });
      const outputs = heads.map((head) => [headOutput(head), headProbabilities(logits, head)]);
      return { state: {}, outputs: Object.fromEntries(outputs) };
    },
  };
}

/**
 * E's entries of a training of one of the heads' K alone: the trunk, that head's columns, Adam's moments with them, and
 * moving averages that begin at the weights.
 *
 * @param state - as {@link headsProgram} leaves it
 */
export function headState(
  config: TrainConfig,
  state: PlainState,
  heads: readonly Head[],
  head: Head,
): PlainState {
  const width = widthOf(heads);
  const own: PlainState = {};
  for (const [name, { dims, type, data }] of Object.entries(state)) {
    const values = data as Float32Array;
    own[name] = /\bout\/(kernel|bias)$/.test(name)
      ? { dims: [...dims.slice(0, -1), head.clusters], type, data: columns(values, width, head) }
      : { dims, type, data: values.slice() };
  }
  if (config.ema > 0)
    for (const { name } of specsOf(planOf(config, [head])))
      own[`ema/${name}`] = { ...own[name]!, data: (own[name]!.data as Float32Array).slice() };
  return own;
}

/** The columns of a head out of rows of `width` values. */
function columns(data: Float32Array, width: number, { at, clusters }: Head): Float32Array {
  const rows = data.length / width;
  const out = new Float32Array(rows * clusters);
  for (let row = 0; row < rows; row++)
    out.set(data.subarray(row * width + at, row * width + at + clusters), row * clusters);
  return out;
}
