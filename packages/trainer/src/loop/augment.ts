/** The other view x' of an image for the information term: a small random move and a change of light. */

import type { Rng } from "@mmgan/core";
import type { Augmentation } from "../config.js";

/** Uniform draws an image uses, in this order: rotation, scale, shear, shift x, shift y, flip, brightness, gamma. */
const DRAWS = 8;

interface Move {
  /** Source = matrix * (target - centre) + centre + shift, pixels. */
  a: number;
  b: number;
  c: number;
  d: number;
  shiftX: number;
  shiftY: number;
}

function moveOf(u: (i: number) => number, settings: Augmentation, size: number): Move {
  const angle = u(0) * settings.rotation;
  const scale = 1 / (1 + u(1) * settings.scale);
  const shear = u(2) * settings.shear;
  const mirror = settings.flip && u(5) < 0 ? -1 : 1;
  const cos = Math.cos(angle) * scale;
  const sin = Math.sin(angle) * scale;
  return {
    a: cos * mirror,
    b: -sin + cos * shear,
    c: sin * mirror,
    d: cos + sin * shear,
    shiftX: u(3) * settings.shift * size,
    shiftY: u(4) * settings.shift * size,
  };
}

/**
 * Writes views of `indices.length` images: rotation, scale, shear, shift and mirror by bilinear sampling (the border
 * pixel goes on outwards), then value' = value^gamma * (1 + brightness) on [0, 1], then [-1, 1].
 *
 * @param pixels - all images, [n, height, width, channels], 0..255, square
 * @param indices - which images
 * @param rng - 8 uniform numbers an image are drawn from it
 * @returns [indices.length, height, width, channels] in [-1, 1]
 */
export function augmentImages(
  pixels: Uint8Array,
  size: number,
  channels: number,
  indices: Int32Array,
  settings: Augmentation,
  rng: Rng,
): Float32Array {
  const stride = size * size * channels;
  const out = new Float32Array(indices.length * stride);
  const draws = rng.uniform(indices.length * DRAWS);
  const centre = (size - 1) / 2;
  const top = size - 1;
  const lit = settings.brightness > 0 || settings.gamma > 0;
  for (let n = 0; n < indices.length; n++) {
    const u = (i: number) => 2 * draws[n * DRAWS + i]! - 1;
    const { a, b, c, d, shiftX, shiftY } = moveOf(u, settings, size);
    const gain = 1 + u(6) * settings.brightness;
    const gamma = Math.exp(u(7) * settings.gamma);
    const from = indices[n]! * stride;
    let to = n * stride;
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        const dx = column - centre;
        const dy = row - centre;
        const x = Math.min(top, Math.max(0, a * dx + b * dy + centre + shiftX));
        const y = Math.min(top, Math.max(0, c * dx + d * dy + centre + shiftY));
        const x0 = Math.floor(x);
        const y0 = Math.floor(y);
        const fx = x - x0;
        const fy = y - y0;
        const corner = from + (y0 * size + x0) * channels;
        const right = x0 < top ? channels : 0;
        const down = y0 < top ? size * channels : 0;
        for (let channel = 0; channel < channels; channel++) {
          const p = corner + channel;
          const upper = pixels[p]! * (1 - fx) + pixels[p + right]! * fx;
          const lower = pixels[p + down]! * (1 - fx) + pixels[p + down + right]! * fx;
          let value = (upper * (1 - fy) + lower * fy) / 255;
          if (lit) value = Math.min(1, value ** gamma * gain);
          out[to++] = 2 * value - 1;
        }
      }
    }
  }
  return out;
}

/** Views of points: Gaussian noise of standard deviation `settings.jitter` on each coordinate. */
export function augmentPoints(
  points: Float32Array,
  dim: number,
  indices: Int32Array,
  settings: Augmentation,
  rng: Rng,
): Float32Array {
  const out = rng.normal(indices.length * dim);
  for (let n = 0; n < indices.length; n++)
    for (let i = 0; i < dim; i++)
      out[n * dim + i] = points[indices[n]! * dim + i]! + out[n * dim + i]! * settings.jitter;
  return out;
}
