/** What a format does with rows on their way into a file. */

import type { ResultRow } from "@mmgan/core";

export interface RowSink {
  row(row: ResultRow): Promise<void>;
  /** Writes what is still held back. Call it once, after the last row. */
  end(): Promise<void>;
}

/** What the columns of a file depend on. */
export interface SinkOptions {
  /** K of the model: so many probabilities a row, or none. */
  readonly probabilities?: number;
  readonly sha256?: boolean;
  /** Kept in the file's own metadata, where the format has such. */
  readonly keyValues: ReadonlyMap<string, string>;
}
