/** Results as Parquet: typed columns in row groups, what the run knew in the file's own metadata. */

import { type ResultRow, ResultsError } from "@mmgan/core";
import { asyncBufferFromFile, type FileMetaData, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { mustBeRow } from "../check-row.js";

/** @throws ResultsError naming row and column */
export async function* readParquet(path: string): AsyncGenerator<ResultRow, void, undefined> {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadata(path);
  let start = 0;
  for (const group of metadata.row_groups) {
    const end = start + Number(group.num_rows);
    const rows = await parsed(path, () =>
      parquetReadObjects({ file, metadata, rowStart: start, rowEnd: end }),
    );
    for (const [i, row] of rows.entries()) yield mustBeRow(plain(row), `row ${start + i + 1} of ${path}`);
    start = end;
  }
}

/** Key -> value of the file's metadata. */
export async function parquetKeyValues(path: string): Promise<Map<string, string>> {
  const { key_value_metadata = [] } = await parquetMetadata(path);
  return new Map(key_value_metadata.map(({ key, value }) => [key, value ?? ""]));
}

const parquetMetadata = (path: string): Promise<FileMetaData> =>
  parsed(path, async () => parquetMetadataAsync(await asyncBufferFromFile(path)));

/** Runs hyparquet, which throws plain errors for a file that is no Parquet. The system's own errors stay. */
async function parsed<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof Error && "code" in cause) throw cause;
    throw new ResultsError(
      `${path} is no Parquet file as mmgan writes it: ${(cause as Error).message}. Make the file again with mmgan cluster, or undo the change.`,
      { cause },
    );
  }
}

/** 64-bit integers as numbers, typed arrays as arrays. */
function plain(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === "bigint"
        ? Number(value)
        : ArrayBuffer.isView(value)
          ? Array.from(value as Float32Array)
          : value,
    ]),
  );
}
