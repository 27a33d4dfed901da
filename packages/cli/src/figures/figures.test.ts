import { decodeImage } from "@mmgan/node-io";
import { describe, expect, it } from "vitest";
import { drawClusters } from "./clusters-figure.js";
import { drawCritic, meanLine } from "./critic-figure.js";
import type { Picture } from "./figure.js";
import { wrap } from "./figure.js";
import { figure3, meanPictures } from "./figures.js";
import { correlationOfPairs, cosineDistances, drawMeans, pictureDistances } from "./means-figure.js";
import { drawMoons } from "./moons-figure.js";

const caption = { title: "A title", text: "What it shows.", command: "mmgan reproduce figure0" };

/** Grey pictures of 2x1 pixels. */
const pictures = (...values: number[]) => ({
  ...{ count: values.length / 2, height: 1, width: 2, channels: 1 },
  data: Uint8Array.from(values),
});

const times = (svg: string, text: string | RegExp) => svg.split(text).length - 1;

/** Caption, and a PNG of twice the size. */
async function mustBeWhole({ svg, png }: Picture): Promise<void> {
  for (const text of ["A title", "What it shows.", "Made by: mmgan reproduce figure0"])
    expect(svg).toContain(text);
  const [, width, height] = svg.match(/^<svg [^>]*width="(\d+)" height="(\d+)"/)!.map(Number);
  const view = new DataView(png.buffer, png.byteOffset);
  // IHDR: width and height from byte 16 on.
  expect([view.getUint32(16), view.getUint32(20)]).toEqual([2 * width!, 2 * height!]);
}

it("draws a grid for each panel", async () => {
  const grid = pictures(0, 50, 100, 150, 200, 250, 0, 0);
  const panel = (title: string) => ({ title, clusters: 2, images: grid });
  const picture = await drawClusters([panel("one loss"), panel("another loss")], caption);
  await mustBeWhole(picture);
  for (const title of ["one loss", "another loss"]) expect(picture.svg).toContain(title);
  const urls = [...picture.svg.matchAll(/data:image\/png;base64,([A-Za-z0-9+/=]+)/g)];
  expect(urls).toHaveLength(2);
  // Two columns of 16 times enlarged pictures, 2 pixels between: the first column is cluster 0.
  const size = { width: 2 * 32 + 2, height: 2 * 16 + 2 };
  const data = await decodeImage(Buffer.from(urls[0]![1]!, "base64"), {
    ...size,
    channels: 1,
    fit: "stretch",
  });
  const second = (16 + 2) * size.width; // where the second row of pictures starts
  expect([data[0], data[16], data[34], data[50]]).toEqual([0, 50, 100, 150]);
  expect([data[second], data[second + 16]]).toEqual([200, 250]);
});

describe("figure 4", () => {
  it("has 1 - cosine: 0 alike, 1 at a right angle, 2 opposite, 1 without direction", () => {
    const rows = Float32Array.of(2, 0, 0, 3, -1, 0, 0, 0, 1, 1);
    const distances = cosineDistances(rows, 5);
    const root = 1 - Math.SQRT1_2;
    [
      [0, 1, 2, 1, root],
      [1, 0, 1, 1, root],
      [2, 1, 0, 1, 2 - root],
      [1, 1, 1, 1, 1],
      [root, root, 2 - root, 1, 0],
    ]
      .flat()
      .forEach((x, at) => {
        expect(distances[at]).toBeCloseTo(x, 12);
      });
  });

  it("compares pictures by what they have beyond the mean of all", () => {
    // Mean (100, 100); beyond it (50, 0), (-50, 0), (0, 50), (0, -50).
    const distances = pictureDistances(pictures(150, 100, 50, 100, 100, 150, 100, 50));
    expect([...distances.subarray(0, 4)]).toEqual([0, 2, 1, 1]);
  });

  it("correlates pairs, each once, without the diagonal", () => {
    const a = Float64Array.of(9, 1, 2, 1, 9, 3, 2, 3, 9);
    expect(correlationOfPairs(a, Float64Array.of(0, 2, 4, 2, 0, 6, 4, 6, 0), 3)).toBeCloseTo(1, 12);
    expect(correlationOfPairs(a, Float64Array.of(0, 3, 2, 3, 0, 1, 2, 1, 0), 3)).toBeCloseTo(-1, 12);
  });

  it("averages each cluster's pictures", () => {
    const mean = meanPictures(pictures(0, 10, 100, 200, 20, 30, 101, 200), 2);
    expect(mean.count).toBe(2);
    expect([...mean.data]).toEqual([10, 20, 101, 200]); // 100.5 goes up
  });

  it("draws two maps a panel with every cluster's picture above each", async () => {
    const means = Float32Array.of(1, 0, 0, 1, -1, 0);
    const shown = pictures(0, 10, 20, 5, 100, 250);
    const picture = await drawMeans([{ title: "a loss", clusters: 3, means, pictures: shown }], caption);
    await mustBeWhole(picture);
    expect(picture.svg).toContain("a loss: means");
    expect(picture.svg).toMatch(/a loss: pictures \(correlation -?\d\.\d\d\)/);
    expect(times(picture.svg, "data:image/png")).toBe(2 * 3);
  });
});

describe("figure 5", () => {
  const lines = [1, 2].map((seed) => ({
    ...{ name: "pairings", seed },
    points: [10, 20, 30].slice(0, 4 - seed).map((step) => ({ step, loss: step * seed })),
  }));

  it("takes the mean over seeds at the steps that all have", () => {
    expect(meanLine("pairings", lines)).toEqual([
      { name: "pairings", step: 10, loss: 15 },
      { name: "pairings", step: 20, loss: 30 },
    ]);
  });

  it("draws a line a seed and one for the mean", async () => {
    const alone = { name: "no pairings", seed: 1, points: [10, 20].map((step) => ({ step, loss: 1 })) };
    const picture = await drawCritic([...lines, alone], caption);
    await mustBeWhole(picture);
    for (const text of ["no pairings", "training step"]) expect(picture.svg).toContain(text);
    // Three seeds and two means.
    expect(times(picture.svg, /mark-line[^"]*"[^>]*><path/)).toBe(3 + 2);
  });
});

it("figure 6 draws all points, means and circles of every moment", async () => {
  const points = { count: 3, dim: 2, data: Float32Array.of(0, 0, 1, 1, 2, 0) };
  const moment = (step: number) => ({
    ...{ step, points, latents: Float32Array.of(-1, -1, 1, 1, -1.5, -1) },
    ...{
      clusters: Int32Array.of(0, 1, 0),
      means: Float32Array.of(-1, -1, 1, 1),
      sigmas: Float32Array.of(0.5, 0.3),
    },
  });
  const rows = [{ title: "a start", moments: [moment(1), moment(2000)] }];
  const picture = await drawMoons(rows, points, caption);
  await mustBeWhole(picture);
  for (const text of ["a start", "generated, after 1 iteration", "latent, after 2,000 iterations"])
    expect(picture.svg).toContain(text);
  const marks = (name: string) => [
    ...picture.svg.matchAll(new RegExp(`<g class="mark-symbol[^"]*layer_${name}[^"]*"[^>]*>(.*?)</g>`, "g")),
  ];
  expect(marks("0")).toHaveLength(4);
  for (const [, inside] of marks("0")) expect(times(inside!, "<path")).toBe(3);
});

it("breaks captions between words", () => {
  expect(wrap("one two  three", 7)).toEqual(["one two", "three"]);
  expect(wrap("incomprehensible is", 5)).toEqual(["incomprehensible", "is"]);
});

it("refuses to draw from no runs", async () => {
  await expect(figure3({ command: "mmgan reproduce figure3", runs: [] })).rejects.toThrow("finished run");
});
