import { expect, test } from "vitest";
import { philox4x32 } from "./philox.js";

/** Known answers that Random123 publishes for ten rounds (its tests/kat_vectors, "philox4x32 10"). */
test.each([
  {
    counter: [0, 0, 0, 0],
    key: [0, 0],
    words: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  },
  {
    counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    key: [0xffffffff, 0xffffffff],
    words: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  },
  {
    // The first digits of pi.
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    key: [0xa4093822, 0x299f31d0],
    words: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  },
])("Philox4x32-10 of counter $counter and key $key is Random123's", ({ counter, key, words }) => {
  const given = Uint32Array.from(counter);
  const out = new Uint32Array(4);
  philox4x32(given, key[0]!, key[1]!, out);
  expect([...out]).toEqual(words);
  expect([...given]).toEqual(counter);
});

test("one flipped bit of counter or key changes about half of the 128 bits", () => {
  const counter = Uint32Array.of(1, 2, 3, 4);
  const [a, b] = [new Uint32Array(4), new Uint32Array(4)];
  philox4x32(counter, 5, 6, a);
  const flips = [
    () => philox4x32(Uint32Array.of(1 ^ 1, 2, 3, 4), 5, 6, b),
    () => philox4x32(Uint32Array.of(1, 2, 3, 4 ^ 0x80000000), 5, 6, b),
    () => philox4x32(counter, 5 ^ 1, 6, b),
    () => philox4x32(counter, 5, 6 ^ 0x80000000, b),
  ];
  for (const flip of flips) {
    flip();
    let changed = 0;
    a.forEach((word, i) => {
      changed += ones(word ^ b[i]!);
    });
    // Binomial(128, 1/2): mean 64, standard deviation 5.7; 5 of those on either side.
    expect(changed).toBeGreaterThan(36);
    expect(changed).toBeLessThan(92);
  }
});

function ones(word: number): number {
  let count = 0;
  for (let bit = 0; bit < 32; bit++) count += (word >>> bit) & 1;
  return count;
}
