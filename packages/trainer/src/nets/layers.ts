/** Layers as pure functions of tensors. */

import * as tf from "@tensorflow/tfjs";

export type Tensors = Record<string, tf.Tensor>;

/** Slope of LeakyReLU below zero, in D and E. */
export const LEAK = 0.2;
/** Added to the variance before the square root. */
export const NORM_EPSILON = 1e-5;
/** Weight of the old running statistics at each step. */
export const NORM_MOMENTUM = 0.9;

/** A weight by name; a missing one is a programming error, said as such. */
export function weight(params: Tensors, name: string): tf.Tensor {
  const tensor = params[name];
  if (!tensor) throw new Error(`no weight named ${name}`);
  return tensor;
}

/** y = x, with gradient zero. */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  return tf.customGrad((input) => {
    const t = input as tf.Tensor;
    return { value: tf.clone(t), gradFunc: () => tf.zeros(t.shape) };
  })(x) as T;
}

/** How a net treats its batch norms: with running statistics, or with the batch's own. */
export type NormMode =
  | { training: false }
  /** `statistics` collects the batch's mean and variance by name, for {@link runningStatistics}. */
  | { training: true; statistics?: Tensors };

const rowsOf = (x: tf.Tensor) => tf.reshape(x, [-1, x.shape.at(-1)!]);

/** Column means of [rows, channels], as [1, channels]: a product with a row of 1 / rows, the fastest reduction. */
function columnMeans(rows: tf.Tensor): tf.Tensor {
  const count = rows.shape[0]!;
  return tf.matMul(tf.fill([1, count], 1 / count), rows as tf.Tensor2D);
}

function moments(rows: tf.Tensor): { mean: tf.Tensor; variance: tf.Tensor } {
  const mean = columnMeans(rows);
  return { mean, variance: columnMeans(tf.square(tf.sub(rows, mean))) };
}

/**
 * scale (x - mean) / sqrt(variance + eps) + offset over all axes but the last, with the batch's own statistics (Ioffe &
 * Szegedy 2015). With c = x - mean and r = 1 / sqrt(variance + eps) the gradients are written out,
 * dx = scale r (dy - mean(dy) - c r^2 mean(dy c)), dscale = r sum(dy c), doffset = sum(dy): fewer passes over memory than
 * those through mean and variance. They have no second derivative (D, the only net R1 differentiates twice, has no norm).
 */
const normalise = tf.customGrad((...args) => {
  const [x, scale, offset, save] = args as unknown as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    (tensors: tf.Tensor[]) => void,
  ];
  const rows = rowsOf(x);
  const mean = columnMeans(rows);
  const centred = tf.sub(rows, mean);
  const inverse = tf.rsqrt(tf.add(columnMeans(tf.square(centred)), NORM_EPSILON));
  const factor = tf.mul(inverse, scale);
  save([centred, inverse, factor]);
  return {
    value: tf.reshape(tf.add(tf.mul(centred, factor), offset), x.shape),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [c, r, f] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      const dRows = rowsOf(dy);
      const count = dRows.shape[0]!;
      const shift = columnMeans(dRows);
      const lean = columnMeans(tf.mul(dRows, c));
      const along = tf.mul(c, tf.mul(lean, tf.square(r)));
      const dx = tf.mul(tf.sub(tf.sub(dRows, along), shift), f);
      const sum = (m: tf.Tensor) => tf.reshape(tf.mul(m, count), [-1]);
      return [tf.reshape(dx, dy.shape), sum(tf.mul(lean, r)), sum(shift)];
    },
  };
});

/** Batch normalisation over all axes but the last: weights `<name>/scale`, `offset`, `mean`, `variance`. */
export function batchNorm(params: Tensors, name: string, x: tf.Tensor, mode: NormMode): tf.Tensor {
  const scale = weight(params, `${name}/scale`);
  const offset = weight(params, `${name}/offset`);
  if (!mode.training) {
    const factor = tf.mul(scale, tf.rsqrt(tf.add(weight(params, `${name}/variance`), NORM_EPSILON)));
    return tf.add(tf.mul(x, factor), tf.sub(offset, tf.mul(weight(params, `${name}/mean`), factor)));
  }
  if (mode.statistics) {
    const { mean, variance } = moments(stopGradient(rowsOf(x)));
    mode.statistics[`${name}/mean`] = tf.reshape(mean, [-1]);
    mode.statistics[`${name}/variance`] = tf.reshape(variance, [-1]);
  }
  return normalise(x, scale, offset);
}

/** Running statistics after a step, old * momentum + batch * (1 - momentum). */
export function runningStatistics(params: Tensors, statistics: Tensors): Tensors {
  const next: Tensors = {};
  for (const [name, value] of Object.entries(statistics))
    next[name] = tf.add(tf.mul(weight(params, name), NORM_MOMENTUM), tf.mul(value, 1 - NORM_MOMENTUM));
  return next;
}

/** Convolution without bias, "same" padding. x [n, h, w, in] -> [n, ceil(h / stride), ceil(w / stride), out]. */
export function convolve(params: Tensors, name: string, x: tf.Tensor, stride: 1 | 2): tf.Tensor {
  return tf.conv2d(x as tf.Tensor4D, weight(params, `${name}/kernel`) as tf.Tensor4D, stride, "same");
}

/** Transposed convolution without bias to a map of side `size`. */
export function deconvolve(
  params: Tensors,
  name: string,
  x: tf.Tensor,
  stride: 1 | 2,
  size: number,
): tf.Tensor {
  const kernel = weight(params, `${name}/kernel`) as tf.Tensor4D;
  const shape: [number, number, number, number] = [x.shape[0]!, size, size, kernel.shape[2]!];
  return tf.conv2dTranspose(x as tf.Tensor4D, kernel, shape, stride, "same");
}

/** x [n, in] times `<name>/kernel` [in, out], without bias. */
export function dense(params: Tensors, name: string, x: tf.Tensor): tf.Tensor {
  return tf.matMul(x as tf.Tensor2D, weight(params, `${name}/kernel`) as tf.Tensor2D);
}

/** x + `<name>/bias`. */
export function addBias(params: Tensors, name: string, x: tf.Tensor): tf.Tensor {
  return tf.add(x, weight(params, `${name}/bias`));
}
