import { ImageError } from "@mmgan/core";
import { expect, it } from "vitest";
import { rasterizeSvg } from "./encode.js";

it("draws an SVG at twice its size", async () => {
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="6"><rect width="8" height="6" fill="#ff0000"/></svg>';
  const sharp = (await import("sharp")).default;
  const { data, info } = await sharp(await rasterizeSvg(svg))
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([16, 12]);
  expect([...data.subarray(0, 3)]).toEqual([255, 0, 0]);
});

it("refuses what is no SVG", async () => {
  await expect(rasterizeSvg("no drawing")).rejects.toThrow(ImageError);
});
