/** The net that scores generated samples: convolutions (dense layers for points), a layer of features, classes. */

import { type PlainTensor, Rng } from "@mmgan/core";
import * as tf from "@tensorflow/tfjs";
import type { InputShape } from "../config.js";
import { gradients } from "../models/gradients.js";
import type { Program } from "../models/program.js";
import {
  addBias,
  batchNorm,
  convolve,
  dense,
  LEAK,
  type NormMode,
  runningStatistics,
  type Tensors,
} from "../nets/layers.js";
import type { PlainState } from "../nets/parameters.js";
import { convPlan } from "../nets/plan.js";
import { adamUpdate } from "../optimizer.js";

/** Length of the features. */
export const SCORE_FEATURES = 64;
/** Filters of the first convolution; width of both dense layers for points. */
const WIDTH = 16;
const POINT_WIDTH = 64;
export const SCORE_ADAM = { beta1: 0.9, beta2: 0.999 };

/** What the net is made for. */
export interface ScoreShape {
  readonly input: InputShape;
  readonly classes: number;
}

interface Layer {
  name: string;
  /** Of the kernel; the last is the number of outputs. */
  dims: number[];
  stride?: 1 | 2;
}

/** Layers with batch norm, from the input to the features. */
function layersOf(input: InputShape): Layer[] {
  if (input.kind === "point")
    return [
      { name: "dense0", dims: [input.dim, POINT_WIDTH] },
      { name: "features", dims: [POINT_WIDTH, SCORE_FEATURES] },
    ];
  const convs = convPlan(input.height, input.channels, WIDTH).inward;
  const last = convs.at(-1)!;
  return [
    ...convs.map(({ kernel, stride, outerChannels, innerChannels }, i) => ({
      name: `conv${i}`,
      dims: [kernel, kernel, outerChannels, innerChannels],
      stride,
    })),
    { name: "features", dims: [last.inner ** 2 * last.innerChannels, SCORE_FEATURES] },
  ];
}

/** Starting weights with Adam's moments: He et al. 2015, drawn from (seed, "score/<name>"). */
export function scoreState({ input, classes }: ScoreShape, seed: number): PlainState {
  const state: PlainState = {};
  const add = (name: string, dims: number[], data: Float32Array, trainable = true) => {
    const entry = (values: Float32Array): PlainTensor => ({ dims, type: "float32", data: values });
    state[name] = entry(data);
    if (trainable)
      for (const moment of ["m", "v"]) state[`adam/${moment}/${name}`] = entry(new Float32Array(data.length));
  };
  const kernel = (name: string, dims: number[]) => {
    const size = dims.reduce((a, b) => a * b, 1);
    const std = Math.sqrt((2 * dims.at(-1)!) / size);
    const draw = new Rng({ seed, stream: `score/${name}` }).normal(size);
    add(
      name,
      dims,
      draw.map((x) => x * std),
    );
  };
  for (const { name, dims } of layersOf(input)) {
    const size = dims.at(-1)!;
    kernel(`${name}/kernel`, dims);
    add(`${name}/scale`, [size], new Float32Array(size).fill(1));
    add(`${name}/offset`, [size], new Float32Array(size));
    add(`${name}/mean`, [size], new Float32Array(size), false);
    add(`${name}/variance`, [size], new Float32Array(size).fill(1), false);
  }
  kernel("out/kernel", [SCORE_FEATURES, classes]);
  add("out/bias", [classes], new Float32Array(classes));
  return state;
}

/** Names of the weights alone, without Adam's moments. */
export function scoreWeights(state: PlainState): PlainState {
  return Object.fromEntries(Object.entries(state).filter(([name]) => !name.startsWith("adam/")));
}

/** x: pictures [n, height, width, channels] in [-1, 1] or points [n, dim] -> features [n, 64], logits [n, classes]. */
function scoreNet({ input }: ScoreShape, params: Tensors, x: tf.Tensor, mode: NormMode) {
  let h = x;
  for (const { name, stride } of layersOf(input)) {
    const flat = stride ? h : tf.reshape(h, [x.shape[0]!, -1]);
    const product = stride ? convolve(params, name, flat, stride) : dense(params, name, flat);
    h = tf.leakyRelu(batchNorm(params, name, product, mode), LEAK);
  }
  return { features: h, logits: addBias(params, "out", dense(params, "out", h)) };
}

/** One step of Adam on the cross-entropy. Batch: x, and labels one-hot [n, classes]. */
export function scoreTraining(shape: ScoreShape, state: PlainState, batch: number): Program {
  const { input, classes } = shape;
  const size = input.kind === "image" ? [input.height, input.width, input.channels] : [input.dim];
  const trainable = Object.keys(state).filter((name) => `adam/m/${name}` in state);
  return {
    name: "score-training",
    reads: Object.keys(state),
    batch: {
      x: { dims: [batch, ...size], type: "float32" },
      labels: { dims: [batch, classes], type: "float32" },
    },
    hyper: ["rate", "correction"],
    run: (all, { x, labels }, hyper) => {
      const params = Object.fromEntries(trainable.map((name) => [name, all[name]!]));
      const found = gradients(params, (weights) => {
        const statistics: Tensors = {};
        const { logits } = scoreNet(shape, { ...all, ...weights }, x!, { training: true, statistics });
        const loss = tf.neg(tf.mean(tf.sum(tf.mul(labels!, tf.logSoftmax(logits)), 1))) as tf.Scalar;
        return { loss, extra: { loss, ...statistics } };
      });
      const { loss, ...statistics } = found.extra;
      const scalars = { rate: hyper.rate as tf.Scalar, correction: hyper.correction as tf.Scalar };
      return {
        state: {
          ...adamUpdate(all, found.gradients, scalars, SCORE_ADAM),
          ...runningStatistics(all, statistics),
        },
        outputs: { loss: loss! },
      };
    },
  };
}

/** Raw samples -> features and logits: images 0..255 [n, height, width, channels], or points [n, dim]. */
export function scoreGraph(shape: ScoreShape, params: Tensors, samples: tf.Tensor): Tensors {
  const x = shape.input.kind === "image" ? tf.sub(tf.div(tf.cast(samples, "float32"), 127.5), 1) : samples;
  return scoreNet(shape, params, x, { training: false });
}
