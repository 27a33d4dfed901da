/** COIL-20: a zip of 20 x 72 grey PNGs of 128x128, told by their content because its container differs by source. */

import { createHash } from "node:crypto";
import { decodeImage } from "@mmgan/node-io";
import { DATASETS } from "./catalogue.js";
import { corrupt, type FileSource } from "./data-file.js";
import { forEachIndex, type WorkOptions } from "./work.js";
import { readZip } from "./zip.js";

const OBJECTS = 20;
const POSES = 72;
const SIDE = 128;
const ENTRY = /(?:^|\/)(obj\d+__\d+\.png)$/;
/** SHA-256 of the lines "<SHA-256 of the PNG>  obj<O>__<P>.png\n" in the order of `coil20Names`. */
const MANIFEST_SHA256 = "ab9e6dbb37c6eb4b8619ecdb27d71f8853a5fd3f646184f82ca4d361ce88d56f";

/** The order of the set: obj1__0.png ... obj1__71.png, obj2__0.png ... obj20__71.png. */
export function coil20Names(): string[] {
  return Array.from(
    { length: OBJECTS * POSES },
    (_, index) => `obj${coil20Label(index) + 1}__${index % POSES}.png`,
  );
}

/** Class 0..19 of picture 0..1439. */
export function coil20Label(index: number): number {
  return Math.floor(index / POSES);
}

/**
 * The 1,440 PNG files in the order of `coil20Names`, checked: all there, and either the very files as published (one
 * hash over all) or, if they were encoded anew, the same pixels.
 *
 * @throws DataCorruptError naming the file and the check
 */
export async function readCoil20(source: FileSource, options: WorkOptions = {}): Promise<Uint8Array[]> {
  const entries = new Map<string, Uint8Array>();
  for (const [path, bytes] of await readZip(source, (name) => ENTRY.test(name)))
    entries.set(ENTRY.exec(path)![1]!, bytes);
  const pngs = coil20Names().map((name) => {
    const png = entries.get(name);
    if (!png) throw corrupt(source, "content", `picture ${name} is not in it`);
    return png;
  });
  if (manifestHash(pngs) !== MANIFEST_SHA256) await mustHavePublishedPixels(pngs, source, options);
  return pngs;
}

function manifestHash(pngs: readonly Uint8Array[]): string {
  const names = coil20Names();
  const lines = pngs.map((png, index) => `${sha256(png)}  ${names[index]}\n`);
  return sha256(new TextEncoder().encode(lines.join("")));
}

async function mustHavePublishedPixels(
  pngs: readonly Uint8Array[],
  source: FileSource,
  { signal }: WorkOptions,
): Promise<void> {
  const pixels = await decodeCoil20(pngs, SIDE, 1, source, { signal });
  const published = DATASETS["coil-20"].files[0]!.content.sha256;
  const actual = sha256(pixels);
  if (actual !== published)
    throw corrupt(source, "SHA-256", `its pixels have ${actual} where ${published} was published`);
}

/**
 * Decodes PNGs to squares.
 *
 * @param pngs - any of the files of `readCoil20`
 * @param size - side in pixels; 128 is as published
 * @returns [pngs.length, size, size, channels], 0..255
 */
export async function decodeCoil20(
  pngs: readonly Uint8Array[],
  size: number,
  channels: 1 | 3,
  source: FileSource,
  options: WorkOptions = {},
): Promise<Uint8Array> {
  const each = size * size * channels;
  const pixels = new Uint8Array(pngs.length * each);
  await forEachIndex(pngs.length, "loading coil-20", options, async (index) => {
    try {
      const fit = "contain";
      pixels.set(await decodeImage(pngs[index]!, { height: size, width: size, channels, fit }), index * each);
    } catch (cause) {
      throw corrupt(source, "PNG", (cause as Error).message, cause);
    }
  });
  return pixels;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
