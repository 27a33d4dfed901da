import { Rng } from "@mmgan/core";
import { resizePixels } from "@mmgan/node-io";
import { expect, test } from "vitest";
import { fitPixels } from "./fit-pixels.js";
import { toGrey } from "./grey.js";

/** A picture with edges and slopes: levels that neighbours share, as photographs have, and noise on top. */
function picture(height: number, width: number, channels: number): Uint8Array {
  const noise = new Rng({ seed: 3, stream: "picture" }).integers(height * width * channels, 40);
  return Uint8Array.from({ length: height * width * channels }, (_, at) => {
    const [x, y] = [Math.floor(at / channels) % width, Math.floor(at / channels / width)];
    const disc = (x / width - 0.4) ** 2 + (y / height - 0.6) ** 2 < 0.08 ? 120 : 20;
    return Math.min(disc + ((at % channels) * 20 + (x * 60) / width) + noise[at]!, 255);
  });
}

const differences = (a: Uint8Array, b: Uint8Array) => {
  expect(a.length).toBe(b.length);
  const all = Array.from(a, (level, i) => Math.abs(level - b[i]!));
  return { largest: Math.max(...all), mean: all.reduce((sum, d) => sum + d, 0) / all.length };
};

test.each([
  [28, 28, 28, 28],
  [56, 56, 28, 28],
  [100, 75, 28, 28],
  [75, 100, 32, 24],
  [480, 640, 28, 28],
  [1000, 31, 28, 28],
  [20, 20, 28, 28],
  [8, 8, 28, 28],
  [1, 1, 28, 28],
  [20, 100, 28, 28],
  [28, 14, 28, 28],
])("pictures of %i x %i to %i x %i as sharp makes them", async (height, width, toHeight, toWidth) => {
  const found: unknown[] = [];
  for (const channels of [1, 3] as const)
    for (const fit of ["contain", "cover", "stretch"] as const) {
      const pixels = picture(height, width, channels);
      const to = { height: toHeight, width: toWidth, fit, channels };
      const wanted = await resizePixels(pixels, { height, width, channels }, to);
      const made = fitPixels(pixels, { height, width, channels }, to);
      const { largest, mean } = differences(made, wanted);
      // libvips shrinks by whole factors first and takes filters at 64 positions a pixel: levels differ, pictures do not.
      if (mean > 0.75 || largest > 10) found.push({ channels, fit, largest, mean });
    }
  expect(found).toEqual([]);
});

test("colours to grey as sharp turns them", async () => {
  const rgb = Uint8Array.from(new Rng({ seed: 1, stream: "colours" }).integers(32 * 32 * 3, 256));
  const shape = { height: 32, width: 32 };
  const wanted = await resizePixels(
    rgb,
    { ...shape, channels: 3 },
    { ...shape, channels: 1, fit: "stretch" },
  );
  const { largest } = differences(toGrey(rgb), wanted);
  expect(largest).toBeLessThanOrEqual(1);
});
