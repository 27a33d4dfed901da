/** The part of a plane that a square panel shows. */

export interface SquareRange {
  /** Centre. */
  readonly x: number;
  readonly y: number;
  /** Half of the side. */
  readonly half: number;
}

/**
 * The smallest square about the middle of all points, with some air.
 *
 * @param points - [n, 2], n at least 1
 * @param air - by how much the square is larger, as a factor. Default 1.15
 */
export function squareRange(points: ArrayLike<number>, air = 1.15): SquareRange {
  let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let at = 0; at < points.length; at += 2) {
    left = Math.min(left, points[at]!);
    right = Math.max(right, points[at]!);
    low = Math.min(low, points[at + 1]!);
    high = Math.max(high, points[at + 1]!);
  }
  const half = (Math.max(right - left, high - low) / 2) * air || 1;
  return { x: (left + right) / 2, y: (low + high) / 2, half };
}

/** Middles of the cells of a grid over the square: [side * side, 2], rows from below, x fastest. */
export function gridOver({ x, y, half }: SquareRange, side: number): Float32Array {
  const points = new Float32Array(side * side * 2);
  const at = (i: number) => ((2 * i + 1) / side - 1) * half;
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++)
      points.set([x + at(column), y + at(row)], 2 * (row * side + column));
  return points;
}
