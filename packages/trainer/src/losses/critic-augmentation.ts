/** Changes of the pictures that D sees, real and generated alike, through which gradients reach G (DiffAugment). */

import * as tf from "@tensorflow/tfjs";
import type { Settings } from "../config.js";

type Amplitudes = Pick<Settings, "criticShift" | "criticLight" | "criticCutout">;

/** Uniform draws in [-1, 1) that a picture uses: shift down, shift right, brightness, contrast, cutout's row, its column. */
export const CRITIC_DRAWS = 6;

/** Whether D sees changed pictures at all. */
export const criticAugments = ({ criticShift, criticLight, criticCutout }: Amplitudes): boolean =>
  criticShift > 0 || criticLight > 0 || criticCutout > 0;

/**
 * Zhao et al. 2020 (arXiv:2006.10738): light, then a shift, then a cutout, each by its own draws for each picture. Whatever
 * comes in from outside, and the cut square, is 0, mid grey: a seen trace, so that G cannot take to drawing changed
 * pictures. A part of amplitude 0 costs nothing.
 *
 * - light: x + criticLight u, then contrast about the picture's mean times 1 + criticLight u
 * - shift: by criticShift u of the side down and right, bilinear between pixels
 * - cutout: a square of criticCutout of the side, its centre anywhere, its border soft over one pixel
 *
 * @param x - pictures [n, side, side, channels] in [-1, 1]
 * @param draws - [n, CRITIC_DRAWS] in [-1, 1]
 * @returns [n, side, side, channels], beyond [-1, 1] where light says so
 */
export function augmentForCritic(amplitudes: Amplitudes, x: tf.Tensor, draws: tf.Tensor2D): tf.Tensor {
  const { criticShift, criticLight, criticCutout } = amplitudes;
  const side = x.shape[1]!;
  const [down, right, gain, contrast, row, column] = tf.split(draws, CRITIC_DRAWS, 1) as tf.Tensor2D[];
  let seen = x;
  if (criticLight > 0) seen = light(seen, tf.mul(gain!, criticLight), tf.mul(contrast!, criticLight));
  if (criticShift > 0)
    seen = shift(seen, tf.mul(down!, criticShift * side), tf.mul(right!, criticShift * side));
  if (criticCutout > 0) {
    // The centre lies anywhere on the picture: draws of -1 and 1 are its first and last pixel.
    const at = (draw: tf.Tensor2D) => tf.mul(tf.add(draw, 1), (side - 1) / 2);
    const covered = tf.mul(
      band(at(row!), side, criticCutout, [-1, side, 1, 1]),
      band(at(column!), side, criticCutout, [-1, 1, side, 1]),
    );
    seen = tf.mul(seen, tf.sub(1, covered));
  }
  return seen;
}

/** (x - mean) (1 + contrast) + mean + gain: the order of both does not matter. */
function light(x: tf.Tensor, gain: tf.Tensor, contrast: tf.Tensor): tf.Tensor {
  const perPicture = (t: tf.Tensor) => tf.reshape(t, [-1, 1, 1, 1]);
  const mean = tf.mean(x, [1, 2, 3], true);
  const stretched = tf.add(tf.mul(tf.sub(x, mean), tf.add(perPicture(contrast), 1)), mean);
  return tf.add(stretched, perPicture(gain));
}

/** Moves pictures by fractions of pixels, [n, 1] down and right: products with bilinear shift matrices on either side. */
function shift(x: tf.Tensor, down: tf.Tensor2D, right: tf.Tensor2D): tf.Tensor {
  const [n, side, , channels] = x.shape as [number, number, number, number];
  const rows = tf.matMul(shiftMatrices(down, side), tf.reshape(x, [n, side, side * channels]));
  // Columns: the matrices act from the right on [side, side] maps, a map for each row of each channel.
  const maps =
    channels === 1
      ? tf.reshape(rows, [n, side, side])
      : tf.reshape(tf.transpose(tf.reshape(rows, [n, side, side, channels]), [0, 1, 3, 2]), [
          n,
          side * channels,
          side,
        ]);
  const moved = tf.matMul(maps, shiftMatrices(right, side), false, true);
  if (channels === 1) return tf.reshape(moved, x.shape);
  return tf.transpose(tf.reshape(moved, [n, side, channels, side]), [0, 1, 3, 2]);
}

/** [n, side, side]: entry (i, j) is the weight max(0, 1 - |i - j - s|) of source pixel j in target pixel i. */
function shiftMatrices(by: tf.Tensor2D, side: number): tf.Tensor3D {
  const apart = Float32Array.from({ length: side * side }, (_, at) => Math.floor(at / side) - (at % side));
  const offset = tf.sub(tf.tensor3d(apart, [1, side, side]), tf.reshape(by, [-1, 1, 1]));
  return tf.relu(tf.sub(1, tf.abs(offset))) as tf.Tensor3D;
}

/** 1 within half of `share` of the side around the centre [n, 1], 0 from one pixel farther on, reshaped to `shape`. */
function band(centre: tf.Tensor, side: number, share: number, shape: number[]): tf.Tensor {
  const pixels = tf.tensor2d(
    Float32Array.from({ length: side }, (_, i) => i),
    [1, side],
  );
  const distance = tf.abs(tf.sub(pixels, centre));
  const half = (share * side) / 2;
  return tf.reshape(tf.relu(tf.sub(1, tf.relu(tf.sub(distance, half - 0.5)))), shape);
}
