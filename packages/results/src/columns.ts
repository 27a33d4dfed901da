/** The columns of a results file: names, types and order, once for all formats. */

import type { ResultRow } from "@mmgan/core";

export type ColumnType = "text" | "integer" | "float" | "boolean";

export interface Column {
  readonly name: Exclude<keyof ResultRow, "probabilities">;
  readonly type: ColumnType;
  readonly nullable?: boolean;
  /** Only in files that were asked to hold it. */
  readonly optional?: boolean;
}

/** In the order of the file. `probabilities` follow: K columns p0, p1, ... in CSV, one list in the other formats. */
export const COLUMNS: readonly Column[] = [
  { name: "path", type: "text" },
  { name: "cluster", type: "integer" },
  { name: "name", type: "text", nullable: true },
  { name: "probability", type: "float" },
  { name: "margin", type: "float" },
  { name: "entropy", type: "float" },
  { name: "distance", type: "float", nullable: true },
  { name: "percentile", type: "float", nullable: true },
  { name: "outlier", type: "boolean", nullable: true },
  { name: "width", type: "integer" },
  { name: "height", type: "integer" },
  { name: "bytes", type: "integer" },
  { name: "sha256", type: "text", optional: true },
];

/** Those of one file. */
export const columnsOf = (options: { readonly sha256?: boolean }): readonly Column[] =>
  COLUMNS.filter(({ name }) => name !== "sha256" || options.sha256);
