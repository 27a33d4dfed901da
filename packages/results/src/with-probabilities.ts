/** Rows of a results file with all probabilities, which the run's file beside it has anyway. */

import type { ResultRow } from "@mmgan/core";
import { errorCode } from "@mmgan/node-io";
import { parsed } from "./formats/json-lines.js";
import { readLines } from "./lines.js";

/**
 * Adds `probabilities` to rows that have none. Both files are in the order of the inputs, so one pass over each will do.
 * Rows that the run's file does not have stay as they are, as do all behind them: it is of another run.
 *
 * @param runPath - the run's file; nothing is added where there is none
 */
export async function* withProbabilities(
  rows: AsyncIterable<ResultRow>,
  runPath: string,
): AsyncGenerator<ResultRow, void, undefined> {
  const entries = entriesOf(runPath);
  try {
    for await (const row of rows) {
      if (row.probabilities) {
        yield row;
        continue;
      }
      let found: Entry | undefined;
      for (let next = await entries.next(); !next.done; next = await entries.next())
        if (next.value.path === row.path) {
          found = next.value;
          break;
        }
      yield found?.probabilities ? { ...row, probabilities: found.probabilities } : row;
    }
  } finally {
    await entries.return();
  }
}

interface Entry {
  readonly path: string;
  readonly probabilities: readonly number[] | undefined;
}

async function* entriesOf(runPath: string): AsyncGenerator<Entry, void, undefined> {
  try {
    for await (const { text } of readLines(runPath)) {
      const value = parsed(text);
      if (typeof value?.path !== "string") continue;
      const probabilities = (value.row as { probabilities?: unknown } | undefined)?.probabilities;
      yield {
        path: value.path,
        probabilities: Array.isArray(probabilities) ? (probabilities as number[]) : undefined,
      };
    }
  } catch (cause) {
    if (errorCode(cause) !== "ENOENT") throw cause;
  }
}
