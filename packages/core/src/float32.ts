/** Numbers as a float32 column holds them, and as a person reads them. */

/**
 * The decimal of fewest digits that is nearest to no other float32 than `value` rounded to one: 0.1 for
 * 0.10000000149011612. Infinities, NaN and 0 as they are; -0 becomes 0.
 */
export function shortFloat32(value: number): number {
  const rounded = Math.fround(value);
  if (rounded === 0 || !Number.isFinite(rounded)) return rounded + 0;
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(rounded.toPrecision(digits));
    if (Math.fround(short) === rounded) return short;
  }
  return Number(rounded.toPrecision(9)); // nine digits tell any two float32 apart
}
