/** The adversarial autoencoder for clustering (Makhzani et al. 2015, chapter 6), without its supervised phase. */

import * as tf from "@tensorflow/tfjs";
import type { RivalConfig } from "../config.js";
import { criticLogLoss, generatorLogLoss } from "../losses/logits.js";
import { denseNet, denseSpecs } from "../nets/dense.js";
import { inward } from "../nets/encoder.js";
import { generator } from "../nets/generator.js";
import type { NormMode, Tensors } from "../nets/layers.js";
import { generatorSpecs, inwardSpecs } from "../nets/parameters.js";
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

type Config = RivalConfig<"aae">;

/** Dense layers of each critic. */
const CRITIC_LAYERS = 3;

/** G is fed [y, z]: the first layer adds a picture of the cluster head and one of the style. */
const planOf = (config: Config) => rivalPlan(config, config.clusters + config.latentDim);

/** E's two halves: logits of y [n, K], and z [n, d] without activation. */
function halves(config: Config, params: Tensors, x: tf.Tensor, mode: NormMode) {
  const { out } = inward("encoder", planOf(config), params, x, mode);
  const [logits, code] = tf.split(out, [config.clusters, config.latentDim], 1) as [tf.Tensor2D, tf.Tensor2D];
  return { logits, code };
}

const decode = (config: Config, params: Tensors, labels: tf.Tensor, code: tf.Tensor, mode: NormMode) =>
  generator(planOf(config), params, tf.concat([labels, code] as [tf.Tensor2D, tf.Tensor2D], 1), mode);

/** Scores of cluster vectors and of codes, [n, 1] each. */
const scores = (params: Tensors, labels: tf.Tensor, code: tf.Tensor) => ({
  labels: denseNet(params, "critic/labels", labels, CRITIC_LAYERS),
  code: denseNet(params, "critic/code", code, CRITIC_LAYERS),
});

/** What E sees: the pictures, with noise where the config has it. */
const seen = ({ inputNoise }: Config, { real, imageNoise }: Tensors): tf.Tensor =>
  inputNoise > 0 ? tf.add(real!, tf.mul(imageNoise!, inputNoise)) : real!;

/** The reconstruction phase: E and G make the squared error small. */
function reconstruct(context: StepContext<Config>) {
  const { config, batch } = context;
  return descend(context, ["encoder", "generator"], (params, statistics) => {
    const mode = { training: true, statistics } as const;
    const { logits, code } = halves(config, params, seen(config, batch), mode);
    const drawn = decode(config, params, tf.softmax(logits), code, mode);
    const error = tf.mean(tf.square(tf.sub(drawn, batch.real!)));
    const other = () => halves(config, params, batch.augmented!, { training: true }).logits;
    const information = informationLoss(config, logits, other);
    return {
      loss: total([error, ...information.terms]),
      extra: { "loss/reconstruction": error, ...information.extra, ...health(logits) },
    };
  });
}

/** The regularisation phase, first half: each critic tells draws of its prior from what E makes. */
function judge(context: StepContext<Config>) {
  const { config, batch, state } = context;
  const { logits, code } = halves(config, state, seen(config, batch), { training: true });
  const labels = tf.softmax(logits);
  return descend(context, ["critic"], (params) => {
    const real = scores(params, batch.priorLabels!, batch.priorNoise!);
    const made = scores(params, labels, code);
    const [ofLabels, ofCode] = [criticLogLoss(real.labels, made.labels), criticLogLoss(real.code, made.code)];
    return {
      loss: total([ofLabels, ofCode]),
      extra: { "loss/labelCritic": ofLabels, "loss/codeCritic": ofCode },
    };
  });
}

/** Its second half: E makes both critics take what it makes for draws of the priors. */
function regularise(context: StepContext<Config>) {
  const { config, batch } = context;
  return descend(
    context,
    ["encoder"],
    (params) => {
      const { logits, code } = halves(config, params, seen(config, batch), { training: true });
      const made = scores(params, tf.softmax(logits), code);
      const [ofLabels, ofCode] = [generatorLogLoss(made.labels), generatorLogLoss(made.code)];
      return { loss: total([ofLabels, ofCode]), extra: { "loss/labels": ofLabels, "loss/code": ofCode } };
    },
    { name: "regularisation", rate: config.regularisation },
  );
}

export const aae = rivalModel<Config>({
  parameters(config) {
    const { clusters: k, latentDim: d, criticWidth: width } = config;
    const plan = planOf(config);
    return [
      ...inwardSpecs("encoder", plan, k + d),
      ...generatorSpecs(plan),
      ...denseSpecs("critic", "labels", [k, width, width, 1]),
      ...denseSpecs("critic", "code", [d, width, width, 1]),
    ];
  },
  trains: () => ["encoder", "generator", "critic"],
  secondMoments: { name: "regularisation", parts: ["encoder"] },
  batch: ({ batch, clusters, latentDim, inputNoise, input }) => ({
    priorLabels: [batch, clusters],
    priorNoise: [batch, latentDim],
    ...(inputNoise > 0 && { imageNoise: [batch, ...sampleDims(input)] }),
  }),
  update(context) {
    const reconstruction = reconstruct(context);
    const between = after(context, reconstruction);
    const judgement = judge(between);
    return joined(reconstruction, judgement, regularise(after(between, judgement)));
  },
  noiseDim: ({ latentDim }) => latentDim,
  encode(config, params, x, mode) {
    const { logits, code } = halves(config, params, x, mode);
    return { logits, features: tf.concat([tf.softmax(logits), code], 1) };
  },
  generate: decode,
});
