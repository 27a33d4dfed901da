/** ClusterGAN (Mukherjee et al. 2019): a Wasserstein GAN on one-hot and Gaussian latents, and E that inverts G. */

import { type PlainTensor, Rng } from "@mmgan/core";
import * as tf from "@tensorflow/tfjs";
import type { RivalConfig } from "../config.js";
import type { Dataset } from "../data/index.js";
import type { Engine } from "../engines/engine.js";
import { gather } from "../loop/batches.js";
import { crossEntropy } from "../losses/encoder-losses.js";
import { gradientPenalty } from "../losses/gradient-penalty.js";
import { inward } from "../nets/encoder.js";
import { generator } from "../nets/generator.js";
import type { NormMode, Tensors } from "../nets/layers.js";
import { generatorSpecs, inwardSpecs, type PlainState } from "../nets/parameters.js";
import { clusterCodes } from "../scoring/cluster-codes.js";
import { adversary, scoreOf } from "./adversary.js";
import type { Program } from "./program.js";
import {
  after,
  descend,
  health,
  informationLoss,
  joined,
  rivalModel,
  rivalPlan,
  type StepContext,
  sampleDims,
  total,
} from "./rival.js";

type Config = RivalConfig<"clustergan">;

/** Samples whose codes k-means is fitted to; fewer where there are fewer. */
const FITTED = 2048;
/** Rows of one run of E. */
const ROWS = 256;
const CENTRES = "readout/centres";
const VARIANCE = "readout/variance";

const planOf = (config: Config) => rivalPlan(config, config.clusters + config.latentDim);

/** G on [sigma z_n, z_c]. */
const draw = (config: Config, params: Tensors, labels: tf.Tensor, noise: tf.Tensor, mode: NormMode) =>
  generator(
    planOf(config),
    params,
    tf.concat([tf.mul(noise, config.noiseSigma), labels] as [tf.Tensor2D, tf.Tensor2D], 1),
    mode,
  );

/** E: estimates of z_n [n, d], linear, and logits of z_c [n, K]. */
function invert(config: Config, params: Tensors, x: tf.Tensor, mode: NormMode) {
  const { out } = inward("encoder", planOf(config), params, x, mode);
  const [noise, logits] = tf.split(out, [config.latentDim, config.clusters], 1) as [tf.Tensor2D, tf.Tensor2D];
  return { noise, logits };
}

/** What k-means sees: [z_n, softmax z_c], or z_c alone where nothing taught E the z_n. */
function codesOf({ codeWeight }: Config, { noise, logits }: ReturnType<typeof invert>): tf.Tensor2D {
  const cluster = tf.softmax(logits);
  return codeWeight > 0 ? (tf.concat([noise, cluster], 1) as tf.Tensor2D) : cluster;
}

const codeDim = ({ codeWeight, latentDim, clusters }: Config) => (codeWeight > 0 ? latentDim : 0) + clusters;

const scores = (config: Config, params: Tensors, x: tf.Tensor) =>
  scoreOf(adversary(planOf(config), params, x, { training: true }, config.criticBatchNorm).out);

/** min_D of E C(G(z)) - E C(x) + lambda mean (|grad C| - 1)^2. */
function stepOfCritic(context: StepContext<Config>) {
  const { config, batch, state } = context;
  const real = batch.real!;
  const fake = draw(config, state, batch.criticLabels!, batch.criticNoise!, { training: true });
  return descend(context, ["critic"], (params) => {
    const gap = tf.sub(
      tf.mean(scores(config, params, fake)),
      tf.mean(scores(config, params, real)),
    ) as tf.Scalar;
    const penalty = gradientPenalty((x) => scores(config, params, x), real, fake, batch.mixUniform!);
    return {
      loss: total([gap, ...(config.penalty > 0 ? [tf.mul(penalty, config.penalty)] : [])]),
      extra: { "loss/wasserstein": tf.mul(gap, -1), "loss/penalty": penalty },
    };
  });
}

/** min_{G, E} of -E C(G(z)) + beta_n E |z_n - E(G(z))_n|^2 / d + beta_c H(z_c, E(G(z))_c). */
function stepOfPlayers(context: StepContext<Config>) {
  const { config, batch } = context;
  return descend(context, ["generator", "encoder"], (params, statistics) => {
    const mode = { training: true, statistics } as const;
    const { priorLabels: labels, priorNoise: noise } = batch as {
      priorLabels: tf.Tensor2D;
      priorNoise: tf.Tensor;
    };
    const fake = draw(config, params, labels, noise, mode);
    const found = invert(config, params, fake, { training: true });
    const adversarial = tf.mul(tf.mean(scores(config, params, fake)), -1);
    const wanted = tf.mul(noise, config.noiseSigma);
    const ofNoise = tf.mean(tf.square(tf.sub(found.noise, wanted)));
    const ofCluster = crossEntropy(labels, found.logits);
    // Real samples teach E nothing here, but how they lie: the statistics of its batch norms, and signs of health.
    const onReal = invert(config, params, batch.real!, mode);
    const other = () => invert(config, params, batch.augmented!, { training: true }).logits;
    const information = informationLoss(config, onReal.logits, other);
    return {
      loss: total([
        adversarial,
        tf.mul(ofNoise, config.codeWeight),
        tf.mul(ofCluster, config.clusterWeight),
        ...information.terms,
      ]),
      extra: {
        ...{ "loss/generator": adversarial, "loss/code": ofNoise, "loss/crossEntropy": ofCluster },
        ...information.extra,
        ...health(onReal.logits),
      },
    };
  });
}

/** Codes of real samples, as a program. */
function codeProgram(config: Config, count: number, entries: { name: string; entry: string }[]): Program {
  return {
    name: `codes-${count}`,
    reads: entries.map(({ entry }) => entry),
    batch: { real: { dims: [count, ...sampleDims(config.input)], type: "float32" } },
    hyper: [],
    run: (state, batch) => {
      const params = Object.fromEntries(entries.map(({ name, entry }) => [name, state[entry]!]));
      const found = invert(config, params, batch.real!, { training: false });
      return { state: {}, outputs: { codes: codesOf(config, found) } };
    },
  };
}

async function fitted(config: Config, dataset: Dataset, engine: Engine): Promise<PlainState> {
  const { clusters: k, seed } = config;
  const dim = codeDim(config);
  const count = Math.min(FITTED, dataset.count);
  const chosen = new Rng({ seed, stream: "readout/samples" }).choice(dataset.count, count);
  const rows = gather(dataset, chosen);
  const size = rows.length / count;
  const prefix = config.ema > 0 ? "ema/" : "";
  const entries = inwardSpecs("encoder", planOf(config), config.latentDim + k).map(({ name }) => ({
    name,
    entry: prefix + name,
  }));
  const codes = new Float32Array(count * dim);
  for (let from = 0; from < count; from += ROWS) {
    const to = Math.min(count, from + ROWS);
    const program = codeProgram(config, to - from, entries);
    const real: PlainTensor = { ...program.batch.real!, data: rows.slice(from * size, to * size) };
    const outputs = await engine.run(program, { real });
    codes.set(outputs.codes!.data as Float32Array, from * dim);
  }
  const { centres, variance } = clusterCodes(codes, count, dim, k, seed);
  return {
    [CENTRES]: { dims: [k, dim], type: "float32", data: centres },
    [VARIANCE]: { dims: [1], type: "float32", data: Float32Array.of(variance) },
  };
}

/** log N(code | centre, variance I) but for its constant, [n, K]: the nearest centre has the largest. */
function centreLogits(codes: tf.Tensor2D, centres: tf.Tensor2D, variance: tf.Tensor): tf.Tensor2D {
  const distances = tf.sum(tf.square(tf.sub(tf.expandDims(codes, 1), tf.expandDims(centres, 0))), 2);
  return tf.div(tf.mul(distances, -0.5), variance) as tf.Tensor2D;
}

export const clustergan = rivalModel<Config>({
  parameters(config) {
    const plan = planOf(config);
    return [
      ...inwardSpecs("encoder", plan, config.latentDim + config.clusters),
      ...generatorSpecs(plan),
      ...inwardSpecs("critic", plan, 1, config.criticBatchNorm),
    ];
  },
  variantAt: ({ criticSteps }, t) => ((t + 1) % criticSteps === 0 ? "all" : "critic"),
  largestVariant: () => "all",
  trains: (_, variant) => (variant === "all" ? ["critic", "generator", "encoder"] : ["critic"]),
  batch: ({ batch, clusters, latentDim }, variant) => ({
    criticLabels: [batch, clusters],
    criticNoise: [batch, latentDim],
    mixUniform: [batch, 1],
    ...(variant === "all" && { priorLabels: [batch, clusters], priorNoise: [batch, latentDim] }),
  }),
  update(context, variant) {
    const critic = stepOfCritic(context);
    return variant === "critic" ? critic : joined(critic, stepOfPlayers(after(context, critic)));
  },
  adamSteps: ({ criticSteps }, part, t) => (part === "critic" ? t + 1 : Math.floor((t + 1) / criticSteps)),
  noiseDim: ({ latentDim }) => latentDim,
  encode(config, params, x, mode) {
    const found = invert(config, params, x, mode);
    const features = codesOf(config, found);
    if (config.readOut === "softmax") return { logits: found.logits, features };
    const [centres, variance] = [params[CENTRES] as tf.Tensor2D, params[VARIANCE]!];
    return { logits: centreLogits(features, centres, variance), features };
  },
  generate: draw,
  readOutDims: (config): Record<string, number[]> =>
    config.readOut === "k-means" ? { [CENTRES]: [config.clusters, codeDim(config)], [VARIANCE]: [1] } : {},
  async readOut(config, dataset, engine) {
    return config.readOut === "k-means" ? fitted(config, dataset, engine) : {};
  },
});
