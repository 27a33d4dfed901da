/** GMVAE (Dilokthanakul et al. 2016): a variational autoencoder whose codes come from a mixture of Gaussians. */

import * as tf from "@tensorflow/tfjs";
import type { RivalConfig } from "../config.js";
import {
  bernoulliLoss,
  entropyOf,
  gaussianDivergence,
  gaussianLogDensity,
  squaredLoss,
  standardDivergence,
  uniformDivergence,
} from "../losses/divergences.js";
import { denseNet, denseSpecs } from "../nets/dense.js";
import { inward } from "../nets/encoder.js";
import { generatorRaw } from "../nets/generator.js";
import type { NormMode, Tensors } from "../nets/layers.js";
import { generatorSpecs, inwardSpecs } from "../nets/parameters.js";
import { type Descent, descend, health, informationLoss, rivalModel, rivalPlan, total } from "./rival.js";

type Config = RivalConfig<"gmvae">;

/** Log-variances stay within this, either way. */
const LOG_VARIANCE = 8;
const bounded = (x: tf.Tensor) => tf.clipByValue(x, -LOG_VARIANCE, LOG_VARIANCE);

/** q(code | x) and q(context | x): means and log-variances [n, d], [n, d_w]. */
interface Recognised {
  code: tf.Tensor2D;
  codeLog: tf.Tensor2D;
  context: tf.Tensor2D;
  contextLog: tf.Tensor2D;
}

function recognise(config: Config, params: Tensors, x: tf.Tensor, mode: NormMode): Recognised {
  const { latentDim: d, contextDim: w } = config;
  const { out } = inward("encoder", rivalPlan(config), params, x, mode);
  const [code, codeLog, context, contextLog] = tf.split(out, [d, d, w, w], 1) as tf.Tensor2D[];
  return {
    ...{ code: code!, context: context! },
    ...{ codeLog: bounded(codeLog!) as tf.Tensor2D, contextLog: bounded(contextLog!) as tf.Tensor2D },
  };
}

/** p(code | context, cluster): means and log-variances of all clusters, [n, K, d]. */
function clustersOf({ clusters: k, latentDim: d }: Config, params: Tensors, context: tf.Tensor) {
  const out = denseNet(params, "mixture/prior", context, 2, tf.tanh);
  const [means, logs] = tf.split(out, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
  return { means: tf.reshape(means, [-1, k, d]), logs: bounded(tf.reshape(logs, [-1, k, d])) };
}

/** log p(code | context, cluster) for every cluster, [n, K]: its softmax is p(cluster | code, context). */
function clusterLogits(
  { means, logs }: { means: tf.Tensor; logs: tf.Tensor },
  code: tf.Tensor2D,
): tf.Tensor2D {
  return gaussianLogDensity(tf.expandDims(code, 1), means, logs) as tf.Tensor2D;
}

/** The bound's terms for a batch, each [draws * n] but for `context`, [n]: nats, to be made small. */
export function boundTerms(
  config: Config,
  params: Tensors,
  batch: Tensors,
  mode: NormMode,
): {
  reconstruction: tf.Tensor;
  conditional: tf.Tensor;
  context: tf.Tensor;
  cluster: tf.Tensor;
  entropy: tf.Tensor;
  logits: tf.Tensor2D;
  codes: Recognised;
} {
  const { draws, likelihood, dataSigma, latentDim } = config;
  const x = batch.real!;
  const codes = recognise(config, params, x, mode);
  const repeated = <T extends tf.Tensor>(t: T): T =>
    draws === 1 ? t : (tf.tile(t, [draws, ...t.shape.slice(1).map(() => 1)]) as T);
  const drawn = (mean: tf.Tensor, log: tf.Tensor, noise: tf.Tensor) =>
    tf.add(repeated(mean), tf.mul(repeated(tf.exp(tf.mul(log, 0.5))), noise)) as tf.Tensor2D;
  const code = drawn(codes.code, codes.codeLog, batch.codeNoise!);
  const context = drawn(codes.context, codes.contextLog, batch.contextNoise!);

  const raw = generatorRaw(rivalPlan(config, latentDim), params, code, mode);
  const wanted = repeated(x);
  // tanh(a) = 2 s(2a) - 1: what G draws is twice the mean of a Bernoulli with logit 2a, less 1.
  const reconstruction =
    likelihood === "bernoulli"
      ? bernoulliLoss(tf.div(tf.add(wanted, 1), 2), tf.mul(raw, 2))
      : squaredLoss(wanted, config.input.kind === "point" ? raw : tf.tanh(raw), dataSigma);
  const prior = clustersOf(config, params, context);
  const logits = clusterLogits(prior, code);
  const divergences = gaussianDivergence(
    tf.expandDims(repeated(codes.code), 1),
    tf.expandDims(repeated(codes.codeLog), 1),
    prior.means,
    prior.logs,
  );
  return {
    reconstruction,
    conditional: tf.sum(tf.mul(tf.softmax(logits), divergences), 1),
    context: standardDivergence(codes.context, codes.contextLog),
    cluster: uniformDivergence(logits),
    entropy: entropyOf(logits),
    logits,
    codes,
  };
}

/** q(cluster | x): p(cluster | code, context) at the means of q(code | x) and q(context | x). */
function readLogits(config: Config, params: Tensors, { code, context }: Recognised): tf.Tensor2D {
  return clusterLogits(clustersOf(config, params, context), code);
}

function loss(config: Config, params: Tensors, batch: Tensors, hyper: Tensors, statistics: Tensors) {
  const { consistency, freeBits } = config;
  const mode = { training: true, statistics } as const;
  const terms = boundTerms(config, params, batch, mode);
  const means = Object.fromEntries(
    (["reconstruction", "conditional", "context", "cluster", "entropy"] as const).map((name) => [
      `loss/${name}`,
      tf.mean(terms[name]),
    ]),
  ) as Tensors;
  const cluster = freeBits > 0 ? tf.maximum(means["loss/cluster"]!, freeBits) : means["loss/cluster"]!;
  const divergences = total([means["loss/conditional"]!, means["loss/context"]!, cluster]);
  const logits = readLogits(config, params, terms.codes);
  const other = () =>
    readLogits(config, params, recognise(config, params, batch.augmented!, { training: true }));
  const information = informationLoss(config, logits, other);
  return {
    loss: total([
      means["loss/reconstruction"]!,
      // The consistency with them: ahead of the divergences it would put everything into one cluster.
      tf.mul(
        consistency > 0 ? tf.add(divergences, tf.mul(means["loss/entropy"]!, consistency)) : divergences,
        hyper.divergences!,
      ),
      ...information.terms,
    ]),
    extra: { ...means, ...information.extra, ...health(logits) },
  };
}

export const gmvae = rivalModel<Config>({
  parameters(config) {
    const { clusters: k, latentDim: d, contextDim: w, priorWidth } = config;
    const plan = rivalPlan(config);
    return [
      ...inwardSpecs("encoder", plan, 2 * (d + w)),
      ...generatorSpecs(plan),
      ...denseSpecs("mixture", "prior", [w, priorWidth, 2 * k * d]),
    ];
  },
  rowsPerSample: ({ draws }) => draws,
  trains: () => ["encoder", "generator", "mixture"],
  batch: ({ batch, draws, latentDim, contextDim }) => ({
    codeNoise: [draws * batch, latentDim],
    contextNoise: [draws * batch, contextDim],
  }),
  scalars: ({ warmUp, steps }, t) => ({ divergences: Math.min(1, (t + 1) / Math.max(1, warmUp * steps)) }),
  update({ config, batch, hyper, ...context }): Descent {
    return descend({ config, batch, hyper, ...context }, ["encoder", "generator", "mixture"], (params, s) =>
      loss(config, params, batch, hyper, s),
    );
  },
  noiseDim: ({ latentDim, contextDim }) => latentDim + contextDim,
  encode(config, params, x, mode) {
    const codes = recognise(config, params, x, mode);
    return { logits: readLogits(config, params, codes), features: codes.code };
  },
  /** context ~ N(0, I), then the code from the cluster's Gaussian: the noise is that of both. */
  generate(config, params, labels, noise, mode) {
    const { latentDim: d, contextDim: w, input } = config;
    const [codeNoise, context] = tf.split(noise as tf.Tensor2D, [d, w], 1) as [tf.Tensor2D, tf.Tensor2D];
    const { means, logs } = clustersOf(config, params, context);
    const all = tf.add(means, tf.mul(tf.exp(tf.mul(logs, 0.5)), tf.expandDims(codeNoise, 1)));
    const code = tf.sum(tf.mul(tf.expandDims(labels, 2), all), 1);
    const raw = generatorRaw(rivalPlan(config), params, code, mode);
    return input.kind === "point" ? raw : tf.tanh(raw);
  },
});
