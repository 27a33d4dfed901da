/** Names for clusters. */

import { mustBeNames, type Names } from "../names.js";
import { readResults } from "../read-results.js";
import { clustersOf, rewriteResults } from "./rewrite-results.js";

/**
 * Gives clusters of a results file names, beside those they have; "" takes one away. The file is written again.
 *
 * @returns all names after it
 * @throws ArgumentError for a cluster that does not exist or a name that is none; ResultsError when `path` cannot be read
 */
export async function nameClusters(path: string, given: Readonly<Record<number, string>>): Promise<Names> {
  const { names: before } = await readResults(path);
  const wanted = Object.entries(given);
  mustBeNames(
    Object.fromEntries(wanted.map(([cluster, name]) => [cluster, name || "none"])),
    await clustersOf(path),
    "names",
  );
  const names = Object.fromEntries(
    Object.entries({ ...before, ...given }).filter(([, name]) => name !== ""),
  ) as Names;
  await rewriteResults(path, { names });
  return names;
}
