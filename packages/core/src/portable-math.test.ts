import fc from "fast-check";
import { expect, test } from "vitest";
import { portableCosSin, portableLog } from "./portable-math.js";

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });

test("the logarithm agrees with Math.log to 1e-15 of its size", () => {
  expect(portableLog(1)).toBe(0);
  expect(portableLog(0.5)).toBeCloseTo(-Math.LN2, 15);
  fc.assert(
    fc.property(word, (bits) => {
      const x = (bits + 1) * 2 ** -32;
      expect(Math.abs(portableLog(x) - Math.log(x))).toBeLessThanOrEqual(1e-15 * Math.abs(Math.log(x)));
    }),
    { numRuns: 2000, examples: [[0], [2 ** 32 - 2], [2 ** 32 - 1], [3037000498], [3037000499]] },
  );
});

test("cosine and sine agree with Math.cos and Math.sin to 1e-15", () => {
  expect(portableCosSin(0)).toEqual([1, 0]);
  fc.assert(
    fc.property(word, (bits) => {
      // 2 pi turns, the argument of the reference, is itself rounded by up to 4.4e-16.
      const turns = bits * 2 ** -32;
      const [cosine, sine] = portableCosSin(turns);
      expect(Math.abs(cosine - Math.cos(2 * Math.PI * turns))).toBeLessThanOrEqual(1.5e-15);
      expect(Math.abs(sine - Math.sin(2 * Math.PI * turns))).toBeLessThanOrEqual(1.5e-15);
      expect(Math.abs(cosine * cosine + sine * sine - 1)).toBeLessThanOrEqual(1e-15);
    }),
    {
      numRuns: 2000,
      examples: [[2 ** 29], [2 ** 30], [3 * 2 ** 29], [2 ** 31], [3 * 2 ** 30], [7 * 2 ** 29]],
    },
  );
});

test("quarters of a turn are exact", () => {
  expect(portableCosSin(0.25).map((x) => x + 0)).toEqual([0, 1]);
  expect(portableCosSin(0.5).map((x) => x + 0)).toEqual([-1, 0]);
  expect(portableCosSin(0.75).map((x) => x + 0)).toEqual([0, -1]);
});
