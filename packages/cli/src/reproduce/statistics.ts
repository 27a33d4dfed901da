/** What a table says of several seeds. */

export interface Summary {
  readonly mean: number;
  /** Of the sample, divided by n - 1; null for one value. */
  readonly sd: number | null;
  readonly worst: number;
}

/**
 * Mean, standard deviation and worst of scores.
 *
 * @param values - at least 1
 * @param worst - which of them is the worst; default the least, where more is better
 */
export function summarise(
  values: readonly number[],
  worst: (...values: number[]) => number = Math.min,
): Summary {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: n > 1 ? Math.sqrt(squares / (n - 1)) : null, worst: worst(...values) };
}
