/** Rows of row-major tables. */

/** Rows `indices` of a table, in their order: [indices.length, width] from [n, width], of the same type. */
export function takeRows<T extends Uint8Array | Float32Array>(
  rows: T,
  width: number,
  indices: ArrayLike<number>,
): T {
  const size = indices.length * width;
  const taken = (rows instanceof Uint8Array ? new Uint8Array(size) : new Float32Array(size)) as T;
  for (let row = 0; row < indices.length; row++) {
    const from = indices[row]! * width;
    taken.set(rows.subarray(from, from + width), row * width);
  }
  return taken;
}
