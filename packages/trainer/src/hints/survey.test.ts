import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodePng } from "@mmgan/node-io";
import { describe, expect, it } from "vitest";
import { withFolder } from "../testing/small.js";
import { folderInput, surveyFolder, surveyOf } from "./survey.js";

const png = (width: number, height: number, channels: 1 | 3) =>
  encodePng({ count: 1, width, height, channels, data: new Uint8Array(width * height * channels) });

describe("surveyFolder", () => {
  it("reads sizes, shapes and channels of the files, and skips what is no picture", () =>
    withFolder(async (folder) => {
      await mkdir(join(folder, "sub"));
      await writeFile(join(folder, "a.png"), await png(40, 30, 3));
      await writeFile(join(folder, "sub", "b.png"), await png(40, 30, 1));
      await writeFile(join(folder, "c.png"), await png(20, 60, 1));
      await writeFile(join(folder, "d.png"), await png(21, 20, 1));
      await writeFile(join(folder, "e.png"), "no picture");
      expect(await surveyFolder(folder)).toEqual({
        count: 4,
        commonest: { width: 40, height: 30, count: 2 },
        side: 40,
        grey: 3,
        shapes: { upright: 1, square: 1, wide: 2 },
      });
    }));
});

describe("folderInput", () => {
  const survey = (width: number, height: number, grey: boolean, more: [number, number][] = []) =>
    surveyOf([[width, height], ...more].map(([w, h]) => ({ width: w!, height: h!, grey })));

  it.each([
    ["all of one small square: their own side", survey(28, 28, true), { size: 28, channels: 1 }],
    ["as small as nets go", survey(8, 8, false), { size: 8, channels: 3 }],
    ["smaller than that", survey(6, 6, false), { size: 32, channels: 3 }],
    ["large", survey(512, 512, false), { size: 32, channels: 3 }],
    ["not square", survey(28, 20, false), { size: 32, channels: 3 }],
    ["of several sizes", survey(28, 28, true, [[16, 16]]), { size: 32, channels: 1 }],
    ["none", surveyOf([]), { size: 32, channels: 3 }],
  ])("%s", (_, found, input) => {
    expect(folderInput(found)).toEqual(input);
  });

  it("one picture in colour is enough for colour", () => {
    const found = surveyOf([
      { width: 9, height: 9, grey: true },
      { width: 9, height: 9, grey: false },
    ]);
    expect(folderInput(found)).toEqual({ size: 9, channels: 3 });
  });
});
