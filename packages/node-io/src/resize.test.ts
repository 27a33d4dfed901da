import { Rng, ShapeError } from "@mmgan/core";
import { expect, test } from "vitest";
import { decodeImage } from "./decode.js";
import { encodePng } from "./encode.js";
import { resizePixels } from "./resize.js";

const noise = (length: number) =>
  Uint8Array.from(new Rng({ seed: 1, stream: "pixels" }).integers(length, 256));

test.each([
  {
    from: { height: 28, width: 28, channels: 1 },
    to: { height: 32, width: 32, channels: 1 },
    fit: "contain",
  },
  { from: { height: 9, width: 17, channels: 3 }, to: { height: 8, width: 8, channels: 1 }, fit: "contain" },
  { from: { height: 9, width: 17, channels: 3 }, to: { height: 16, width: 16, channels: 3 }, fit: "cover" },
  { from: { height: 8, width: 8, channels: 1 }, to: { height: 24, width: 12, channels: 3 }, fit: "stretch" },
] as const)(
  "gives the bytes that decodeImage gives for a PNG of the same pixels: %j",
  async ({ from, to, fit }) => {
    const pixels = noise(from.height * from.width * from.channels);
    const png = await encodePng({ count: 1, ...from, data: pixels });
    expect(await resizePixels(pixels, from, { ...to, fit })).toEqual(await decodeImage(png, { ...to, fit }));
  },
);

test("refuses pixels that do not fill the shape", async () => {
  const from = { height: 2, width: 2, channels: 1 } as const;
  await expect(resizePixels(noise(3), from, { ...from, fit: "contain" })).rejects.toThrow(
    new ShapeError("Expected 4 values for pixels [2, 2, 1] but received 3."),
  );
});
