/** How well clusters agree with labels. Names of labels and clusters are integers; none of the scores depends on them. */

import { minimumAssignment } from "./assignment.js";
import { ArgumentError, expected, ShapeError } from "./errors.js";

/** Counts of every pair of label and cluster. */
export interface ConfusionMatrix {
  /** The labels that occur, ascending; one row each. */
  readonly rows: readonly number[];
  /** The clusters that occur, ascending; one column each. */
  readonly columns: readonly number[];
  /** [rows, columns]: how many items have that label and that cluster; sums to n. */
  readonly counts: Int32Array;
}

/** All scores of one clustering. */
export interface ClusteringScores {
  /** Number of items. */
  readonly n: number;
  /** Number of clusters that are not empty. */
  readonly clusters: number;
  readonly nmi: number;
  readonly ari: number;
  readonly purity: number;
  /** Hungarian accuracy. */
  readonly accuracy: number;
}

/**
 * @param labels - [n], the true classes, integers
 * @param clusters - [n], what was assigned, integers
 * @throws ShapeError when the lengths differ, ArgumentError when they are empty or hold anything but integers
 */
export function confusionMatrix(labels: ArrayLike<number>, clusters: ArrayLike<number>): ConfusionMatrix {
  if (labels.length !== clusters.length)
    throw new ShapeError(expected(`${labels.length} values, one a label,`, "clusters", clusters.length));
  if (labels.length === 0) throw new ArgumentError(expected("at least 1 value", "labels", 0));
  const rows = distinct(labels, "label");
  const columns = distinct(clusters, "cluster");
  const rowOf = new Map(rows.map((label, row) => [label, row]));
  const columnOf = new Map(columns.map((cluster, column) => [cluster, column]));
  const counts = new Int32Array(rows.length * columns.length);
  for (let i = 0; i < labels.length; i++) {
    const cell = rowOf.get(labels[i]!)! * columns.length + columnOf.get(clusters[i]!)!;
    counts[cell] = counts[cell]! + 1;
  }
  return { rows, columns, counts };
}

function distinct(values: ArrayLike<number>, name: string): number[] {
  const seen = new Set<number>();
  for (let i = 0; i < values.length; i++) {
    if (!Number.isInteger(values[i]))
      throw new ArgumentError(expected("an integer", `${name} ${i}`, values[i]));
    seen.add(values[i]!);
  }
  return [...seen].sort((a, b) => a - b);
}

/** Sums of the rows, of the columns and of everything. */
function margins({ rows, columns, counts }: ConfusionMatrix) {
  const rowSums = new Float64Array(rows.length);
  const columnSums = new Float64Array(columns.length);
  counts.forEach((count, cell) => {
    const row = Math.floor(cell / columns.length);
    const column = cell % columns.length;
    rowSums[row] = rowSums[row]! + count;
    columnSums[column] = columnSums[column]! + count;
  });
  return { rowSums, columnSums, n: rowSums.reduce((sum, count) => sum + count, 0) };
}

/** -sum p ln p of counts that sum to n, in nats; an empty class adds 0. */
function entropy(counts: Float64Array, n: number): number {
  return counts.reduce((sum, count) => (count === 0 ? sum : sum - (count / n) * Math.log(count / n)), 0);
}

/**
 * Mutual information of labels and clusters over the arithmetic mean of their entropies, from 0 to 1. 1 when both put all
 * items together, as scikit-learn has it.
 *
 * @throws ShapeError, ArgumentError as `confusionMatrix`
 */
export function normalizedMutualInformation(labels: ArrayLike<number>, clusters: ArrayLike<number>): number {
  return nmiOf(confusionMatrix(labels, clusters));
}

function nmiOf(matrix: ConfusionMatrix): number {
  const { rowSums, columnSums, n } = margins(matrix);
  if (rowSums.length === 1 && columnSums.length === 1) return 1;
  let information = 0;
  matrix.counts.forEach((count, cell) => {
    const row = rowSums[Math.floor(cell / columnSums.length)]!;
    const column = columnSums[cell % columnSums.length]!;
    if (count > 0) information += (count / n) * Math.log((count / row) * (n / column));
  });
  const mean = (entropy(rowSums, n) + entropy(columnSums, n)) / 2;
  return Math.min(1, Math.max(0, information / mean)); // rounding may leave it an ulp outside
}

/**
 * Rand index adjusted for chance (Hubert & Arabie 1985): 1 for equal partitions, about 0 for independent ones, at least
 * -0.5.
 *
 * @throws ShapeError, ArgumentError as `confusionMatrix`
 */
export function adjustedRandIndex(labels: ArrayLike<number>, clusters: ArrayLike<number>): number {
  return ariOf(confusionMatrix(labels, clusters));
}

function ariOf(matrix: ConfusionMatrix): number {
  const { rowSums, columnSums, n } = margins(matrix);
  const pairs = (counts: Float64Array | Int32Array) => {
    let sum = 0;
    for (const count of counts) sum += (count * (count - 1)) / 2;
    return sum;
  };
  const together = pairs(matrix.counts);
  const inRows = pairs(rowSums);
  const inColumns = pairs(columnSums);
  if (inRows === together && inColumns === together) return 1; // equal partitions, also all alone or all together
  const byChance = (inRows * inColumns) / ((n * (n - 1)) / 2);
  return (together - byChance) / ((inRows + inColumns) / 2 - byChance);
}

/**
 * Share of items that have the most frequent label of their cluster, from 1 / n to 1. The MMGAN paper calls this ACC. It
 * grows with the number of clusters; read it beside the Hungarian accuracy.
 *
 * @throws ShapeError, ArgumentError as `confusionMatrix`
 */
export function purity(labels: ArrayLike<number>, clusters: ArrayLike<number>): number {
  return purityOf(confusionMatrix(labels, clusters));
}

function purityOf(matrix: ConfusionMatrix): number {
  const largest = new Float64Array(matrix.columns.length);
  matrix.counts.forEach((count, cell) => {
    const column = cell % matrix.columns.length;
    largest[column] = Math.max(largest[column]!, count);
  });
  return largest.reduce((sum, count) => sum + count, 0) / margins(matrix).n;
}

/**
 * Share of items that are right when each cluster stands for at most one label and each label for at most one cluster,
 * under the best such pairing, from 1 / n to 1.
 *
 * @throws ShapeError, ArgumentError as `confusionMatrix`
 */
export function hungarianAccuracy(labels: ArrayLike<number>, clusters: ArrayLike<number>): number {
  return accuracyOf(confusionMatrix(labels, clusters));
}

function accuracyOf(matrix: ConfusionMatrix): number {
  const { rows, columns, counts } = matrix;
  const columnOfRow = minimumAssignment(
    counts.map((count) => -count),
    rows.length,
    columns.length,
  );
  let right = 0;
  columnOfRow.forEach((column, row) => {
    if (column !== -1) right += counts[row * columns.length + column]!;
  });
  return right / margins(matrix).n;
}

/**
 * All scores at once, from one confusion matrix.
 *
 * @throws ShapeError, ArgumentError as `confusionMatrix`
 */
export function scoreClustering(labels: ArrayLike<number>, clusters: ArrayLike<number>): ClusteringScores {
  const matrix = confusionMatrix(labels, clusters);
  return {
    n: labels.length,
    clusters: matrix.columns.length,
    nmi: nmiOf(matrix),
    ari: ariOf(matrix),
    purity: purityOf(matrix),
    accuracy: accuracyOf(matrix),
  };
}
