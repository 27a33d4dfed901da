import sharp from "sharp";
import { expect, test } from "vitest";
import { plainSize } from "./header-size.js";

const picture = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: "#336699" } });

test.each([
  ["png", {}],
  ["png", { progressive: true, palette: true }],
  ["jpeg", {}],
  ["jpeg", { progressive: true, optimiseScans: true }],
] as const)("the size of a plain %s %o is what libvips says", async (format, options) => {
  for (const [width, height] of [
    [1, 1],
    [640, 480],
    [3, 5000],
  ] as const) {
    const bytes = await picture(width, height).withIccProfile("p3").toFormat(format, options).toBuffer();
    expect(plainSize(bytes, format)).toEqual({ width, height });
    expect(await sharp(bytes).metadata()).toMatchObject({ width, height });
  }
});

test("a picture with Exif data, or of another format, is left to libvips", async () => {
  for (const format of ["png", "jpeg"] as const) {
    const turned = await picture(4, 6).withMetadata({ orientation: 6 }).toFormat(format).toBuffer();
    expect((await sharp(turned).metadata()).autoOrient).toEqual({ width: 6, height: 4 });
    expect(plainSize(turned, format)).toBeUndefined();
  }
  expect(plainSize(await picture(4, 6).gif().toBuffer(), "gif")).toBeUndefined();
});

test("a header that ends early, or is none, is left to libvips", async () => {
  for (const format of ["png", "jpeg"] as const) {
    const bytes = await picture(4, 6).toFormat(format).toBuffer();
    const header = format === "png" ? bytes.indexOf("IDAT") : bytes.indexOf(Buffer.of(0xff, 0xc0)) + 9;
    for (let length = 0; length < header; length++)
      expect(plainSize(bytes.subarray(0, length), format)).toBeUndefined();
  }
  expect(plainSize(new Uint8Array(2000).fill(0xff), "jpeg")).toBeUndefined();
});
