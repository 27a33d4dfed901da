/** What a file says of a picture, checked column by column before it is taken for a row. */

import { expected, type ResultRow, ResultsError, shortFloat32 } from "@mmgan/core";
import { COLUMNS, type Column } from "./columns.js";

const WHAT: Record<Column["type"], string> = {
  text: "text",
  integer: "an integer of at least 0",
  float: "a number",
  boolean: "true or false",
};
const REMEDY = "Make the file again with mmgan cluster, or undo the change";

/**
 * @param values - column -> value, of the types of ResultRow; further columns are passed over
 * @param where - file and line, for the message
 * @throws ResultsError naming the column
 */
export function mustBeRow(values: Readonly<Record<string, unknown>>, where: string): ResultRow {
  const row: Record<string, unknown> = {};
  for (const column of COLUMNS) {
    const value = values[column.name] ?? null;
    if (value === null && column.optional) continue;
    if (value === null ? !column.nullable : !isOf(column, value))
      throw new ResultsError(
        expected(WHAT[column.type], `${column.name} of ${where}`, value ?? "nothing", REMEDY),
      );
    row[column.name] = column.type === "float" && value !== null ? shortFloat32(value as number) : value;
  }
  const { probabilities } = values;
  if (Array.isArray(probabilities)) row.probabilities = probabilities.map((p) => shortFloat32(Number(p)));
  return row as unknown as ResultRow;
}

function isOf({ name, type }: Column, value: unknown): boolean {
  if (type === "text") return typeof value === "string" && (name !== "path" || value !== "");
  if (type === "boolean") return typeof value === "boolean";
  if (type === "float") return typeof value === "number" && Number.isFinite(value);
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
