import fc from "fast-check";
import { expect, it } from "vitest";
import { shortFloat32 } from "./float32.js";

it("drops the digits that a float32 does not hold", () => {
  expect(shortFloat32(Math.fround(0.1))).toBe(0.1);
  expect(shortFloat32(0.1)).toBe(0.1);
  expect(shortFloat32(1 / 3)).toBe(0.33333334);
  expect(shortFloat32(16777217)).toBe(16777216); // 2^24 + 1 has no float32
});

it("leaves zero, infinities and NaN, and has no -0", () => {
  expect(Object.is(shortFloat32(-0), 0)).toBe(true);
  expect(Object.is(shortFloat32(-1e-60), 0)).toBe(true);
  expect(shortFloat32(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
  expect(shortFloat32(Number.NaN)).toBeNaN();
});

it("is the same float32, and itself when asked again", () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const short = shortFloat32(value);
      return Math.fround(short) === value + 0 && shortFloat32(short) === short;
    }),
  );
});

it("has as few digits as the shortest text of up to nine that reads back the same", () => {
  const shortest = (value: number) =>
    [6, 7, 8, 9].map((digits) => Number(value.toPrecision(digits))).find((x) => Math.fround(x) === value);
  const sizes = fc.constantFrom(1e-7, 1e-5, 1e-4, 0.01, 1, 100, 1e4, 1e6);
  fc.assert(
    fc.property(fc.float({ min: -1, max: 1, noNaN: true }), sizes, (value, size) => {
      const scaled = Math.fround(value * size);
      expect(shortFloat32(scaled)).toBe(scaled === 0 ? 0 : shortest(scaled));
    }),
    { numRuns: 2000 },
  );
});
