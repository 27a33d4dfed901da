/** Results as Parquet: typed columns in row groups, what the run knew in the file's own metadata. */

import { type ResultRow, ResultsError } from "@mmgan/core";
import type { AtomicFile } from "@mmgan/node-io";
import { asyncBufferFromFile, type FileMetaData, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { mustBeRow } from "../check-row.js";
import { type Column, type ColumnType, columnsOf } from "../columns.js";
import type { RowSink, SinkOptions } from "./sink.js";

/** Rows of a row group: enough for readers that take groups side by side, few enough to hold. */
const GROUP_ROWS = 1 << 16;
/** Probabilities of a row group at most, for models of many clusters. */
const GROUP_PROBABILITIES = 1 << 22;

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

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]["schema"][number];

const INTEGER: Partial<Record<Column["name"], "INT64">> = { bytes: "INT64" };
const ELEMENTS: Record<ColumnType, (name: Column["name"]) => Omit<SchemaElement, "name">> = {
  text: () => ({ type: "BYTE_ARRAY", converted_type: "UTF8" }),
  integer: (name) => ({ type: INTEGER[name] ?? "INT32" }),
  float: () => ({ type: "FLOAT" }),
  boolean: () => ({ type: "BOOLEAN" }),
};

function schemaOf(columns: readonly Column[], probabilities: number): SchemaElement[] {
  const elements = columns.map(
    ({ name, type, nullable }): SchemaElement => ({
      name,
      ...ELEMENTS[type](name),
      repetition_type: nullable ? "OPTIONAL" : "REQUIRED",
    }),
  );
  const list: SchemaElement[] = [
    { name: "probabilities", repetition_type: "REQUIRED", num_children: 1, converted_type: "LIST" },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", type: "FLOAT", repetition_type: "REQUIRED" },
  ];
  const children = columns.length + (probabilities > 0 ? 1 : 0);
  return [{ name: "schema", num_children: children }, ...elements, ...(probabilities > 0 ? list : [])];
}

/** Row groups are written as they fill: memory does not grow with the file. */
export function parquetSink(file: AtomicFile, options: SinkOptions): RowSink {
  const { probabilities = 0, keyValues } = options;
  const columns = columnsOf(options);
  const groupRows = Math.max(1, Math.min(GROUP_ROWS, Math.floor(GROUP_PROBABILITIES / (probabilities || 1))));
  const bytes = Object.assign(new ByteWriter(), {
    flush: async () => {
      const chunk = bytes.getBytes();
      bytes.index = 0;
      await file.write(chunk);
    },
  });
  const writer = new ParquetWriter({
    writer: bytes,
    schema: schemaOf(columns, probabilities),
    kvMetadata: [...keyValues].map(([key, value]) => ({ key, value })),
    createdBy: "mmgan",
  });
  let rows: ResultRow[] = [];
  const write = async () => {
    const data = (value: (row: ResultRow) => unknown) => rows.map(value) as never[];
    await writer.write({
      columnData: [
        ...columns.map(({ name }) => ({
          name,
          data: data((row) => (INTEGER[name] ? BigInt(row[name] as number) : row[name])),
        })),
        ...(probabilities > 0 ? [{ name: "probabilities", data: data((row) => row.probabilities) }] : []),
      ],
      rowGroupSize: groupRows,
    });
    rows = [];
  };
  return {
    row: async (row) => {
      rows.push(row);
      if (rows.length === groupRows) await write();
    },
    end: async () => {
      if (rows.length > 0) await write();
      await writer.finish();
      await bytes.flush();
    },
  };
}
