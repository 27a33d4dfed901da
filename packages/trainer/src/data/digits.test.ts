import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { DataCorruptError } from "@mmgan/core";
import { sha256File } from "@mmgan/node-io";
import { expect, test } from "vitest";
import { DATASETS } from "./catalogue.js";
import { parseDigits } from "./digits.js";
import { loadDataset } from "./load.js";

const asset = new URL("../../assets/digits.csv.gz", import.meta.url);
const source = { path: "digits.csv", remedy: "Install again" };
const line = (values: readonly (number | string)[]) => `${values.join(",")}\n`;
const blank = new Array<number>(64).fill(0);

test("the embedded file is the published one, and ships with the package", async () => {
  const [published] = DATASETS.digits.files;
  expect(await sha256File(fileURLToPath(asset))).toBe(published!.sha256);
  expect(readFileSync(asset).length).toBe(published!.bytes);
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  expect(manifest.files).toContain("assets");
});

test("all 1,797 digits, with the published number of each", async () => {
  const { count, image, labels, pixels, classNames } = await loadDataset("digits", {
    split: "all",
    labels: true,
  });
  expect(count).toBe(1797);
  expect(image).toEqual({ height: 8, width: 8, channels: 1 });
  const histogram = new Array<number>(10).fill(0);
  for (const label of labels!) histogram[label]! += 1;
  expect(histogram).toEqual([178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
  expect(classNames?.[labels![0]!]).toBe("0");
  // First line of the file: 0,0,5,13,9,1,0,0; each times 255 / 16, rounded.
  expect([...pixels!.subarray(0, 8)]).toEqual([0, 0, 80, 207, 143, 16, 0, 0]);
});

test("train and test are four fifths and one fifth, the fifth picture first of the test", async () => {
  const all = await loadDataset("digits", { split: "all", labels: true });
  const train = await loadDataset("digits");
  const held = await loadDataset("digits", { split: "test", labels: true });
  expect([train.count, held.count]).toEqual([1438, 359]);
  expect([train.count, held.count, all.count]).toEqual([
    DATASETS.digits.counts.train,
    DATASETS.digits.counts.test,
    DATASETS.digits.counts.all,
  ]);
  expect(held.pixels!.subarray(0, 64)).toEqual(all.pixels!.subarray(4 * 64, 5 * 64));
  expect([held.labels![0], held.labels![1]]).toEqual([all.labels![4], all.labels![9]]);
  expect(train.labels).toBeUndefined();
  expect(train.classNames).toBeUndefined();
});

test("0 is black and 16 is white", () => {
  const { pixels, labels } = parseDigits(line([16, 8, ...blank.slice(2), 3]), source);
  expect([...pixels.subarray(0, 3)]).toEqual([255, Math.round((8 * 255) / 16), 0]);
  expect([...labels]).toEqual([3]);
});

test.each([
  [
    "a pixel above 16",
    line([...blank.slice(1), 17, 3]),
    'value check: line 1, column 64 is "17", not an integer 0..16',
  ],
  ["a label above 9", line([...blank, 10]), 'value check: line 1, column 65 is "10", not an integer 0..9'],
  [
    "a fraction",
    line([0.5, ...blank.slice(1), 3]),
    'value check: line 1, column 1 is "0.5", not an integer 0..16',
  ],
  [
    "an empty field",
    line(["", ...blank.slice(1), 3]),
    'value check: line 1, column 1 is "", not an integer 0..16',
  ],
  ["a short line", line([...blank, 3]) + line(blank), "column check: line 2 has 64 values instead of 65"],
])("%s is corrupt", (_, text, problem) => {
  expect(() => parseDigits(text, source)).toThrow(
    new DataCorruptError(`digits.csv fails the ${problem}. Install again.`),
  );
});

test("an open quote is a CSV error that names the file", () => {
  expect(() => parseDigits('"0,1\n', source)).toThrow(
    /^digits\.csv fails the CSV check: .*\. Install again\.$/s,
  );
});
