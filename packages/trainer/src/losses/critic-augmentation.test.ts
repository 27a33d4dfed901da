import { describe, expect, it } from "vitest";
import { centralDifferences, expectClose } from "../testing/differences.js";
import { tf } from "../testing/gradients.js";
import { augmentForCritic, CRITIC_DRAWS, criticAugments } from "./critic-augmentation.js";

const off = { criticShift: 0, criticLight: 0, criticCutout: 0 };
/** Draws of one picture: down, right, gain, contrast, row, column. */
const draws = (...values: number[]) =>
  tf.tensor2d([...values, ...Array(CRITIC_DRAWS).fill(0)].slice(0, 6), [1, 6]);
const picture = (values: number[], side: number, channels = 1) =>
  tf.tensor4d(values, [1, side, side, channels]);
const ramp = (side: number, channels = 1) =>
  Array.from({ length: side * side * channels }, (_, i) => Math.sin(1 + 2 * i) / 2);

describe("augmentForCritic", () => {
  it("with all amplitudes 0 hands the picture on", () => {
    const x = picture(ramp(4), 4);
    expect(augmentForCritic(off, x, draws(1, 1, 1, 1, 1, 1))).toBe(x);
    expect(criticAugments(off)).toBe(false);
    expect(criticAugments({ ...off, criticCutout: 0.1 })).toBe(true);
  });

  it("shifts by whole pixels exactly, down and right, grey from outside", () => {
    const x = ramp(4, 3);
    // .25 of a side of 4 is one pixel; draw 1 moves it down by one, draw -1 to the left by one.
    const moved = augmentForCritic({ ...off, criticShift: 0.25 }, picture(x, 4, 3), draws(1, -1)).dataSync();
    const at = (row: number, column: number, channel: number) => x[(row * 4 + column) * 3 + channel]!;
    for (let row = 0; row < 4; row++)
      for (let column = 0; column < 4; column++)
        for (let channel = 0; channel < 3; channel++) {
          const wanted = row === 0 || column === 3 ? 0 : at(row - 1, column + 1, channel);
          expect(moved[(row * 4 + column) * 3 + channel]).toBeCloseTo(wanted, 6);
        }
  });

  it("half a pixel is the mean of two", () => {
    const x = ramp(4);
    const moved = augmentForCritic({ ...off, criticShift: 0.25 }, picture(x, 4), draws(0, 0.5)).dataSync();
    expect(moved[1]).toBeCloseTo((x[0]! + x[1]!) / 2, 6);
    expect(moved[0]).toBeCloseTo(x[0]! / 2, 6);
  });

  it("light adds the gain and stretches about the mean: (x - m) 1.5 + m + .25", () => {
    const x = ramp(3);
    const mean = x.reduce((a, b) => a + b, 0) / 9;
    const lit = augmentForCritic({ ...off, criticLight: 0.5 }, picture(x, 3), draws(0, 0, 0.5, 1)).dataSync();
    expectClose(
      lit,
      x.map((v) => (v - mean) * 1.5 + mean + 0.25),
    );
  });

  it("cuts a square of the asked share about its centre", () => {
    const ones = picture(Array(64).fill(1), 8);
    // draws of -1: the centre is the first pixel; half of 4 pixels reach from it: 2 pixels, the last half covered
    const cut = augmentForCritic({ ...off, criticCutout: 0.5 }, ones, draws(0, 0, 0, 0, -1, -1)).dataSync();
    const covered = [1, 1, 0.5, 0, 0, 0, 0, 0];
    for (let row = 0; row < 8; row++)
      for (let column = 0; column < 8; column++)
        expect(cut[row * 8 + column]).toBeCloseTo(1 - covered[row]! * covered[column]!, 6);
  });

  it("treats each picture by its own draws", () => {
    const two = tf.concat([picture(ramp(4), 4), picture(ramp(4), 4)]);
    const mixed = tf.concat([draws(), draws(1, 0.3, -0.4, 0.2, 0.5, 0.1)]) as never;
    const all = { criticShift: 0.2, criticLight: 0.4, criticCutout: 0.25 };
    const both = augmentForCritic(all, two, mixed).dataSync();
    const alone = augmentForCritic(all, picture(ramp(4), 4), draws(1, 0.3, -0.4, 0.2, 0.5, 0.1)).dataSync();
    expectClose(both.slice(16), alone);
    expect(both.slice(0, 16)).not.toEqual(both.slice(16));
  });

  it("has the gradient of central differences, so that G learns through it", () => {
    const all = { criticShift: 0.3, criticLight: 0.4, criticCutout: 0.4 };
    const by = draws(0.7, -0.6, 0.3, -0.5, 0.2, -0.3);
    const weights = tf.tensor4d(
      ramp(4, 3).map((v) => v + 0.3),
      [1, 4, 4, 3],
    );
    const f = (x: never) => tf.sum(tf.mul(augmentForCritic(all, tf.reshape(x, [1, 4, 4, 3]), by), weights));
    const at = ramp(4, 3);
    const gradient = tf
      .grad(f as never)(tf.tensor1d(at))
      .dataSync();
    const value = (x: number[]) =>
      (f(tf.tensor1d(x) as never) as unknown as { dataSync(): Float32Array }).dataSync()[0]!;
    // Linear in the picture: differences of any width are exact but for rounding.
    expectClose(gradient, centralDifferences(value, at, 0.5), { absolute: 1e-4 });
  });
});
