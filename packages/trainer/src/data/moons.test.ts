import { ArgumentError } from "@mmgan/core";
import { expect, test } from "vitest";
import { loadDataset } from "./load.js";
import { MOONS_NOISE, makeMoons } from "./moons.js";

const clean = (count: number) => makeMoons({ count, noise: 0, shuffle: false });

function expectPoints(points: Float32Array, wanted: readonly (readonly [number, number])[]): void {
  expect(points.length).toBe(wanted.length * 2);
  // float32 around 1 is exact to 2^-24 = 6e-8.
  wanted.flat().forEach((value, index) => {
    expect(points[index], `coordinate ${index}`).toBeCloseTo(value, 6);
  });
}

test("six points without noise lie at the ends and tops of the two half circles", () => {
  const { points, labels } = clean(6);
  expectPoints(points, [
    [1, 0],
    [0, 1],
    [-1, 0],
    [1 - 1, 1 - 0 - 0.5],
    [1 - 0, 1 - 1 - 0.5],
    [1 + 1, 1 - 0 - 0.5],
  ]);
  expect([...labels]).toEqual([0, 0, 0, 1, 1, 1]);
});

test("an odd count gives the inner moon one more, at thirds of the half circle", () => {
  const { points, labels } = clean(7);
  const height = Math.sqrt(3) / 2; // sin(pi / 3)
  expectPoints(points, [
    [1, 0],
    [0, 1],
    [-1, 0],
    [1 - 1, 0.5],
    [1 - 0.5, 1 - height - 0.5],
    [1 + 0.5, 1 - height - 0.5],
    [1 + 1, 0.5],
  ]);
  expect([...labels]).toEqual([0, 0, 0, 1, 1, 1, 1]);
});

test("two points are the starts of the moons, as linspace(0, pi, 1) is 0", () => {
  expectPoints(clean(2).points, [
    [1, 0],
    [0, 0.5],
  ]);
});

test("shuffling moves points with their labels and changes none", () => {
  const rows = ({ points, labels }: { points: Float32Array; labels: Int32Array }) =>
    Array.from(labels, (label, row) => `${points[row * 2]} ${points[row * 2 + 1]} ${label}`);
  const shuffled = rows(makeMoons({ count: 101, noise: 0 }));
  expect(shuffled).not.toEqual(rows(clean(101)));
  expect(shuffled.sort()).toEqual(rows(clean(101)).sort());
});

test("noise is Gaussian with the stated deviation on each coordinate", () => {
  const count = 20_000;
  const exact = clean(count).points;
  const noisy = makeMoons({ count, shuffle: false }).points;
  for (const axis of [0, 1]) {
    const offsets = Array.from(
      { length: count },
      (_, row) => noisy[row * 2 + axis]! - exact[row * 2 + axis]!,
    );
    const mean = offsets.reduce((sum, offset) => sum + offset, 0) / count;
    const variance = offsets.reduce((sum, offset) => sum + (offset - mean) ** 2, 0) / count;
    const within = offsets.filter((offset) => Math.abs(offset) < MOONS_NOISE).length / count;
    // Five standard errors: of the mean s / sqrt(n), of the deviation s / sqrt(2 n), of a share sqrt(p (1 - p) / n).
    expect(Math.abs(mean)).toBeLessThan((5 * MOONS_NOISE) / Math.sqrt(count));
    expect(Math.abs(Math.sqrt(variance) - MOONS_NOISE)).toBeLessThan(
      (5 * MOONS_NOISE) / Math.sqrt(2 * count),
    );
    expect(Math.abs(within - 0.6827)).toBeLessThan(5 * Math.sqrt((0.6827 * 0.3173) / count));
  }
});

test("train and test are 1000 points each, drawn apart, and the same for the same seed", async () => {
  const train = await loadDataset("moons", { labels: true });
  const held = await loadDataset("moons", { split: "test" });
  const all = await loadDataset("moons", { split: "all" });
  expect([train.count, held.count, all.count]).toEqual([1000, 1000, 2000]);
  expect([...all.points!]).toEqual([...train.points!, ...held.points!]);
  const xs = new Set(train.points!.filter((_, index) => index % 2 === 0));
  expect(held.points!.filter((x, index) => index % 2 === 0 && xs.has(x)).length).toBeLessThan(3);
  expect((await loadDataset("moons")).points).toEqual(train.points);
  expect((await loadDataset("moons", { seed: 1 })).points).not.toEqual(train.points);
  expect(train.labels!.reduce((sum, label) => sum + label, 0)).toBe(500);
  expect(train.classNames).toEqual(["outer", "inner"]);
  expect(held.labels).toBeUndefined();
});

test.each([
  [{ count: 1 }, "Expected an integer of at least 2 for count of moons but received 1."],
  [{ count: 2.5 }, "Expected an integer of at least 2 for count of moons but received 2.5."],
  [{ count: 4, noise: -0.1 }, "Expected a number of at least 0 for noise of moons but received -0.1."],
])("refuses %j", (options, message) => {
  expect(() => makeMoons(options)).toThrow(new ArgumentError(message));
});
