/** The plane that shows most of how the means of a mixture lie. */

/** Two axes in latent space. */
export interface LatentPlane {
  /** [2, d], orthonormal rows. */
  readonly axes: Float64Array;
  /** [d], what lies at the origin. */
  readonly centre: Float64Array;
}

/** Rounds of the power iteration: its picture need not be exact. */
const ROUNDS = 60;

/**
 * The first two principal axes of the means. In two dimensions the plane itself, so that nothing turns.
 *
 * @param means - [k, d], d at least 2
 */
export function latentPlane(means: ArrayLike<number>, k: number): LatentPlane {
  const d = means.length / k;
  const centre = new Float64Array(d);
  const axes = new Float64Array(2 * d);
  axes[0] = 1;
  axes[d + 1] = 1;
  if (d === 2) return { axes, centre };
  for (let i = 0; i < means.length; i++) centre[i % d] = centre[i % d]! + means[i]! / k;
  const off = Float64Array.from({ length: means.length }, (_, i) => means[i]! - centre[i % d]!);
  for (let axis = 0; axis < 2; axis++) {
    const row = axes.subarray(axis * d, (axis + 1) * d);
    // Not along one coordinate, where a difference of zero would hold it.
    row.forEach((_, j) => {
      row[j] = 1 + ((7 * j + 3 * axis) % 5);
    });
    for (let round = 0; round < ROUNDS; round++) {
      const next = new Float64Array(d);
      for (let i = 0; i < k; i++) {
        const mean = off.subarray(i * d, (i + 1) * d);
        const along = dot(mean, row);
        for (let j = 0; j < d; j++) next[j] = next[j]! + along * mean[j]!;
      }
      if (dot(next, next) > 1e-12) row.set(next);
      if (axis === 1) removeFrom(row, axes.subarray(0, d));
      scale(row);
    }
  }
  return { axes, centre };
}

/** @returns [n, 2], where codes [n, d] lie in the plane */
export function project({ axes, centre }: LatentPlane, codes: ArrayLike<number>): Float32Array {
  const d = centre.length;
  const count = codes.length / d;
  const points = new Float32Array(2 * count);
  for (let i = 0; i < count; i++)
    for (let axis = 0; axis < 2; axis++) {
      let sum = 0;
      for (let j = 0; j < d; j++) sum += (codes[i * d + j]! - centre[j]!) * axes[axis * d + j]!;
      points[2 * i + axis] = sum;
    }
  return points;
}

/** The code in the plane at a point of it. */
export function lift({ axes, centre }: LatentPlane, x: number, y: number): Float32Array {
  const d = centre.length;
  return Float32Array.from(centre, (c, j) => c + x * axes[j]! + y * axes[d + j]!);
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

function removeFrom(row: Float64Array, unit: Float64Array): void {
  const along = dot(row, unit);
  row.forEach((value, j) => {
    row[j] = value - along * unit[j]!;
  });
}

function scale(row: Float64Array): void {
  const length = Math.sqrt(dot(row, row));
  if (length > 0)
    row.forEach((value, j) => {
      row[j] = value / length;
    });
}
