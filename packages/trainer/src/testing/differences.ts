/** Tests only: central differences in float64, and a comparison that names the worst entry. */

/** d f / d x_i by central differences, float64. */
export function centralDifferences(f: (x: number[]) => number, x: number[], h = 1e-5): number[] {
  return x.map((_, i) => {
    const at = (delta: number) => f(x.map((value, j) => (j === i ? value + delta : value)));
    return (at(h) - at(-h)) / (2 * h);
  });
}

/** Throws when any |a - b| > absolute + relative * |b|, naming the worst entry. NaN never passes. */
export function expectClose(
  actual: ArrayLike<number>,
  wanted: ArrayLike<number>,
  { absolute = 1e-5, relative = 1e-4 }: { absolute?: number; relative?: number } = {},
  what = "value",
): void {
  if (actual.length !== wanted.length)
    throw new Error(`${what}: ${actual.length} entries, wanted ${wanted.length}`);
  let worst = -1;
  let excess = 0;
  for (let i = 0; i < wanted.length; i++) {
    const over = Math.abs(actual[i]! - wanted[i]!) - (absolute + relative * Math.abs(wanted[i]!));
    if (!(over <= excess)) {
      worst = i;
      excess = over;
      if (Number.isNaN(over)) break;
    }
  }
  if (worst >= 0)
    throw new Error(
      `${what}: entry ${worst} is ${actual[worst]}, wanted ${wanted[worst]} (over by ${excess})`,
    );
}
