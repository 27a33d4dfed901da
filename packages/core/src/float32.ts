/** Numbers as a float32 column holds them, and as a person reads them. */

/** 10^0 .. 10^12, exact. */
const POWERS = Float64Array.from({ length: 13 }, (_, i) => Number(`1e${i}`));

/**
 * The decimal of fewest digits that is nearest to no other float32 than `value` rounded to one: 0.1 for
 * 0.10000000149011612. Infinities, NaN and 0 as they are; -0 becomes 0.
 */
export function shortFloat32(value: number): number {
  const rounded = Math.fround(value);
  if (rounded === 0 || !Number.isFinite(rounded)) return rounded + 0;
  const size = Math.abs(rounded);
  // Of numbers of everyday size decimals are made by arithmetic, thrice as fast as through text: an integer below 2^53
  // over a power of ten that is exact, so the quotient is the number that the decimal's text stands for.
  if (size >= 1e-5 && size < 1e5) {
    let decimals = 5;
    for (let limit = 1; size < limit; limit /= 10) decimals++;
    for (let limit = 10; size >= limit; limit *= 10) decimals--;
    for (const end = decimals + 3; decimals < end; decimals++) {
      const power = POWERS[decimals]!;
      const short = Math.round(size * power) / power;
      if (Math.fround(short) === size) return Math.sign(rounded) * short;
    }
  }
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(rounded.toPrecision(digits));
    if (Math.fround(short) === rounded) return short;
  }
  return Number(rounded.toPrecision(9)); // nine digits tell any two float32 apart
}
