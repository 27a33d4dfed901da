/**
 * A picture fitted to a shape, after its orientation and its alpha are settled: Lanczos, then grey or sRGB of 8 bits.
 *
 * The border of a contained picture is laid around it here: libvips takes longer for that border than for the rest of
 * resizing a small picture, and makes the same bytes.
 */

import sharp, { type Sharp } from "sharp";
import type { DecodeOptions } from "./decode.js";

/**
 * @returns row-major [options.height, options.width, options.channels], 0..255
 * @throws Error of libvips, or where the picture ends with other channels than asked for
 */
export async function fittedPixels(image: Sharp, options: DecodeOptions): Promise<Uint8Array> {
  const { height, width, channels, fit, background = "black" } = options;
  const found = await image
    .resize({ width, height, fit: fit === "stretch" ? "fill" : fit === "contain" ? "inside" : fit })
    .toColourspace(channels === 1 ? "b-w" : "srgb")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  const { info } = found;
  if (info.channels !== channels)
    throw new Error(`it decodes to ${info.channels} channels instead of ${channels}`);
  const pixels = new Uint8Array(found.data.buffer, found.data.byteOffset, found.data.byteLength);
  if (info.width === width && info.height === height) return pixels;
  const canvas = new Uint8Array(height * width * channels);
  const colour = await colourOf(background, channels);
  if (colour.some((value) => value !== 0))
    for (let at = 0; at < canvas.length; at += channels) canvas.set(colour, at);
  const top = (height - info.height) >> 1;
  const left = (width - info.width) >> 1;
  const row = info.width * channels;
  for (let y = 0; y < info.height; y++)
    canvas.set(pixels.subarray(y * row, (y + 1) * row), ((top + y) * width + left) * channels);
  return canvas;
}

const colours = new Map<string, Promise<Uint8Array>>();

/** The values of a CSS colour in one pixel of as many channels. */
function colourOf(background: string, channels: 1 | 3): Promise<Uint8Array> {
  const key = `${channels} ${background}`;
  let colour = colours.get(key);
  if (!colour) {
    colour = sharp({ create: { width: 1, height: 1, channels: 3, background } })
      .toColourspace(channels === 1 ? "b-w" : "srgb")
      .raw({ depth: "uchar" })
      .toBuffer();
    colours.set(key, colour);
  }
  return colour;
}
