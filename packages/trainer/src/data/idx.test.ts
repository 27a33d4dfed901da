import { DataCorruptError } from "@mmgan/core";
import { expect, test } from "vitest";
import { parseIdxImages, parseIdxLabels } from "./idx.js";

const source = { path: "train-images", remedy: "Fetch it again" };
const bytes = (...values: number[]) => Uint8Array.from(values);
const HEADER = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3]; // two images of 1x3
const LABELS = [0, 0, 8, 1, 0, 0, 0, 3]; // three labels

test("images come out as their header says, big-endian", () => {
  const images = parseIdxImages(bytes(...HEADER, 1, 2, 3, 253, 254, 255), source);
  expect(images).toMatchObject({ count: 2, height: 1, width: 3 });
  expect([...images.pixels]).toEqual([1, 2, 3, 253, 254, 255]);
});

test("reads from the middle of a larger buffer", () => {
  const larger = bytes(9, 9, ...HEADER, 1, 2, 3, 4, 5, 6);
  expect([...parseIdxImages(larger.subarray(2), source).pixels]).toEqual([1, 2, 3, 4, 5, 6]);
});

test("labels come out as integers", () => {
  expect([...parseIdxLabels(bytes(...LABELS, 7, 0, 9), 10, source)]).toEqual([7, 0, 9]);
});

test.each([
  ["an empty file", [], "header check: 0 bytes is too short for the 16 bytes of a header"],
  [
    "labels for images",
    [...LABELS, ...new Array(8).fill(0)],
    "magic check: it starts with 0x00000801 instead of 0x00000803",
  ],
  [
    "a missing byte",
    [...HEADER, 1, 2, 3, 4, 5],
    "size check: its header promises 2 images of 1x3 = 6 bytes, 5 are there",
  ],
  [
    "a byte too many",
    [...HEADER, 1, 2, 3, 4, 5, 6, 7],
    "size check: its header promises 2 images of 1x3 = 6 bytes, 7 are there",
  ],
])("%s is a corrupt image file", (_, values, problem) => {
  expect(() => parseIdxImages(bytes(...values), source)).toThrow(
    new DataCorruptError(`train-images fails the ${problem}. Fetch it again.`),
  );
});

test.each([
  ["a header cut off", [0, 0, 8], "header check: 3 bytes is too short for the 8 bytes of a header"],
  ["images for labels", HEADER, "magic check: it starts with 0x00000803 instead of 0x00000801"],
  ["a missing label", [...LABELS, 7, 0], "size check: its header promises 3 labels = 3 bytes, 2 are there"],
  ["a label of no class", [...LABELS, 7, 10, 0], "label check: label 1 is 10, outside 0..9"],
])("%s is a corrupt label file", (_, values, problem) => {
  expect(() => parseIdxLabels(bytes(...values), 10, source)).toThrow(
    new DataCorruptError(`train-images fails the ${problem}. Fetch it again.`),
  );
});
