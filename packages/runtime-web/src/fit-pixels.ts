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
  const ratios = [from.width / width, from.height / height] as const;
  const shared = fit === "contain" ? Math.max(...ratios) : Math.min(...ratios);
  const [across, down] = fit === "stretch" ? ratios : [shared, shared];
  const size = {
    width: Math.max(Math.round(from.width / across), 1),
    height: Math.max(Math.round(from.height / down), 1),
    channels: from.channels,
  };
  const shrunk = alongBoth(pixels, from, size, Math.max(across, 1), Math.max(down, 1), shrinkTaps);
  // Where one axis grows libvips takes both through the same filter.
  const grows = across < 1 || down < 1;
  const all = grows
    ? alongBoth(shrunk.pixels, shrunk, size, Math.min(across, 1), Math.min(down, 1), growTaps)
    : shrunk;
  return place(all.pixels, size, height, width);
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

/** The first sample of the source that makes one of the result, and the weights from there on, which sum to 1. */
interface Taps {
  readonly start: number;
  readonly weights: readonly number[];
}
/** @param ratio - samples of the source for one of the result */
type TapsOf = (i: number, ratio: number, size: number, length: number) => Taps;

/** Down, then across. An axis of ratio 1 keeps its size. */
function alongBoth(
  pixels: Uint8Array,
  from: Shape,
  to: { readonly height: number; readonly width: number },
  across: number,
  down: number,
  tapsOf: TapsOf,
): Shape & { readonly pixels: Uint8Array } {
  const height = down === 1 ? from.height : to.height;
  const width = across === 1 ? from.width : to.width;
  const rows = resample(pixels, from, height, down, true, tapsOf);
  const all = resample(rows, { ...from, height }, width, across, false, tapsOf);
  return { height, width, channels: from.channels, pixels: all };
}

/** Resizes along one axis, rounding to levels. */
function resample(
  pixels: Uint8Array,
  from: Shape,
  size: number,
  ratio: number,
  vertical: boolean,
  tapsOf: TapsOf,
): Uint8Array {
  if (ratio === 1 && tapsOf === shrinkTaps) return pixels;
  const { channels } = from;
  const [length, lines] = vertical ? [from.height, from.width] : [from.width, from.height];
  const [step, lineStep] = [(vertical ? from.width : 1) * channels, (vertical ? 1 : from.width) * channels];
  const outLineStep = (vertical ? 1 : size) * channels;
  const out = new Uint8Array(size * lines * channels);
  for (let i = 0; i < size; i++) {
    const { start, weights } = tapsOf(i, ratio, size, length);
    for (let line = 0; line < lines; line++)
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let t = 0; t < weights.length; t++) {
          const at = Math.min(Math.max(start + t, 0), length - 1);
          sum += weights[t]! * pixels[at * step + line * lineStep + c]!;
        }
        out[i * step + line * outLineStep + c] = Math.min(Math.max(Math.round(sum), 0), 255);
      }
  }
  return out;
}

/** Lanczos about the samples' centres, both ends cut alike. */
function shrinkTaps(i: number, ratio: number, size: number, length: number): Taps {
  return taps((i + 0.5) * ratio - 0.5 - (size * ratio - length) / 2, ratio, lanczos3, 3);
}

/** Catmull-Rom, half a sample aside, as libvips has it. */
function growTaps(i: number, ratio: number): Taps {
  return taps(i * ratio - 0.5, 1, catmullRom, 2);
}

function taps(centre: number, scale: number, kernel: (x: number) => number, reach: number): Taps {
  const start = Math.ceil(centre - reach * scale);
  const end = Math.floor(centre + reach * scale);
  const weights = Array.from({ length: end - start + 1 }, (_, t) => kernel((start + t - centre) / scale));
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
