import { expect, test } from "vitest";
import type { ImageBatch } from "./tensor.js";
import { tileImages } from "./tile.js";

const grey = (height: number, width: number, ...data: number[]): ImageBatch => ({
  count: data.length / (height * width),
  height,
  width,
  channels: 1,
  data: Uint8Array.from(data),
});

test("three pictures in two columns, a gap of one, the last cell left over", () => {
  const out = tileImages(grey(1, 2, 1, 2, 3, 4, 5, 6), { columns: 2, background: 9 });
  expect(out).toMatchObject({ count: 1, height: 3, width: 5, channels: 1 });
  expect([...out.data]).toEqual([...[1, 2, 9, 3, 4], ...[9, 9, 9, 9, 9], ...[5, 6, 9, 9, 9]]);
});

test("a scale of 2 makes each pixel a square and leaves the gap as it is", () => {
  const out = tileImages(grey(1, 2, 1, 2, 3, 4), { columns: 2, scale: 2, gap: 1, background: 0 });
  expect(out).toMatchObject({ height: 2, width: 9 });
  expect([...out.data]).toEqual([...[1, 1, 2, 2, 0, 3, 3, 4, 4], ...[1, 1, 2, 2, 0, 3, 3, 4, 4]]);
});

test("colours stay together, the background fills every channel", () => {
  const images = { count: 2, height: 1, width: 1, channels: 3, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
  expect([...tileImages(images, { columns: 1 }).data]).toEqual([1, 2, 3, 128, 128, 128, 4, 5, 6]);
});

test("one picture at scale 1 comes back as it is; without gaps cells touch", () => {
  const one = grey(2, 2, 1, 2, 3, 4);
  expect(tileImages(one, { columns: 1 })).toEqual(one);
  expect([...tileImages(grey(1, 1, 1, 2), { columns: 2, gap: 0 }).data]).toEqual([1, 2]);
});

test.each([
  [{ columns: 0 }, "columns", "of at least 1", 0],
  [{ columns: 1, scale: 0.5 }, "scale", "of at least 1", 0.5],
  [{ columns: 1, gap: -1 }, "gap", "of at least 0", -1],
  [{ columns: 1, background: 256 }, "background", "from 0 to 255", 256],
])("%o is refused", (options, name, range, received) => {
  expect(() => tileImages(grey(1, 1, 0), options)).toThrow(
    expect.objectContaining({
      name: "ArgumentError",
      code: "E_ARGUMENT",
      message: `Expected an integer ${range} for ${name} but received ${received}.`,
    }),
  );
});

test("no pictures and data of another size are refused", () => {
  expect(() => tileImages(grey(1, 1), { columns: 1 })).toThrow(
    expect.objectContaining({
      code: "E_ARGUMENT",
      message: "Expected at least 1 image for images but received 0.",
    }),
  );
  const short = { ...grey(2, 2, 1, 2, 3, 4), data: Uint8Array.of(1, 2, 3) };
  expect(() => tileImages(short, { columns: 1 })).toThrow(
    expect.objectContaining({
      name: "ShapeError",
      code: "E_SHAPE",
      message: "Expected 4 values for images of shape [1, 2, 2, 1] but received 3.",
    }),
  );
});
