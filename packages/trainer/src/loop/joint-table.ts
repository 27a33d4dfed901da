/** How the clusters of images and of their other views go together, and what one says of the other. */

/** P = sym(p^T p') / n: the share of pairs of views in clusters i and j, [k, k], symmetric, sums to 1. */
export interface JointTable {
  readonly k: number;
  readonly shares: Float64Array;
}

/**
 * @param first - probabilities [n, k] of the images
 * @param second - probabilities [n, k] of their other views
 */
export function jointTable(first: Float32Array, second: Float32Array, k: number): JointTable {
  const n = first.length / k;
  const shares = new Float64Array(k * k);
  for (let row = 0; row < n; row++)
    for (let i = 0; i < k; i++)
      for (let j = 0; j < k; j++) {
        const p = (first[row * k + i]! * second[row * k + j]!) / (2 * n);
        shares[i * k + j]! += p;
        shares[j * k + i]! += p;
      }
  return { k, shares };
}

/** The mean of tables of the same k. */
export function meanTable(tables: readonly JointTable[]): JointTable {
  const { k, shares } = tables[0]!;
  return {
    k,
    shares: shares.map((_, at) => tables.reduce((sum, table) => sum + table.shares[at]!, 0) / tables.length),
  };
}

/** Share of each cluster, [k]. */
export function sizesOf({ k, shares }: JointTable): Float64Array {
  return Float64Array.from({ length: k }, (_, i) =>
    shares.subarray(i * k, (i + 1) * k).reduce((a, b) => a + b, 0),
  );
}

/** Mutual information of both views' clusters, I = sum_ij P_ij log(P_ij / (P_i P_j)), in nats. */
export function informationOf(table: JointTable): number {
  const { k, shares } = table;
  const sizes = sizesOf(table);
  return shares.reduce((sum, p, at) => {
    const even = sizes[Math.floor(at / k)]! * sizes[at % k]!;
    return p > 0 ? sum + p * Math.log(p / even) : sum;
  }, 0);
}
