/** What a person corrected in the gallery, applied to results. */

import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { expected, ResultsError } from "@mmgan/core";
import { parsed } from "../formats/json-lines.js";
import { mustBeNames, type Names } from "../names.js";
import { readResults } from "../read-results.js";
import { clustersOf, rewriteResults } from "./rewrite-results.js";

/** Version of corrections files. */
export const CORRECTIONS_SCHEMA = "1.0.0";

/** A corrections file, as the gallery saves it. */
export interface Corrections {
  readonly schema: string;
  /** Cluster -> new name; "" takes the name away. */
  readonly names: Readonly<Record<number, string>>;
  readonly moves: readonly { readonly path: string; readonly cluster: number }[];
}

export interface Applied {
  readonly out: string;
  readonly rows: number;
  /** Pictures in another cluster than before. */
  readonly moved: number;
  readonly names: Names;
}

/** "results.csv" -> "results.corrected.csv" */
export function correctedPathFor(path: string): string {
  const extension = extname(path);
  return `${path.slice(0, path.length - extension.length)}.corrected${extension}`;
}

/** @throws ResultsError for a file that is missing, no such object, or of a newer schema */
export async function readCorrections(path: string): Promise<Corrections> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new ResultsError(
      `Expected a corrections file for ${path} but it cannot be read: ${(cause as Error).message}. The gallery saves one.`,
      { cause },
    );
  }
  const value = parsed(text) as Partial<Corrections> | undefined;
  const remedy = "Save it again in the gallery";
  if (value === undefined) throw new ResultsError(expected("a JSON object", path, text.slice(0, 80), remedy));
  if (typeof value.schema !== "string" || value.schema.split(".")[0] !== CORRECTIONS_SCHEMA.split(".")[0])
    throw new ResultsError(
      expected(`corrections of schema ${CORRECTIONS_SCHEMA}`, path, value.schema ?? "nothing", remedy),
    );
  const { names = {}, moves = [] } = value;
  const isMove = (move: unknown) => {
    const { path, cluster } = (move ?? {}) as Record<string, unknown>;
    return typeof path === "string" && Number.isSafeInteger(cluster) && (cluster as number) >= 0;
  };
  const bad = Array.isArray(moves) ? moves.findIndex((move) => !isMove(move)) : 0;
  if (bad >= 0)
    throw new ResultsError(
      expected("a path and a cluster", `moves.${bad} of ${path}`, moves[bad] ?? moves, remedy),
    );
  if (typeof names !== "object" || names === null || Array.isArray(names))
    throw new ResultsError(expected("an object", `names of ${path}`, names, remedy));
  return { schema: value.schema, names, moves };
}

/** Pictures named in a message at most. */
const SHOWN = 5;
const some = (pictures: readonly string[]): string =>
  pictures.slice(0, SHOWN).join(", ") +
  (pictures.length > SHOWN ? ` and ${pictures.length - SHOWN} more` : "");
const OTHERS = "Apply them to the results that their gallery was made of.";

/**
 * Writes results with the corrections in them.
 *
 * @param out - default "results.corrected.csv" beside "results.csv", which stays as it is
 * @throws ResultsError for pictures that the results do not hold, or what cannot be read; ArgumentError for clusters that
 *   do not exist and names that are none
 */
export async function applyCorrections(
  path: string,
  corrections: Corrections,
  out = correctedPathFor(path),
): Promise<Applied> {
  const clusters = await clustersOf(path);
  const { names: before, rows } = await readResults(path);
  mustBeNames(
    Object.fromEntries(Object.entries(corrections.names).map(([cluster, name]) => [cluster, name || "none"])),
    clusters,
    "names of the corrections",
  );
  const moves = new Map(corrections.moves.map((move) => [move.path, move.cluster]));
  const beyond = [...moves].filter(([, cluster]) => cluster >= clusters);
  if (beyond.length > 0)
    throw new ResultsError(
      `Expected clusters from 0 to ${clusters - 1} for the moves of the corrections but received ${beyond.length} others: ${some(beyond.map(([picture, cluster]) => `${picture} to ${cluster}`))}. ${OTHERS}`,
    );
  const missing = new Set(moves.keys());
  for await (const row of rows()) missing.delete(row.path);
  if (missing.size > 0)
    throw new ResultsError(
      `Expected pictures of ${path} for the moves of the corrections but received ${missing.size} that it does not hold: ${some([...missing])}. ${OTHERS}`,
    );
  const names = Object.fromEntries(
    Object.entries({ ...before, ...corrections.names }).filter(([, name]) => name !== ""),
  ) as Names;
  const { rows: count, moved } = await rewriteResults(path, { names, moves, out });
  return { out, rows: count, moved, names };
}
