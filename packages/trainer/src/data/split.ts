/** The split of sets that were published without one: every fifth sample is test, whatever its class. */

import type { Split } from "./dataset.js";

/** One sample of this many is held out. */
export const HELD_OUT_EVERY = 5;

/**
 * Which samples of a set without a published split belong to `split`, in file order.
 * Test is every index with `index % 5 === 4` (the 5th, 10th, ...), train the other four fifths, "all" everything.
 * The index runs over the whole set, not over each class, so that it needs no labels.
 *
 * @param count - samples in the whole set, >= 0
 * @returns ascending indices into the whole set
 */
export function splitIndices(count: number, split: Split): Int32Array {
  const indices: number[] = [];
  for (let index = 0; index < count; index++) {
    const heldOut = index % HELD_OUT_EVERY === HELD_OUT_EVERY - 1;
    if (split === "all" || heldOut === (split === "test")) indices.push(index);
  }
  return Int32Array.from(indices);
}
