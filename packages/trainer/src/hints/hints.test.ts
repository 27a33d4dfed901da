import { describe, expect, it } from "vitest";
import type { Dataset } from "../data/index.js";
import { mutualGraph } from "../neighbours/neighbour-graph.js";
import { barImages } from "../testing/small.js";
import { FEW_PER_CLUSTER, graphHints, imageHints, shareWithoutMutual, surveyHints } from "./hints.js";
import { surveyOf } from "./survey.js";

const codes = (hints: readonly { code: string }[]) => hints.map(({ code }) => code);
const files = (...sizes: [width: number, height: number, count: number][]) =>
  surveyOf(
    sizes.flatMap(([width, height, count]) =>
      Array.from({ length: count }, () => ({ width, height, grey: false })),
    ),
  );

describe("surveyHints", () => {
  it("names a size that shows more", () => {
    const [hint, ...rest] = surveyHints(files([512, 384, 9], [300, 300, 1]), { size: 32, fit: "contain" });
    expect(rest).toEqual([]);
    expect(hint).toEqual({
      code: "SIZE",
      message:
        "9 of 10 pictures are 512x384 pixels and are trained at 32x32. If what tells them apart is finer than that, pass --size 64, at about 4.0 times the time.",
    });
    expect(surveyHints(files([48, 48, 10]), { size: 32, fit: "contain" })[0]!.message).toContain(
      "--size 48,",
    );
  });

  it("names a size that shows no less", () => {
    const [hint] = surveyHints(files([28, 28, 10]), { size: 64, fit: "contain" });
    expect(hint!.message).toBe(
      "all pictures are 28x28 pixels and are trained at 64x64, which shows no more and takes longer. Pass --size 28.",
    );
  });

  it("says nothing where the size fits", () => {
    expect(surveyHints(files([28, 28, 10]), { size: 28, fit: "contain" })).toEqual([]);
    expect(surveyHints(files([512, 512, 10]), { size: 64, fit: "contain" })).toEqual([]);
    expect(surveyHints(surveyOf([]), { size: 32, fit: "contain" })).toEqual([]);
  });

  it("warns of shapes only where they differ, and are not cut", () => {
    const mixed = files([64, 32, 6], [32, 64, 4]);
    expect(codes(surveyHints(mixed, { size: 64, fit: "contain" }))).toEqual(["SHAPES"]);
    expect(codes(surveyHints(mixed, { size: 64, fit: "cover" }))).toEqual([]);
    expect(codes(surveyHints(files([64, 32, 10]), { size: 64, fit: "contain" }))).toEqual([]);
    expect(codes(surveyHints(files([64, 32, 5], [64, 64, 5]), { size: 64, fit: "stretch" }))).toEqual([
      "SHAPES",
    ]);
  });
});

describe("imageHints", () => {
  const colour = (count: number) => barImages(count, 8, 3, 3);

  it("counts the images a cluster gets", () => {
    const clusters = 3;
    expect(codes(imageHints(colour(FEW_PER_CLUSTER * clusters), clusters))).toEqual([]);
    const [hint] = imageHints(colour(FEW_PER_CLUSTER * clusters - 1), clusters);
    expect(hint!.code).toBe("FEW_IMAGES");
    expect(hint!.message).toContain("119 images for 3 clusters are 40 a cluster");
  });

  it("finds copies, and names the first", () => {
    const bars = colour(200);
    const pixels = bars.pixels!.slice();
    for (const copy of [5, 150, 199]) pixels.copyWithin(copy * 192, 2 * 192, 3 * 192);
    const paths = Array.from({ length: 200 }, (_, i) => `${i}.png`);
    const [hint] = imageHints({ ...bars, pixels, paths }, 3);
    expect(hint!.code).toBe("DUPLICATES");
    expect(hint!.message).toContain("3 of 200 images are the same as another at 8x8 (2.png and 5.png)");
  });

  it("sees grey stored as colour", () => {
    const grey = barImages(200);
    const pixels = Uint8Array.from(
      { length: grey.pixels!.length * 3 },
      (_, i) => grey.pixels![Math.floor(i / 3)]!,
    );
    const stored: Dataset = { ...grey, image: { height: 8, width: 8, channels: 3 }, pixels };
    expect(codes(imageHints(stored, 3))).toEqual(["GREY_AS_COLOUR"]);
    expect(codes(imageHints(grey, 3))).toEqual([]);
  });
});

describe("shareWithoutMutual", () => {
  it("counts the nodes whose only edge nobody returns", () => {
    // 0 and 1 are each other's nearest, 2's nearest is 0, 3's is 2.
    const graph = mutualGraph(Int32Array.of(1, 0, 0, 2), 4, 1);
    expect(shareWithoutMutual(graph)).toBe(2 / 4);
  });

  it("is near 1 around a hub, and brings a hint from 200 images on", () => {
    const star = (count: number) =>
      mutualGraph(
        Int32Array.from({ length: count }, (_, i) => (i === 0 ? 1 : 0)),
        count,
        1,
      );
    expect(shareWithoutMutual(star(400))).toBe(398 / 400);
    expect(codes(graphHints(star(400)))).toEqual(["PHOTOGRAPHS"]);
    expect(graphHints(star(199))).toEqual([]);
  });

  it("is 0 on pairs, without a hint", () => {
    const pairs = mutualGraph(
      Int32Array.from({ length: 400 }, (_, i) => i ^ 1),
      400,
      1,
    );
    expect(shareWithoutMutual(pairs)).toBe(0);
    expect(graphHints(pairs)).toEqual([]);
  });
});
