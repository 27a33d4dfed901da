/** New points to the centres of a k-means. */

/**
 * The centre of least squared distance for each row; of equal ones the first.
 *
 * @param values - [count, dim]
 * @param centres - [k, dim]
 * @returns [count], 0..k-1
 */
export function nearestCentres(
  values: Uint8Array | Float32Array,
  dim: number,
  centres: Float32Array,
): Int32Array {
  const clusters = new Int32Array(values.length / dim);
  for (let i = 0; i < clusters.length; i++) {
    let least = Number.POSITIVE_INFINITY;
    for (let c = 0; c < centres.length / dim; c++) {
      let distance = 0;
      for (let j = 0; j < dim && distance < least; j++)
        distance += (values[i * dim + j]! - centres[c * dim + j]!) ** 2;
      if (distance >= least) continue;
      least = distance;
      clusters[i] = c;
    }
  }
  return clusters;
}
