/**
 * Logarithm and sine of the random numbers, by additions and multiplications alone: ECMAScript leaves the last bits of
 * `Math.log`, `Math.sin` and `Math.cos` to the engine, and the same seed must give the same bytes on every engine.
 */

const LN2_HIGH = 0.6931471803691238; // ln 2 rounded to 32 bits, so that exponent * LN2_HIGH is exact
const LN2_LOW = 1.9082149292705877e-10;

/**
 * Natural logarithm of x in (0, 1], relative error below 1e-15: x = m 2^e with m in (sqrt(1/2), sqrt(2)], and
 * ln m = 2 atanh(s) = 2 (s + s^3/3 + s^5/5 + ...), s = (m - 1) / (m + 1), |s| < .172.
 */
export function portableLog(x: number): number {
  let mantissa = x;
  let exponent = 0;
  while (mantissa <= Math.SQRT1_2) {
    mantissa *= 2;
    exponent--;
  }
  const s = (mantissa - 1) / (mantissa + 1);
  const s2 = s * s;
  let series = 0;
  for (let power = 21; power >= 3; power -= 2) series = (series + 1 / power) * s2;
  return exponent * LN2_HIGH + (2 * s + (2 * s * series + exponent * LN2_LOW));
}

/** sin(x) and cos(x) for |x| <= pi / 4 by their Taylor series; the first term left out is below 1e-17. */
function sineSeries(x: number): number {
  const x2 = x * x;
  let sum = 1;
  for (let k = 17; k >= 3; k -= 2) sum = 1 - (x2 / (k * (k - 1))) * sum;
  return x * sum;
}

function cosineSeries(x: number): number {
  const x2 = x * x;
  let sum = 1;
  for (let k = 16; k >= 2; k -= 2) sum = 1 - (x2 / (k * (k - 1))) * sum;
  return sum;
}

/**
 * cos(2 pi turns) and sin(2 pi turns), absolute error below 1e-15.
 *
 * @param turns - in [0, 1), a multiple of 2^-32, so that the reduction to an eighth of a turn is exact
 */
export function portableCosSin(turns: number): [cosine: number, sine: number] {
  const quarter = Math.round(turns * 4);
  const x = 2 * Math.PI * (turns - quarter / 4);
  const cosine = cosineSeries(x);
  const sine = sineSeries(x);
  switch (quarter % 4) {
    case 0:
      return [cosine, sine];
    case 1:
      return [-sine, cosine];
    case 2:
      return [-cosine, -sine];
    default:
      return [sine, -cosine];
  }
}
