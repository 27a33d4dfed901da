/**
 * Pixels of plain PNG files, without a call into libvips: of small pictures most of the time is the call. Whatever is
 * unusual or damaged is left to libvips, which then says what is wrong.
 */

import * as zlib from "node:zlib";

const SIGNATURE_BYTES = 8;
const [IHDR, IDAT, IEND] = [0x49484452, 0x49444154, 0x49454e44];
/** Chunks that change no pixel: pHYs, tEXt, zTXt, iTXt, tIME, and gAMA, cHRM, sRGB, which libvips passes over too. */
const HARMLESS: ReadonlySet<number> = new Set([
  0x70485973, 0x74455874, 0x7a545874, 0x69545874, 0x74494d45, 0x67414d41, 0x6348524d, 0x73524742,
]);
/** Channels of colour types: 0 grey, 2 RGB. */
const CHANNELS: Readonly<Record<number, 1 | 3>> = { 0: 1, 2: 3 };
/** Pixels from which on libvips, on a thread of its own, is the better choice. */
const PIXELS_MAX = 128 * 128;

export interface PlainPixels {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** Row-major [height, width, channels], 0..255. */
  readonly pixels: Uint8Array;
}

/** Undefined unless `data` is a whole PNG of 8 bits, grey or RGB, not interlaced, without profile or transparency. */
export function plainPng(data: Uint8Array): PlainPixels | undefined {
  // Node before 20.15 has no CRC.
  if (typeof zlib.crc32 !== "function") return undefined;
  try {
    return decode(data);
  } catch {
    return undefined; // it ends too early, or its deflate stream is damaged
  }
}

function decode(data: Uint8Array): PlainPixels | undefined {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const width = view.getUint32(16);
  const height = view.getUint32(20);
  const channels = CHANNELS[view.getUint8(25)];
  if (view.getUint32(0) !== 0x89504e47 || view.getUint32(4) !== 0x0d0a1a0a) return undefined;
  // Of IHDR: its length and name, then 8 bits, the one compression and filter method there is, no interlacing.
  const plain = view.getUint32(8) === 13 && view.getUint32(12) === IHDR && view.getUint8(24) === 8;
  if (!plain || (view.getUint32(26) & 0xffffff00) !== 0 || channels === undefined) return undefined;
  if (width === 0 || height === 0 || width * height > PIXELS_MAX) return undefined;
  const parts: Uint8Array[] = [];
  for (let at = SIGNATURE_BYTES; ; ) {
    const length = view.getUint32(at);
    const name = view.getUint32(at + 4);
    const end = at + 8 + length;
    if (name !== IHDR && name !== IDAT && name !== IEND && !HARMLESS.has(name)) return undefined;
    if (zlib.crc32(data.subarray(at + 4, end)) !== view.getUint32(end)) return undefined;
    if (name === IDAT) parts.push(data.subarray(at + 8, end));
    if (name === IEND) break;
    at = end + 4;
  }
  const stride = width * channels;
  const size = (stride + 1) * height;
  const filtered = zlib.inflateSync(parts.length === 1 ? parts[0]! : Buffer.concat(parts), {
    maxOutputLength: size,
    chunkSize: Math.max(64, size),
  });
  if (filtered.length !== size) return undefined;
  const pixels = unfiltered(filtered, stride, height, channels);
  return pixels && { width, height, channels, pixels };
}

/** Section 9 of the PNG specification. Undefined for a filter that does not exist. */
function unfiltered(
  filtered: Uint8Array,
  stride: number,
  height: number,
  channels: number,
): Uint8Array | undefined {
  const pixels = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = filtered[y * (stride + 1)]!;
    const from = y * (stride + 1) + 1;
    const row = y * stride;
    if (filter > 4) return undefined;
    if (filter === 0) {
      pixels.set(filtered.subarray(from, from + stride), row);
      continue;
    }
    for (let x = 0; x < stride; x++) {
      const left = x >= channels ? pixels[row + x - channels]! : 0;
      const up = y > 0 ? pixels[row - stride + x]! : 0;
      const corner = x >= channels && y > 0 ? pixels[row - stride + x - channels]! : 0;
      const guess =
        filter === 1 ? left : filter === 2 ? up : filter === 3 ? (left + up) >> 1 : paeth(left, up, corner);
      pixels[row + x] = filtered[from + x]! + guess;
    }
  }
  return pixels;
}

/** Of left, up and corner the one nearest to left + up - corner, the first of equals. */
function paeth(left: number, up: number, corner: number): number {
  const [toLeft, toUp] = [Math.abs(up - corner), Math.abs(left - corner)];
  const toCorner = Math.abs(left + up - 2 * corner);
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}
