/** Small dense linear algebra in float64: orthonormal bases and eigenvectors of symmetric matrices. */

/** Below this share of its length a vector counts as lying in the span of those before it. */
const DEPENDENT = 1e-10;

/**
 * Makes the `n` rows of `vectors`, [n, dim], orthonormal in place (Gram-Schmidt, twice). A row in the span of those
 * before it becomes 0.
 */
export function orthonormalise(vectors: Float64Array, n: number, dim: number): void {
  for (let i = 0; i < n; i++) {
    const vector = vectors.subarray(i * dim, (i + 1) * dim);
    const before = norm(vector);
    for (let pass = 0; pass < 2; pass++)
      for (let j = 0; j < i; j++) {
        const other = vectors.subarray(j * dim, (j + 1) * dim);
        let dot = 0;
        for (let c = 0; c < dim; c++) dot += vector[c]! * other[c]!;
        for (let c = 0; c < dim; c++) vector[c]! -= dot * other[c]!;
      }
    const length = norm(vector);
    const scale = length > DEPENDENT * before ? 1 / length : 0;
    for (let c = 0; c < dim; c++) vector[c]! *= scale;
  }
}

function norm(vector: Float64Array): number {
  let squares = 0;
  for (const x of vector) squares += x * x;
  return Math.sqrt(squares);
}

/**
 * All eigenvalues and eigenvectors of a symmetric matrix by cyclic Jacobi rotations (Golub & Van Loan, section 8.5),
 * for matrices of up to a few hundred rows.
 *
 * @param matrix - [n, n], symmetric
 * @returns values [n], descending; vectors [n, n], row i belonging to value i
 */
export function largestEigenvectors(matrix: Float64Array, n: number) {
  const a = matrix.slice();
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  const total = norm(a);
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) off += a[p * n + q]! ** 2;
    if (Math.sqrt(2 * off) <= 1e-15 * total) break;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, v, n, p, q);
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => a[j * n + j]! - a[i * n + i]! || i - j);
  const values = Float64Array.from(order, (i) => a[i * n + i]!);
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => {
    vectors.set(v.subarray(from * n, (from + 1) * n), to * n);
  });
  return { values, vectors };
}

/** One Jacobi rotation: makes a[p, q] zero; rows of `v` gather the eigenvectors. */
function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const apq = a[p * n + q]!;
  if (apq === 0) return;
  const theta = (a[q * n + q]! - a[p * n + p]!) / (2 * apq);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let i = 0; i < n; i++) {
    const ip = a[i * n + p]!;
    const iq = a[i * n + q]!;
    a[i * n + p] = c * ip - s * iq;
    a[i * n + q] = s * ip + c * iq;
  }
  for (let i = 0; i < n; i++) {
    const pi = a[p * n + i]!;
    const qi = a[q * n + i]!;
    a[p * n + i] = c * pi - s * qi;
    a[q * n + i] = s * pi + c * qi;
    const vp = v[p * n + i]!;
    const vq = v[q * n + i]!;
    v[p * n + i] = c * vp - s * vq;
    v[q * n + i] = s * vp + c * vq;
  }
}
