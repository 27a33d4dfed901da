/** The assignment problem: one column for each row at the smallest total cost. */

import { mustBeInteger } from "./check-argument.js";
import { ArgumentError, expected, ShapeError } from "./errors.js";

/**
 * The Hungarian method in its shortest-augmenting-path form (Jonker & Volgenant 1987): O(short^2 long) for a matrix whose
 * shorter side is `short`. All rows get a column, or all columns a row, whichever are fewer.
 *
 * @param costs - [rows, columns], finite
 * @returns [rows]: the column of each row, -1 for a row without one
 * @throws ShapeError when `costs` is not [rows, columns], ArgumentError for a cost that is not finite
 */
export function minimumAssignment(costs: ArrayLike<number>, rows: number, columns: number): Int32Array {
  mustBeInteger(rows, "rows", 0, 2 ** 31 - 1);
  mustBeInteger(columns, "columns", 0, 2 ** 31 - 1);
  if (costs.length !== rows * columns)
    throw new ShapeError(
      expected(`${rows * columns} values, shape [${rows}, ${columns}],`, "costs", costs.length),
    );
  for (let i = 0; i < costs.length; i++)
    if (!Number.isFinite(costs[i]))
      throw new ArgumentError(expected("a finite number", `cost ${i}`, costs[i]));
  if (rows > columns) return assignRows((column, row) => costs[row * columns + column]!, columns, rows);
  const columnOfRow = new Int32Array(rows);
  assignRows((row, column) => costs[row * columns + column]!, rows, columns).forEach((row, column) => {
    if (row !== -1) columnOfRow[row] = column;
  });
  return columnOfRow;
}

/**
 * Gives each of `short` a partner among `long` >= short. Each round grows a tree of tight edges from one unassigned row
 * until it meets a free column; the potentials keep every reduced cost at or above 0.
 *
 * @returns [long]: the row of each column, -1 for a column without one
 */
function assignRows(cost: (row: number, column: number) => number, short: number, long: number): Int32Array {
  const rowPotential = new Float64Array(short);
  const columnPotential = new Float64Array(long);
  const rowOf = new Int32Array(long).fill(-1);
  const previous = new Int32Array(long);
  const slack = new Float64Array(long);
  const reached = new Uint8Array(long);
  for (let start = 0; start < short; start++) {
    slack.fill(Number.POSITIVE_INFINITY);
    reached.fill(0);
    previous.fill(-1);
    let row = start;
    let column = -1; // the column through which `row` was reached; -1 at the root
    while (row !== -1) {
      let next = -1;
      for (let j = 0; j < long; j++) {
        if (reached[j]) continue;
        const reduced = cost(row, j) - rowPotential[row]! - columnPotential[j]!;
        if (reduced < slack[j]!) {
          slack[j] = reduced;
          previous[j] = column;
        }
        if (next === -1 || slack[j]! < slack[next]!) next = j;
      }
      const delta = slack[next]!;
      rowPotential[start] = rowPotential[start]! + delta;
      for (let j = 0; j < long; j++)
        if (reached[j]) {
          rowPotential[rowOf[j]!] = rowPotential[rowOf[j]!]! + delta;
          columnPotential[j] = columnPotential[j]! - delta;
        } else slack[j] = slack[j]! - delta;
      reached[next] = 1;
      column = next;
      row = rowOf[next]!;
    }
    // Flip the path from the free column back to the root.
    while (column !== -1) {
      const before = previous[column]!;
      rowOf[column] = before === -1 ? start : rowOf[before]!;
      column = before;
    }
  }
  return rowOf;
}
