/** Pixels to a model's size: contain, cover or stretch, by the filters that libvips takes in training. */

export interface Shape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

export interface Fit {
  readonly height: number;
  readonly width: number;
  readonly fit: "contain" | "cover" | "stretch";
}

/**
 * Fits row-major pixels [height, width, channels], 0..255. `contain` keeps all of the picture on black, `cover` crops
 * around its centre, `stretch` changes proportions.
 *
 * @returns [to.height, to.width, channels], 0..255
 */
export function fitPixels(pixels: Uint8Array, from: Shape, to: Fit): Uint8Array {
  const { height, width, fit } = to;
  const ratios = [width / from.width, height / from.height] as const;
  const scale = fit === "stretch" ? undefined : fit === "contain" ? Math.min(...ratios) : Math.max(...ratios);
  const scaled = {
    width: scale === undefined ? width : Math.max(Math.round(from.width * scale), 1),
    height: scale === undefined ? height : Math.max(Math.round(from.height * scale), 1),
    channels: from.channels,
  };
  const columns = resample(pixels, from, scaled.width, false);
  const rows = resample(columns, { ...from, width: scaled.width }, scaled.height, true);
  return place(rows, scaled, height, width);
}

/** Copies into a frame of another size, both centred; what is not covered is black. */
function place(pixels: Uint8Array, from: Shape, height: number, width: number): Uint8Array {
  if (from.height === height && from.width === width) return pixels;
  const { channels } = from;
  const out = new Uint8Array(height * width * channels);
  const [top, left] = [Math.floor((height - from.height) / 2), Math.floor((width - from.width) / 2)];
  for (let y = Math.max(top, 0); y < Math.min(top + from.height, height); y++) {
    const [first, end] = [Math.max(left, 0), Math.min(left + from.width, width)];
    const start = ((y - top) * from.width + first - left) * channels;
    out.set(pixels.subarray(start, start + (end - first) * channels), (y * width + first) * channels);
  }
  return out;
}

/** Resizes along one axis, rounding to levels. */
function resample(pixels: Uint8Array, from: Shape, size: number, vertical: boolean): Uint8Array {
  const length = vertical ? from.height : from.width;
  if (length === size) return pixels;
  const lines = vertical ? from.width : from.height;
  const { channels } = from;
  const step = (vertical ? from.width : 1) * channels;
  const lineStep = (vertical ? 1 : from.width) * channels;
  const out = new Uint8Array(size * lines * channels);
  const outStep = (vertical ? from.width : 1) * channels;
  const outLineStep = (vertical ? 1 : size) * channels;
  for (let i = 0; i < size; i++) {
    const { start, weights } = taps(i, length, size);
    for (let line = 0; line < lines; line++)
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let t = 0; t < weights.length; t++) {
          const at = Math.min(Math.max(start + t, 0), length - 1);
          sum += weights[t]! * pixels[at * step + line * lineStep + c]!;
        }
        out[i * outStep + line * outLineStep + c] = Math.min(Math.max(Math.round(sum), 0), 255);
      }
  }
  return out;
}

/** The samples that make sample `i` of `size`, and their weights, which sum to 1. */
function taps(i: number, length: number, size: number): { start: number; weights: number[] } {
  const ratio = length / size;
  const centre = (i + 0.5) * ratio - 0.5;
  const shrink = Math.max(ratio, 1);
  const [kernel, reach] = ratio > 1 ? [lanczos3, 3] : [catmullRom, 2];
  const start = Math.ceil(centre - reach * shrink);
  const end = Math.floor(centre + reach * shrink);
  const weights = Array.from({ length: end - start + 1 }, (_, t) => kernel((start + t - centre) / shrink));
  const sum = weights.reduce((a, b) => a + b, 0);
  return { start, weights: weights.map((weight) => weight / sum) };
}

function lanczos3(x: number): number {
  if (x === 0) return 1;
  if (Math.abs(x) >= 3) return 0;
  const angle = Math.PI * x;
  return (3 * Math.sin(angle) * Math.sin(angle / 3)) / (angle * angle);
}

function catmullRom(x: number): number {
  const a = Math.abs(x);
  if (a >= 2) return 0;
  return a <= 1 ? 1.5 * a ** 3 - 2.5 * a ** 2 + 1 : -0.5 * a ** 3 + 2.5 * a ** 2 - 4 * a + 2;
}
