/** Thumbnails: sizes and colours written out, damage refused. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArgumentError, ImageError, ShapeError } from "@mmgan/core";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { mustBeColour } from "./colour.js";
import { encodeSheet, makeThumbnail, type Thumbnail } from "./thumbnail.js";

const plain = (width: number, height: number, background: string, channels: 3 | 4 = 3) =>
  sharp({ create: { width, height, channels, background } });

const first = ({ data }: Thumbnail) => [...data.subarray(0, 3)];

describe("makeThumbnail", () => {
  it("shrinks to the longer side, keeps proportions, and enlarges nothing", async () => {
    const wide = await plain(100, 20, "#102030").png().toBuffer();
    expect(await makeThumbnail(wide, 50)).toMatchObject({ width: 50, height: 10 });
    expect(await makeThumbnail(wide, 512)).toMatchObject({ width: 100, height: 20 });
    expect(first(await makeThumbnail(wide, 50))).toEqual([16, 32, 48]);
  });

  it("turns as EXIF says", async () => {
    const turned = await plain(40, 20, "red").withMetadata({ orientation: 6 }).jpeg().toBuffer();
    expect(await makeThumbnail(turned, 30)).toMatchObject({ width: 15, height: 30 });
  });

  it("lays what is transparent over the background", async () => {
    const clear = await plain(4, 4, "rgba(0, 0, 0, 0)", 4).png().toBuffer();
    expect(first(await makeThumbnail(clear, 8))).toEqual([0, 0, 0]);
    expect(first(await makeThumbnail(clear, 8, "#ff8800"))).toEqual([255, 136, 0]);
  });

  it("gives grey as three equal channels, as libvips does", async () => {
    const grey = await sharp(Uint8Array.of(7, 200), { raw: { width: 2, height: 1, channels: 1 } })
      .toColourspace("b-w")
      .png()
      .toBuffer();
    expect([...(await makeThumbnail(grey, 16)).data]).toEqual([7, 7, 7, 200, 200, 200]);
    const interlaced = await sharp(grey).toColourspace("b-w").png({ progressive: true }).toBuffer();
    expect([...(await makeThumbnail(interlaced, 16)).data]).toEqual([7, 7, 7, 200, 200, 200]);
  });

  it("says why it cannot: gone, empty, no picture, damaged", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mmgan-thumbnail-"));
    try {
      const png = await plain(200, 200, "red").png().toBuffer();
      for (const [name, bytes] of [
        ["empty.png", Buffer.alloc(0)],
        ["text.png", Buffer.from("text")],
        ["torn.png", png.subarray(0, 60)],
      ] as const)
        await writeFile(join(folder, name), bytes);
      const codeOf = (name: string) =>
        makeThumbnail(join(folder, name), 32).catch((error: ImageError) => error.rowCode);
      expect(await codeOf("gone.png")).toBe("E_FILE_MISSING");
      expect(await codeOf(".")).toBe("E_FILE_KIND");
      expect(await codeOf("empty.png")).toBe("E_IMAGE_EMPTY");
      expect(await codeOf("text.png")).toBe("E_IMAGE_FORMAT");
      expect(await codeOf("torn.png")).toBe("E_IMAGE_CORRUPT");
      await expect(makeThumbnail(join(folder, "gone.png"), 32)).rejects.toThrow(ImageError);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("encodeSheet", () => {
  const square = (side: number): Thumbnail => ({
    width: side,
    height: side,
    data: new Uint8Array(side * side * 3).fill(200),
  });

  it("puts pictures in the middle of their cells, row by row, and nothing where there is none", async () => {
    const bytes = await encodeSheet([square(2), null, square(4)], { cell: 4, pitch: 6, columns: 2 });
    const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([12, 12, 4]);
    const seen = (x: number, y: number) => data[(y * 12 + x) * 4 + 3] === 255;
    // 2 pixels of 6 begin at 2, 4 pixels at 1.
    expect([seen(1, 2), seen(2, 2), seen(3, 3), seen(4, 4)]).toEqual([false, true, true, false]);
    expect([seen(0, 6), seen(1, 7), seen(4, 10), seen(5, 11)]).toEqual([false, true, true, false]);
    expect(seen(8, 2)).toBe(false);
  });

  it("refuses a picture that does not fit", async () => {
    await expect(encodeSheet([square(5)], { cell: 4, pitch: 6, columns: 2 })).rejects.toThrow(ShapeError);
  });
});

it.each(["white", "#ff8800", "rgb(255, 136, 0)"])("%s is a colour", (text) => {
  expect(() => mustBeColour(text, "background")).not.toThrow();
});

it.each(["", "nocolour", "#zz"])("%j is no colour", (text) => {
  expect(() => mustBeColour(text, "background")).toThrow(ArgumentError);
});
