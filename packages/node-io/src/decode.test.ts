import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { ImageError, ShapeError } from "@mmgan/core";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type DecodeOptions, decodeImage } from "./decode.js";
import { encodePng, writePng } from "./encode.js";

const as = (height: number, width: number, channels: 1 | 3, fit: DecodeOptions["fit"] = "stretch") => ({
  height,
  width,
  channels,
  fit,
});
const raw = (data: number[], width: number, height: number, channels: 1 | 3 | 4) =>
  sharp(Uint8Array.from(data), { raw: { width, height, channels } });
const values = async (image: Uint8Array | string, options: DecodeOptions) => [
  ...(await decodeImage(image, options)),
];
/** What a 64x64 picture of noise encodes to: enough bytes to cut. */
const noise = () => {
  let state = 1;
  const next = () => {
    state = (state * 48271) % 2147483647;
    return state % 256;
  };
  return raw(Array.from({ length: 64 * 64 * 3 }, next), 64, 64, 3);
};

describe("what is decoded", () => {
  test("every grey level of a grey PNG comes back as it was, as one channel and as three", async () => {
    const levels = Array.from({ length: 256 }, (_, i) => i);
    const png = await encodePng({
      count: 1,
      height: 16,
      width: 16,
      channels: 1,
      data: Uint8Array.from(levels),
    });
    expect(await values(png, as(16, 16, 1))).toEqual(levels);
    expect(await values(png, as(16, 16, 3))).toEqual(levels.flatMap((level) => [level, level, level]));
  });

  test("colours come back as they were", async () => {
    const pixels = [255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30];
    const png = await encodePng({
      count: 1,
      height: 2,
      width: 2,
      channels: 3,
      data: Uint8Array.from(pixels),
    });
    expect(await values(png, as(2, 2, 3))).toEqual(pixels);
  });

  test("grey from colour is luminance: green is lighter than red, red than blue", async () => {
    const png = await raw([255, 0, 0, 0, 255, 0, 0, 0, 255, 77, 77, 77], 4, 1, 3).png().toBuffer();
    const [red, green, blue, grey] = await values(png, as(1, 4, 1));
    // Relative luminance of sRGB's primaries, .2126, .7152 and .0722, through sRGB's curve (1.055 v^(1/2.4) - .055).
    const curve = (v: number) => 255 * (1.055 * v ** (1 / 2.4) - 0.055);
    expect(red).toBeCloseTo(curve(0.2126), -0.5);
    expect(green).toBeCloseTo(curve(0.7152), -0.5);
    expect(blue).toBeCloseTo(curve(0.0722), -0.5);
    expect(grey).toBe(77);
  });

  test("EXIF orientation 6 turns the picture a quarter to the right", async () => {
    // Left half black, right half white; turned: top black, bottom white.
    const jpeg = await raw(
      Array.from({ length: 32 * 32 }, (_, i) => (i % 32 < 16 ? 0 : 255)),
      32,
      32,
      1,
    )
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 100 })
      .toBuffer();
    const upright = await values(jpeg, as(32, 32, 1));
    expect(upright[4 * 32 + 4]).toBeLessThan(10);
    expect(upright[4 * 32 + 28]).toBeLessThan(10);
    expect(upright[28 * 32 + 4]).toBeGreaterThan(245);
  });

  test("alpha is laid over black, or over the background asked for", async () => {
    const png = await raw([255, 255, 255, 0, 200, 100, 0, 255, 255, 0, 0, 51, 0, 0, 0, 0], 2, 2, 4)
      .png()
      .toBuffer();
    // 51 / 255 = 0.2 of red over black: 255 * 0.2 = 51.
    expect(await values(png, as(2, 2, 3))).toEqual([0, 0, 0, 200, 100, 0, 51, 0, 0, 0, 0, 0]);
    // Over white: red stays 255, the others 255 * 0.8 = 204.
    expect(await values(png, { ...as(2, 2, 3), background: "white" })).toEqual([
      255, 255, 255, 200, 100, 0, 255, 204, 204, 255, 255, 255,
    ]);
  });

  test("16-bit grey is scaled to 8 bits, not cut", async () => {
    // 257 v / 257 = v
    const png = await sharp(Uint16Array.of(0, 100 * 257, 200 * 257, 255 * 257), {
      raw: { width: 2, height: 2, channels: 1 },
    })
      .toColourspace("grey16")
      .png()
      .toBuffer();
    expect((await sharp(png).metadata()).depth).toBe("ushort");
    expect(await values(png, as(2, 2, 1))).toEqual([0, 100, 200, 255]);
  });

  test("a 1x1 picture fills any size", async () => {
    const png = await raw([9, 8, 7], 1, 1, 3).png().toBuffer();
    expect(await values(png, as(2, 2, 3, "contain"))).toEqual([9, 8, 7, 9, 8, 7, 9, 8, 7, 9, 8, 7]);
  });

  test("contain keeps all and fills with black, cover crops to the middle, stretch keeps no proportion", async () => {
    const wide = await raw([10, 200, 200, 90], 4, 1, 1).png().toBuffer();
    const contained = await values(wide, as(4, 4, 1, "contain"));
    expect(contained.filter((value) => value !== 0)).toHaveLength(4);
    const row = [contained.slice(4, 8), contained.slice(8, 12)].find((cells) => cells.some((v) => v > 0));
    expect(row).toEqual([10, 200, 200, 90]);
    expect(await values(await raw([10, 200, 90], 3, 1, 1).png().toBuffer(), as(1, 1, 1, "cover"))).toEqual([
      200,
    ]);
    expect(await values(await raw([60, 60], 2, 1, 1).png().toBuffer(), as(4, 2, 1))).toEqual(
      new Array(8).fill(60),
    );
  });

  test.each(["jpeg", "webp", "gif", "tiff", "avif"] as const)("%s is read", async (format) => {
    const encoded = await sharp({ create: { width: 16, height: 16, channels: 3, background: "#646464" } })
      .toFormat(format)
      .toBuffer();
    for (const value of await values(encoded, as(16, 16, 1))) expect(Math.abs(value - 100)).toBeLessThan(3);
  });
});

describe("what is not", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "mmgan-decode-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const failure = async (name: string, bytes?: Uint8Array | string): Promise<ImageError> => {
    const path = join(folder, name);
    if (bytes !== undefined) await writeFile(path, bytes);
    const error = await decodeImage(path, as(8, 8, 3)).catch((e) => e);
    expect(error).toBeInstanceOf(ImageError);
    expect(error.code).toBe("E_IMAGE");
    expect(error.message).toContain(`Expected a readable image for ${path} but ${error.reason}. R`);
    return error;
  };

  test("no file, an empty one, a folder", async () => {
    expect((await failure("none.png")).reason).toBe("the file does not exist");
    expect((await failure("empty.png", "")).reason).toBe("it is empty (0 bytes)");
    expect((await decodeImage(folder, as(8, 8, 3)).catch((e) => e)).reason).toBe(
      "it is not a file: it is a folder",
    );
    expect((await decodeImage(new Uint8Array(0), as(8, 8, 3)).catch((e) => e)).reason).toBe(
      "it is empty (0 bytes)",
    );
  });

  test("text named .jpg", async () => {
    expect((await failure("text.jpg", "These are words, not pixels.")).reason).toBe(
      "it is not a picture of a supported format",
    );
  });

  test.each(["jpeg", "png", "webp", "gif", "tiff"] as const)("a truncated %s", async (format) => {
    const whole = await noise().toFormat(format).toBuffer();
    const error = await failure(`cut.${format}`, whole.subarray(0, whole.length >> 1));
    expect(error.reason).toMatch(/truncated|damaged/);
    expect(error.reason).not.toContain("\n");
  });

  test("more pixels than the decoder accepts, told from the header alone", async () => {
    const png = await raw([0, 0, 0], 1, 1, 3).png().toBuffer();
    // IHDR: width at byte 16, height at 20, CRC of bytes 12..28 at 29.
    png.writeUInt32BE(20_000, 16);
    png.writeUInt32BE(20_000, 20);
    png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
    expect((await failure("huge.png", png)).reason).toBe(
      "it is larger than the limit: 20000 x 20000 pixels, at most 120000000 are decoded",
    );
  });

  test("a file that changed is read anew", async () => {
    const path = join(folder, "a.png");
    const grey = (level: number) => ({
      count: 1,
      height: 1,
      width: 1,
      channels: 1,
      data: Uint8Array.of(level),
    });
    await writePng(path, grey(1));
    expect(await values(path, as(1, 1, 1))).toEqual([1]);
    await writePng(path, grey(2));
    expect(await values(path, as(1, 1, 1))).toEqual([2]);
  });
});

test("encodePng takes one picture of a fitting length", async () => {
  const image = { count: 1, height: 2, width: 2, channels: 1, data: new Uint8Array(4) };
  for (const wrong of [{ count: 2 }, { channels: 2 }, { data: new Uint8Array(3) }, { height: 3 }]) {
    const error = await encodePng({ ...image, ...wrong }).catch((e) => e);
    expect(error).toBeInstanceOf(ShapeError);
    expect(error.message).toContain("for encodePng but received");
  }
  const png = await encodePng(image);
  expect(await sharp(png).metadata()).toMatchObject({ format: "png", width: 2, height: 2, channels: 1 });
});
