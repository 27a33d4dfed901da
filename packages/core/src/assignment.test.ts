import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { minimumAssignment } from "./assignment.js";

const total = (costs: ArrayLike<number>, columns: number, columnOfRow: Int32Array) =>
  columnOfRow.reduce((sum, column, row) => (column < 0 ? sum : sum + costs[row * columns + column]!), 0);

/** The least total over every way to pair, by trying them all. */
function leastByTrial(costs: number[], rows: number, columns: number, row = 0, taken = 0): number {
  if (row === rows) return 0;
  let least = Number.POSITIVE_INFINITY;
  const free = columns - ones(taken);
  // With more rows than columns left, this row may stay alone.
  if (rows - row > free) least = leastByTrial(costs, rows, columns, row + 1, taken);
  for (let column = 0; column < columns; column++)
    if (!(taken & (1 << column)))
      least = Math.min(
        least,
        costs[row * columns + column]! + leastByTrial(costs, rows, columns, row + 1, taken | (1 << column)),
      );
  return least;
}

const ones = (bits: number): number => (bits === 0 ? 0 : (bits & 1) + ones(bits >>> 1));

test("takes the dearer first step when the whole is cheaper", () => {
  // Greedy: 1 + 9 = 10. Best: 2 + 3 = 5.
  expect([...minimumAssignment([1, 2, 3, 9], 2, 2)]).toEqual([1, 0]);
});

test("more rows than columns leave rows alone, more columns leave columns alone", () => {
  expect([...minimumAssignment([5, 1, 3], 3, 1)]).toEqual([-1, 0, -1]);
  expect([...minimumAssignment([5, 1, 3], 1, 3)]).toEqual([1]);
  expect([...minimumAssignment([], 2, 0)]).toEqual([-1, -1]);
  expect([...minimumAssignment([], 0, 2)]).toEqual([]);
});

test("is as cheap as the best of all pairings, each column used once", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 25, maxLength: 25 }),
      (rows, columns, drawn) => {
        const costs = drawn.slice(0, rows * columns);
        const columnOfRow = minimumAssignment(costs, rows, columns);
        const used = [...columnOfRow].filter((column) => column !== -1);
        expect(used.length).toBe(Math.min(rows, columns));
        expect(new Set(used).size).toBe(used.length);
        expect(total(costs, columns, columnOfRow)).toBe(leastByTrial(costs, rows, columns));
      },
    ),
    { numRuns: 500 },
  );
});

test("costs as little as SciPy's linear_sum_assignment", () => {
  const { cases } = JSON.parse(
    readFileSync(new URL("../golden/assignments.json", import.meta.url), "utf8"),
  ) as { cases: { rows: number; columns: number; costs: number[]; total: number }[] };
  expect(cases.length).toBe(7);
  for (const { rows, columns, costs, total: wanted } of cases)
    expect(total(costs, columns, minimumAssignment(costs, rows, columns))).toBeCloseTo(wanted, 12);
});

test("bad costs are refused", () => {
  expect(() => minimumAssignment([1, 2, 3], 2, 2)).toThrow(
    expect.objectContaining({
      code: "E_SHAPE",
      message: "Expected 4 values, shape [2, 2], for costs but received 3.",
    }),
  );
  expect(() => minimumAssignment([1, Number.NaN], 1, 2)).toThrow(
    expect.objectContaining({
      code: "E_ARGUMENT",
      message: "Expected a finite number for cost 1 but received NaN.",
    }),
  );
});
