/** What the rivals that are GANs share: a critic of samples, and an encoder read out of what G draws. */

import * as tf from "@tensorflow/tfjs";
import type { RivalConfig } from "../config.js";
import { criticLogLoss, generatorLogLoss } from "../losses/logits.js";
import { r1Penalty } from "../losses/r1.js";
import { inward } from "../nets/encoder.js";
import type { NormMode, Tensors } from "../nets/layers.js";
import type { NetPlan } from "../nets/plan.js";
import { total } from "./rival.js";

/** D's features and what its last layer says, [n, outputs]. */
export function adversary(
  plan: NetPlan,
  params: Tensors,
  x: tf.Tensor,
  mode: NormMode = { training: true },
  normed = false,
) {
  return inward("critic", plan, params, x, mode, normed);
}

/** The first column of D's outputs as scores [n]. */
export const scoreOf = (out: tf.Tensor2D): tf.Tensor1D =>
  tf.reshape(tf.slice(out, [0, 0], [-1, 1]), [-1]) as tf.Tensor1D;

/** Fields of a critic that has the standard loss. */
type Judged = Pick<RivalConfig<"infogan">, "criticBatchNorm" | "r1" | "r1Every" | "batch">;

/** "r1" at every n-th step where the config has R1, else "step". */
export const lazyVariant = ({ r1, r1Every }: Judged, t: number): string =>
  r1 > 0 && t % r1Every === 0 ? "r1" : "step";

/**
 * D's loss by the standard form, with R1 in steps that have it.
 *
 * @param more - further terms, from D's outputs for real samples and generated ones
 */
export function standardCriticLoss(
  config: Judged,
  plan: NetPlan,
  params: Tensors,
  { real, fake, statistics }: { real: tf.Tensor; fake: tf.Tensor; statistics?: Tensors },
  withR1: boolean,
) {
  const normed = config.criticBatchNorm;
  const ofReal = adversary(plan, params, real, { training: true, ...(statistics && { statistics }) }, normed);
  const ofFake = adversary(plan, params, fake, { training: true }, normed);
  const adversarial = criticLogLoss(scoreOf(ofReal.out), scoreOf(ofFake.out));
  const extra: Tensors = { "loss/critic": adversarial };
  const terms: tf.Tensor[] = [adversarial];
  if (withR1) {
    const penalty = r1Penalty((x) => scoreOf(adversary(plan, params, x).out), real);
    extra["loss/r1"] = penalty;
    terms.push(tf.mul(penalty, config.r1 * config.r1Every));
  }
  return { loss: total(terms), extra, ofReal, ofFake };
}

/** -E log s(C(G(z))), and D's features and outputs for what G drew. */
export function standardGeneratorLoss(config: Judged, plan: NetPlan, params: Tensors, fake: tf.Tensor) {
  const { out, features } = adversary(plan, params, fake, { training: true }, config.criticBatchNorm);
  return { loss: generatorLogLoss(scoreOf(out)), out, features };
}
