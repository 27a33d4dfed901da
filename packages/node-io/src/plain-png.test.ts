import { crc32, deflateSync } from "node:zlib";
import { Rng } from "@mmgan/core";
import sharp, { type PngOptions } from "sharp";
import { describe, expect, it } from "vitest";
import { plainPng } from "./plain-png.js";

/** What libvips makes of it; undefined where it refuses. */
async function decoded(png: Uint8Array, channels: 1 | 3): Promise<Uint8Array | undefined> {
  try {
    const image = sharp(png, { failOn: "error" }).toColourspace(channels === 1 ? "b-w" : "srgb");
    return new Uint8Array(await image.raw({ depth: "uchar" }).toBuffer());
  } catch {
    return undefined;
  }
}

/** Ramps in noise, so that an encoder that may choose uses every filter. */
function pixels(width: number, height: number, channels: 1 | 3, seed: number): Uint8Array {
  const noise = new Rng({ seed, stream: "test/png" }).uniform(width * height * channels);
  return Uint8Array.from(noise, (u, i) => {
    const [x, y] = [Math.floor(i / channels) % width, Math.floor(i / channels / width)];
    return (y < height / 2 ? 5 * x + 11 * y : 0) + Math.floor(u * (y % 3 === 0 ? 200 : 4));
  });
}

function encoded(
  data: Uint8Array,
  width: number,
  height: number,
  channels: 1 | 3,
  options?: PngOptions,
): Promise<Buffer> {
  const image = sharp(data, { raw: { width, height, channels } });
  return image
    .toColourspace(channels === 1 ? "b-w" : "srgb")
    .png(options)
    .toBuffer();
}

const ENCODERS = [
  { adaptiveFiltering: true, compressionLevel: 9 },
  { adaptiveFiltering: false, compressionLevel: 1 },
];

describe("plainPng", () => {
  it.each([
    [28, 28, 1],
    [1, 1, 1],
    [17, 5, 3],
    [128, 128, 3],
    [3, 100, 1],
  ] as const)("%d x %d with %d channels as libvips has it", async (width, height, channels) => {
    for (const [seed, options] of ENCODERS.entries()) {
      const data = pixels(width, height, channels, seed);
      const png = await encoded(data, width, height, channels, options);
      expect(plainPng(png)).toEqual({ width, height, channels, pixels: data });
      expect(await decoded(png, channels)).toEqual(data);
    }
  });

  it.each([0, 1, 2, 3, 4])("filter %d, written by hand, as libvips has it", async (filter) => {
    const [width, height] = [9, 7];
    const rows = new Rng({ seed: filter, stream: "test/rows" }).uniform((1 + 3 * width) * height);
    const filtered = Uint8Array.from(rows, (u, i) =>
      i % (1 + 3 * width) === 0 ? filter : Math.floor(256 * u),
    );
    const png = pngOf(width, height, 2, filtered);
    const found = plainPng(png);
    expect(found).toMatchObject({ width, height, channels: 3 });
    expect(found!.pixels).toEqual(await decoded(png, 3));
  });

  it("passes over chunks that change no pixel, as libvips does", async () => {
    const png = await encoded(pixels(8, 8, 1, 1), 8, 8, 1);
    const gamma = withChunk(png, "gAMA", Buffer.from([0, 0, 0x3a, 0x98]));
    const told = withChunk(withChunk(gamma, "tEXt", Buffer.from("Title\0a")), "sRGB", Buffer.from([0]));
    expect(plainPng(told)?.pixels).toEqual(await decoded(told, 1));
  });

  it("leaves to libvips what is not plain", async () => {
    const raw = (channels: 1 | 3 | 4) =>
      sharp(new Uint8Array(8 * 8 * channels).fill(90), { raw: { width: 8, height: 8, channels } });
    for (const [what, png] of [
      ["transparency", await raw(4).png().toBuffer()],
      ["palette", await raw(3).png({ palette: true }).toBuffer()],
      ["interlaced", await raw(1).toColourspace("b-w").png({ progressive: true }).toBuffer()],
      ["16 bits", await raw(1).toColourspace("grey16").png().toBuffer()],
      ["profile", await raw(3).withIccProfile("p3").png().toBuffer()],
      ["large", await raw(1).resize(129, 128).toColourspace("b-w").png().toBuffer()],
      ["no PNG", await raw(3).jpeg().toBuffer()],
    ] as const)
      expect(plainPng(png), what).toBeUndefined();
  });

  it("never gives of a damaged file what libvips would not", async () => {
    const png = await encoded(pixels(6, 5, 1, 2), 6, 5, 1);
    for (let at = 0; at < png.length; at++) {
      const changed = Buffer.from(png);
      changed[at]! ^= 0x21;
      const found = plainPng(changed);
      if (found) expect(found.pixels, `byte ${at}`).toEqual(await decoded(changed, 1));
      expect(plainPng(png.subarray(0, at)), `cut at ${at}`).toBeUndefined();
    }
  });
});

/** A PNG of these filtered rows. */
function pngOf(width: number, height: number, colourType: number, filtered: Uint8Array): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colourType, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(filtered)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** `png` with a chunk more, after its header. */
const withChunk = (png: Buffer, name: string, data: Buffer): Buffer =>
  Buffer.concat([png.subarray(0, 33), chunk(name, data), png.subarray(33)]);

function chunk(name: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}
