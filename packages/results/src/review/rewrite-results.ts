/** Results written again with other names, or pictures in other clusters. */

import { resolve } from "node:path";
import { ArgumentError, expected, type ResultRow, ResultsError } from "@mmgan/core";
import { errorCode, lockFile, writeFileAtomic } from "@mmgan/node-io";
import { parsed } from "../formats/json-lines.js";
import { readLines } from "../lines.js";
import type { Names } from "../names.js";
import { readResults } from "../read-results.js";
import { runPathFor } from "../results-file.js";
import { openResults } from "../write-results.js";

export interface RewriteOptions {
  /** Cluster -> name, in the place of all names so far. */
  readonly names: Names;
  /** Path -> the cluster that a person put the picture into. Default none. */
  readonly moves?: ReadonlyMap<string, number>;
  /** Default `path`, which is replaced. Of the same folder, or paths without a root would mean other files. */
  readonly out?: string;
}

/**
 * Writes the rows of `path` again, in their order, whole or not at all. A moved picture has the probability of its new
 * cluster (0 where neither the row nor the run's file knows it) and no distance; margin and entropy stay the model's.
 *
 * @throws FolderInUseError when another process writes these results; ArgumentError when `out` cannot be written or shares
 *   the other files of `path`; ResultsError when `path` cannot be read; DiskFullError
 * @returns rows, and how many of them changed their cluster
 */
export async function rewriteResults(
  path: string,
  { names, moves = new Map(), out = path }: RewriteOptions,
): Promise<{ rows: number; moved: number }> {
  mustHaveItsOwnFiles(out, path);
  const lock = await lockFile(out);
  try {
    return await rewrite(path, { names, moves, out });
  } finally {
    await lock.release();
  }
}

async function rewrite(
  path: string,
  { names, moves, out }: Required<RewriteOptions>,
): Promise<{ rows: number; moved: number }> {
  const results = await readResults(path);
  const known = moves.size === 0 ? new Map<string, readonly number[]>() : await runProbabilities(path, moves);
  const rows = results.rows();
  const first = await rows.next();
  const { probabilities, sha256 } = first.done ? {} : (first.value as Partial<ResultRow>);
  const writer = await openResults(out, {
    info: results.info,
    names,
    sha256: sha256 !== undefined,
    probabilities: probabilities?.length ?? 0,
  });
  let moved = 0;
  try {
    for (let at = first; !at.done; at = await rows.next()) {
      const row = at.value;
      const cluster = moves.get(row.path);
      if (cluster === undefined || cluster === row.cluster) await writer.row(row);
      else {
        moved++;
        const own = row.probabilities ?? known.get(row.path);
        const none = { distance: null, percentile: null, outlier: null };
        await writer.row({ ...row, cluster, probability: own?.[cluster] ?? 0, ...none });
      }
    }
    for await (const error of results.errors()) await writer.error(error);
    // Readers find the folder of the pictures in the first line of a run's file.
    if (resolve(out) !== resolve(path) && results.info)
      await writeFileAtomic(runPathFor(out), `${JSON.stringify({ ...results.info, options: {} })}\n`);
    const { rows: count } = await writer.commit();
    return { rows: count, moved };
  } finally {
    await rows.return();
    await writer.abort();
  }
}

/** Of "results.csv" and "results.parquet", errors, names and the run are one file: the one would overwrite the other's. */
function mustHaveItsOwnFiles(out: string, path: string): void {
  if (resolve(out) === resolve(path) || resolve(runPathFor(out)) !== resolve(runPathFor(path))) return;
  throw new ArgumentError(
    expected(
      "a name that differs by more than its extension",
      "the results to write",
      out,
      `The run's file of ${path} would be lost; name another`,
    ),
  );
}

/** Of these pictures, as the run's file has them; none where there is no such file. */
async function runProbabilities(
  path: string,
  of: ReadonlyMap<string, unknown>,
): Promise<Map<string, readonly number[]>> {
  const found = new Map<string, readonly number[]>();
  try {
    for await (const { text } of readLines(runPathFor(path))) {
      const value = parsed(text);
      const probabilities = (value?.row as Partial<ResultRow> | undefined)?.probabilities;
      if (typeof value?.path === "string" && of.has(value.path) && probabilities)
        found.set(value.path, probabilities);
    }
  } catch (cause) {
    if (errorCode(cause) !== "ENOENT") throw cause;
  }
  return found;
}

/** K, as far as it is known: of the run, else one more than the largest cluster seen. */
export async function clustersOf(path: string): Promise<number> {
  const results = await readResults(path);
  if (results.info) return results.info.model.clusters;
  let largest = -1;
  for await (const { cluster } of results.rows()) largest = Math.max(largest, cluster);
  if (largest < 0) throw new ResultsError(`${path} holds no picture and its run's file is gone.`);
  return largest + 1;
}
