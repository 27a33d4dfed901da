import { Rng } from "@mmgan/core";
import sharp from "sharp";
import { expect, test } from "vitest";
import { fittedPixels } from "./fitted.js";

test("a contained picture has the bytes of libvips' own containing, at every proportion", async () => {
  const rng = new Rng({ seed: 1, stream: "containing" });
  const upTo = (limit: number) => 1 + Math.floor(rng.uniform(1)[0]! * limit);
  for (let round = 0; round < 60; round++) {
    const [width, height] = [upTo(90), upTo(round % 5 ? 90 : 1500)];
    const pixels = Uint8Array.from({ length: width * height * 3 }, () => upTo(256) - 1);
    const source = () => sharp(pixels, { raw: { width, height, channels: 3 } });
    const channels = round % 2 ? 1 : 3;
    const background = ["black", "white", "#33aa77"][round % 3]!;
    const wanted = { width: upTo(60), height: upTo(60), channels, fit: "contain", background } as const;
    const { data } = await source()
      .resize({ width: wanted.width, height: wanted.height, fit: "contain", background })
      .toColourspace(channels === 1 ? "b-w" : "srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    const found = await fittedPixels(source(), wanted);
    expect(Buffer.from(found).equals(data), `${width}x${height} in ${JSON.stringify(wanted)}`).toBe(true);
  }
});
