/** What people call clusters: checked, read and written. */

import { readFile } from "node:fs/promises";
import { ArgumentError, expected, ResultsError } from "@mmgan/core";
import { errorCode } from "@mmgan/node-io";
import { isFormula } from "./formula.js";

/** Cluster -> name. */
export type Names = Readonly<Record<number, string>>;

/** Characters of a name at most: it becomes the name of a folder too. */
const LENGTH_MAX = 100;
const WHAT = `text of 1 to ${LENGTH_MAX} characters without line breaks, that begins with none of = + - @ and no space`;

/**
 * @param clusters - of the model; no limit where it is not known
 * @param where - for the message, e.g. a file's path
 * @throws ArgumentError for a cluster that does not exist or a name that is none
 */
export function mustBeNames(
  names: Readonly<Record<string, unknown>>,
  clusters: number | undefined,
  where: string,
): Names {
  for (const [key, name] of Object.entries(names)) {
    if (!/^(0|[1-9]\d{0,8})$/.test(key) || Number(key) >= (clusters ?? Number.POSITIVE_INFINITY))
      throw new ArgumentError(
        expected(
          clusters === undefined ? "the number of a cluster" : `a cluster from 0 to ${clusters - 1}`,
          where,
          key,
        ),
      );
    if (!isName(name))
      throw new ArgumentError(expected(WHAT, `the name of cluster ${key} in ${where}`, name));
  }
  return names as Names;
}

function isName(name: unknown): name is string {
  return (
    typeof name === "string" &&
    name.length <= LENGTH_MAX &&
    name !== "" &&
    name === name.trim() &&
    !isFormula(name) &&
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what a name must not hold
    !/[\u0000-\u001f\u007f\u2028\u2029]/.test(name) &&
    !/\p{Surrogate}/u.test(name)
  );
}

/**
 * Reads a file of names, `{ "3": "sneakers" }`.
 *
 * @throws ResultsError for a file that is missing or no JSON object; ArgumentError for what it holds
 */
export async function readNames(path: string, clusters?: number): Promise<Names> {
  const names = await maybeReadNames(path, clusters);
  if (names) return names;
  throw new ResultsError(
    `Expected a file of names for ${path} but it does not exist. It reads { "3": "sneakers" }.`,
  );
}

/** As `readNames`; undefined where there is no such file. */
export async function maybeReadNames(path: string, clusters?: number): Promise<Names | undefined> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return undefined;
    throw new ResultsError(`${path} cannot be read: ${(cause as Error).message}.`, { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new ResultsError(expected('an object such as { "3": "sneakers" }', path, value));
  return mustBeNames(value as Record<string, unknown>, clusters, path);
}
